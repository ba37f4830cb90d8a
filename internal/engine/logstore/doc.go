// Package logstore stores log lines so that none is lost, and asks the engine about them.
//
//	Append ─▶ spool (fsync) ─▶ success
//	             ├─ forwarder ─▶ engine: a supervised child, or a cluster
//	             ├─ log rules
//	             └─ patterns
//
// The engine keeps what it has taken in memory for a second and says nothing of when it is on
// the disk, so rows count as durable there only when the same engine process has lived on for
// ten seconds after taking them (a cluster: five minutes). Until then they stay in the spool. When the
// engine or the server dies, what is not yet durable is sent again; what may have arrived before is
// marked with the field replay. A delivery that the engine will never take is kept in a file of the
// data's folder "refused", and the others go on.
//
// Classes of lines that are kept for different times have a Part each: a child, a folder and a
// forwarder of its own. A child without data, the front, then answers questions by asking all of
// them. Without classes there is one Part and no front.
//
// So a crash can repeat lines of the last seconds, and cannot lose one that was acknowledged.
//
// Folders: spool is the write-ahead log, child the engine's process, archive the days that are kept
// elsewhere and come back, match the engine's filters applied to lines as they arrive.
package logstore

import _ "first.mainstay" // keeps a line of one of the engine's packages away from standard error
