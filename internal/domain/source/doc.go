// Package source takes log lines from those who send them.
//
// A source is one sender, or one kind of sender: the payments application, the syslog relay of
// the London office. It says which service, component and environment its lines belong to, what
// to extract from them, what to mask in them, and how much it may send in a day. Senders prove
// who they are with a key of their source; people with an API token send for the source that
// they name, or for Direct.
//
//	key or token ─▶ Sender ─▶ Receive: extract, mask, fit, count ─▶ spool (fsync) ─▶ success
//
// A nil error of Receive means that every line is safe. Nothing is dropped on the way: what
// cannot be taken apart is kept whole and marked with parse_error; what the engine would refuse
// is split, packed, or put under the instant of its arrival and marked with time_error. Masked
// text is gone before anything is stored or logged.
//
// What a source has sent is counted by the hour. The counts are written every minute and by Stop,
// so a crash can lose the last minute of them; the lines themselves it cannot lose.
//
// Tables: source, source_key, source_hour.
package source
