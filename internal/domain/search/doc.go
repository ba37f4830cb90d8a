// Package search asks about stored log lines and gives typed answers.
//
// What people type is LogsQL, or words and quoted phrases as they type them elsewhere; Interpret
// says which, and the page shows how it was understood. Every question has a range of time, is
// asked within what its asker may see (source.Service.Scope), and ends with its context: a
// reader who leaves stops the engine's work.
//
//	Rows     the newest lines, page by page; or the table that a stats pipe makes
//	Hits     lines per step of time, by level
//	Fields   the fields of the lines with their most frequent values
//	Newest   the newest error
//	Series   what a stats pipe counts, over time
//	Line     one line again, by its place
//	Around   the lines before and after one, in its stream
//	Tail     what has arrived since
//	Export   all lines, as the engine writes them or as CSV
//
// A mistake in LogsQL is an Invalid error that says where; an engine that is starting again an
// Unavailable one. The room keeps nothing.
package search
