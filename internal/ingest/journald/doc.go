// Package journald takes the journal of systemd as systemd-journal-upload sends it.
//
//	POST /insert/journald/upload    application/vnd.fdo.journal: the Journal Export Format
//
// https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-export-format
// https://docs.victoriametrics.com/victorialogs/data-ingestion/journald/
//
// An entry is lines NAME=value, or NAME, the length of the value in 8 bytes and the value, up to an
// empty line. MESSAGE is the line itself, __REALTIME_TIMESTAMP (microseconds) its instant, PRIORITY
// gives level; other fields keep their names, and those that begin with __ are left out, as
// VictoriaLogs does. The stream is _MACHINE_ID, _HOSTNAME and _SYSTEMD_UNIT. _time_field, _msg_field and
// _stream_fields change that. systemd-journal-upload knows certificates but no keys: it may send
// the source's key as ?token=.
//
// The upload may go on for ever, and is stored whenever nothing is on its way. The answer comes at
// its end: 200 when every entry is safe, 400 where the format is broken, 429 with Retry-After when lines
// cannot be stored. The sender then begins anew after the last upload that succeeded, so that entries
// may be there twice. An entry may have 32 MiB.
package journald
