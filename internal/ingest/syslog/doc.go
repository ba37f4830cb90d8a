// Package syslog takes syslog over UDP, TCP and TLS.
//
// Messages of RFC 5424 and RFC 3164 are told apart by themselves; the fields are those of VictoriaLogs, but for host:
// priority, facility, facility_keyword, severity, level, format, host, app_name, proc_id, msg_id,
// structured data as id.name, and _msg. level is normalised (fatal, error, warn, info, debug); severity
// keeps the number. What is neither is kept whole and marked with parse_error. The stream is host,
// app_name and proc_id. https://docs.victoriametrics.com/victorialogs/data-ingestion/syslog/
//
// Over TCP and TLS each message may be framed by octet counting or end with a line feed or NUL
// (RFC 6587 §3.4), mixed as the sender likes. A message may have 1 MiB; what is longer goes on as
// another, marked.
//
//	UDP socket ─▶ queue (bounded in bytes) ─▶ batches of at most 50 ms ─▶ Receive
//	TCP connection ─▶ frames ─▶ Receive, before each further read of the connection
//
// Who sends is told by its address: source.Service.SenderAt. Messages of addresses that no source names
// are counted (Stats.Unknown) and not taken; such a connection is closed. A source with the addresses 0.0.0.0/0
// and ::/0 takes everybody whom no other source names.
//
// Syslog knows no answer. When lines cannot be stored, a connection is not read on until they can, and
// the sender waits; of UDP the queue fills, and what does not fit is lost and counted (Stats.Overflowed). What one
// source alone may not send now holds up its own connections; over UDP, where all share a way, it is
// lost and counted (Stats.TurnedAway).
// What has been read of a connection and not stored is lost in a crash.
package syslog
