package signal

import (
	"slices"
	"strconv"
	"strings"
)

// Scope is what of the stored lines somebody may see. The zero Scope is nothing.
type Scope struct {
	// All is everything; the rest is then ignored.
	All bool
	// Services are the names of services whose lines are seen whatever source sent them.
	Services []string
}

// Empty reports whether nothing may be seen.
func (s Scope) Empty() bool { return !s.All && len(s.Services) == 0 }

// Filter is the scope as a LogsQL stream filter, "" for everything. It is a filter of streams and
// not of lines, because questions can widen lines to their whole stream (stream_context).
func (s Scope) Filter() string {
	switch {
	case s.All:
		return ""
	case s.Empty():
		return `{` + Source + `="",` + Source + `!=""}`
	}
	return "{" + Service + " in (" + list(s.Services) + ")}"
}

// Shows reports whether a line may be seen.
func (s Scope) Shows(r Row) bool { return s.All || slices.Contains(s.Services, r.Get(Service)) }

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	slices.Sort(quoted)
	return strings.Join(quoted, ",")
}
