package logstore

import (
	"net/url"
	"slices"
	"strings"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"
)

// forFront makes a form one that the front survives. Version 1.121 of the engine ends (assignment to an
// entry of a nil map) when it puts together uniq_values() of processes of which one has no value.
// Behind a pipe that the front does itself, rows come there and not their statistics, which are
// slower and right.
func forFront(form url.Values) {
	for _, name := range []string{"query", "filter", "extra_filters", "extra_stream_filters"} {
		if slices.ContainsFunc(form[name], unsafeInFront) {
			form[name] = slices.Clone(form[name])
			for i, q := range form[name] {
				form[name][i] = withOffsets(q)
			}
		}
	}
}

func unsafeInFront(query string) bool { return strings.Contains(strings.ToLower(query), "uniq_values") }

// withOffsets puts the pipe "offset 0", which changes nothing, in front of each stats pipe of a query that has
// uniq_values, those of its subqueries included. What is no query stays as it is, and the engine
// says so.
func withOffsets(query string) string {
	q, err := logstorage.ParseQuery(query)
	if err != nil {
		return query
	}
	const stats = "| stats "
	text := q.String() // pipes have their full names there, and strings are in double quotes
	var out strings.Builder
	for text != "" {
		n := token(text)
		if strings.HasPrefix(text, stats) && unsafeInFront(pipe(text[1:])) {
			out.WriteString("| offset 0 ")
		}
		out.WriteString(text[:n])
		text = text[n:]
	}
	return out.String()
}

// pipe is what of a text belongs to the pipe with which it begins.
func pipe(text string) string {
	depth := 0
	for i := 0; i < len(text); i += token(text[i:]) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				return text[:i]
			}
		}
		if depth < 0 { // the end of a subquery
			return text[:i]
		}
	}
	return text
}

// token is the length of the quoted string with which a text begins, and otherwise 1.
func token(text string) int {
	if text[0] != '"' {
		return 1
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
