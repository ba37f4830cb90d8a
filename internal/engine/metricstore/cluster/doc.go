// Package cluster stores samples in a cluster that speaks Prometheus' protocols, and asks it: remote write 1.0 in, the
// query API out. Prometheus itself, Mimir, Cortex, Thanos and VictoriaMetrics do.
//
//	Append, Commit ─▶ a file in the folder "outgoing" ─▶ success ─▶ one request after the other ─▶ cluster
//
// What is acknowledged is a file, so that a crash of this process loses nothing, however long the cluster is away; at
// a power cut the last seconds may go, as with the TSDB in process. A request that was cut off is sent again: a
// cluster takes the same samples twice for the same. What a cluster refuses for good (4xx) is kept in the folder "refused".
//
// Rules are evaluated here, over samples that are fetched from the cluster. It does not tell where a series has ended,
// so that one counts for PromQL's five minutes longer.
package cluster
