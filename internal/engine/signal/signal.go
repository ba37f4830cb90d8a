// Package signal says what observed signals look like to the rooms that do not store them: log
// lines, how to ask for them, and what of them somebody may see.
//
// The stores themselves are engine/logstore and engine/metricstore. Domain rooms and surfaces see
// only this package, and app hands them the stores.
package signal

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"
)

// Field is one name and value of a log line. Nested values are flattened with dots.
type Field struct{ Name, Value string }

// Names of fields that have a meaning everywhere.
const (
	// Message is the field of the line itself.
	Message = "_msg"
	// TimeField holds the line's instant in what the store returns, RFC 3339 with nanoseconds, UTC.
	TimeField = "_time"
	// StreamField holds the line's stream in what the store returns: {source="app",host="a"}.
	StreamField = "_stream"
	// StreamIDField identifies the stream in what the store returns.
	StreamIDField = "_stream_id"

	// Source, Service, Component and Environment are set by the server on every line, from the
	// source that sent it. Permission rests on them: no sender chooses its own Source.
	Source      = "source"
	Service     = "service"
	Component   = "component"
	Environment = "environment"

	// ParseError says why a line was kept whole, as text, instead of being taken apart.
	ParseError = "parse_error"
	// TimeError says why a line is stored under the instant at which it was received: its own
	// could not be stored. OriginalTime then holds its own.
	TimeError    = "time_error"
	OriginalTime = "original_time"
	// Uploaded marks a line of the past that somebody stored by hand, and has the instant of that, which is
	// the same for all lines of one upload. What judges lines as they arrive leaves such lines alone.
	Uploaded = "uploaded"
	// Replay marks a line that was sent to the engine again after a crash: it may be there twice.
	Replay = "replay"
	// Restored marks a line that came back from the archive, and has the date of that.
	Restored = "restored"
)

// Row is one log line.
type Row struct {
	// Time is when it happened, zero when the sender did not say.
	Time time.Time
	// Fields are in the sender's order. Names are not repeated. The line itself is Message.
	Fields []Field
	// Stream names the fields that tell the sender's streams apart, such as host. The server adds
	// its own. Rows of one delivery may share the slice.
	Stream []string
	// Fault says why the line was kept whole instead of being taken apart. It is stored as ParseError, which no
	// sender can state.
	Fault string
}

// Get returns the value of a field, "" without it.
func (r Row) Get(name string) string {
	for _, f := range r.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Set gives a field a value, replacing the one that it has.
func (r *Row) Set(name, value string) {
	for i := range r.Fields {
		if r.Fields[i].Name == name {
			r.Fields[i].Value = value
			return
		}
	}
	r.Fields = append(r.Fields, Field{name, value})
}

// Class says for how long lines are kept: each has a retention of its own. Lines of a class that
// the store does not have are kept as Standard ones.
type Class string

// The classes.
const (
	Standard Class = "standard"
	Short    Class = "short"
	Long     Class = "long"
)

// Classes lists every class.
var Classes = []Class{Short, Standard, Long}

// Appender stores lines durably.
type Appender interface {
	// AppendAs stores rows that are kept as long as a class says. It returns nil when every row is
	// safe, whatever crashes next. It keeps nothing of the rows. An Unavailable error says that none
	// was stored and the sender should repeat them later.
	AppendAs(ctx context.Context, class Class, rows []Row) error
	// Pressure is how full the room for lines on their way is, from 0 to 1.
	Pressure() float64
}

// Logs answers questions about stored lines.
type Logs interface {
	// Select asks one of the endpoints below /select/logsql/ ("query", "hits", "tail" and so on)
	// within a scope that the question cannot leave. The caller closes the answer's body. A wrong
	// question is an Invalid error, an engine that cannot be reached an Unavailable one.
	Select(ctx context.Context, endpoint string, form url.Values, in Scope) (Answer, error)
}

// Answer is what a Logs answers, as the engine writes it.
type Answer struct {
	ContentType string
	Body        io.ReadCloser
}

// Compiler makes matchers of LogsQL filters, so that a rule means exactly what a search means.
type Compiler interface {
	// Compile returns a matcher of all filters together. An Invalid error names the first that
	// cannot be understood by its index.
	Compile(filters []string) (Matcher, error)
}

// Matcher finds which filters lines match. It may be used by one goroutine at a time.
type Matcher interface {
	// Match returns, for each filter, the indexes of the rows that match it, ascending. The slices
	// are valid until the next call. It ends soon after the context does, with its error and nothing
	// else. A SlowError names filters that were given up; what the others match is returned with it.
	Match(ctx context.Context, rows []Row) ([][]int, error)
}

// SlowError says that some filters took longer for the rows of one call than any may.
type SlowError struct {
	Filters []int // by index, ascending
	Budget  time.Duration
}

// Error names the filters.
func (e *SlowError) Error() string {
	return fmt.Sprintf("log rule filters%v: took more than %s for a few lines", e.Filters, e.Budget)
}
