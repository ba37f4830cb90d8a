// Package match finds which log rules a line matches, as it arrives.
//
// A rule's filter means exactly what the same text means in a search, because the log engine's own
// filters (lib/logstorage) decide, over the rows of a batch laid out as a block in memory.
//
//	rows ──▶ automaton: which literals are in which rows ──▶ the rules concerned ──▶ engine's filter
//	         (one pass over all values)                      (on those rows only)    (exact answer)
//
// # The prefilter
//
// From most filters literals can be derived of which a matching row must contain some: the words of
// a phrase, the fixed parts of a regular expression. A Need is a list of clauses; a row can match
// only when its values contain, for every clause, at least one of its literals. All literals of all
// rules are sought at once by one Aho-Corasick automaton. It only ever rules rows out, so it may be
// coarse (it looks into every field that some rule names, and ignores the case of letters), but it
// must never rule out a row that matches. A filter without a Need, such as a negation or a range, is
// given every row.
//
// Needs are derived from the filter as the engine has parsed it, read by reflection, and not by a
// second parser of LogsQL, which would one day understand a filter differently. What is not known
// in the parsed form is refused, so that an engine of another version cannot make rules blind.
//
// # What a filter may not be
//
// Pipes, options and subqueries are refused: they ask about stored lines. So are _time filters
// except day_range and week_range, _stream_id, and value_type, which names how a stored block
// happens to be encoded.
//
// # Stream filters
//
// The engine can evaluate {service="payments"} over rows in memory: it then takes the row's _stream
// apart. The row's stream is made of the server's stream fields (Source, Service, Component,
// Environment) and of those that Row.Stream names, without the empty ones, as the store does it. A
// stream field whose name contains "=" cannot be told from its value in _stream, so it is left out
// there, and filters that name such a field are refused.
//
// # The star
//
// In a search "*" matches every line, one without _msg included, but in a filter after a pipe, which
// is how filters run over rows in memory, it means "has a message". So a filter with a star is
// used as the engine itself simplifies it, and one from which the star does not vanish is refused.
//
// # The engine's query runner
//
// The exported way to run filters over rows in memory is NetQueryRunner with the query
// "* | limit N | filter F": from limit on, the pipes run locally. Setting it up for each batch costs
// more than most filters do, so it is set up once and its input kept (see sieve).
//
// # The time of a filter
//
// A filter may take two seconds for the rows of one call. It is given few rows at once where it is
// costly or they are long, and between them the time is looked at, and whether the caller still
// waits. A single row that may take longer is judged aside (see pace.go).
package match

import _ "first.mainstay" // keeps a line of one of the engine's packages away from standard error
