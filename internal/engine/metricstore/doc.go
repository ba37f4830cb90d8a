// Package metricstore stores samples of time series and answers questions about them in PromQL.
//
//	remote write, OTLP, text ─▶ wire ─╮
//	scrape ───────────────────────────┤
//	recording rules ──────────────────┼─▶ guard ─▶ TSDB (in process) ─▶ Arrived(names)
//	checks, agents: AppendSamples ────╯     │
//	                                        ╰─▶ quarantine: what cannot be stored, and why
//
// The store is the TSDB of Prometheus, and questions are answered by Prometheus' own API package, so
// that both mean exactly what they mean there. Only this room and its subfolders import them.
//
// Every sample passes the guard. It keeps out what is more than ten minutes ahead (a single such sample would
// make the TSDB refuse all others), what is older than the out-of-order window, a second value for the same instant,
// and new series beyond the limit of series. What it keeps out is counted and kept in the quarantine, and the rest
// of the delivery is stored.
//
// A nil error of an append means that the samples are in the TSDB's write-ahead log: handed to the operating system,
// so that they survive a crash of this process. The log is not synced for each delivery: at a power cut the last seconds
// may go.
//
// A TSDB that cannot be opened (another process has its lock, the disk fails) makes the store down, never
// the server: appends are answered Unavailable, so that senders repeat them, and it is tried again. Blocks
// that cannot be read are moved to the folder set-aside, and the others serve on.
//
// Folders: wire decodes what senders write, scrape fetches from targets, evaluate evaluates rules.
package metricstore
