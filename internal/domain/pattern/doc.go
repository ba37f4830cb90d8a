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
// Tables: pattern, pattern_hour, pattern_cursor.
package pattern
