// Package pattern clusters log lines into templates as they arrive: "Accepted password for <*>
// from <ip> port <num>". It counts the lines of each by the hour, so that people see what is new,
// what is ten times what it was, and what has gone.
//
//	spool ─▶ Step: mask, cluster, count ─▶ one transaction: templates, hours, cursor
//
// Package drain makes the templates.
//
// Lines of one source and service are clustered by themselves, because permission goes by source
// and by service: nobody sees an example of what they may not read. At most MaxTemplates templates
// are kept per source; what comes beyond is counted by the catch-all, whose text is "<*>".
//
// Templates, counts and the place in the spool are stored together, so that after a crash the
// spool is read again from exactly there and counts are exact. Only where reading falls far behind
// are lines sampled, and their hours marked as estimated. Hours, and templates that were not seen,
// are kept for Keep.
//
// For log rules the room tells whether a line is the first of its pattern (IsNew). What rules have been
// shown is learnt apart from what is counted, in pattern_known, with a mark of the line that was first:
// a rule that asks about the same line again, after a crash too, gets the same answer.
//
// Tables: pattern, pattern_hour, pattern_cursor, pattern_known.
package pattern
