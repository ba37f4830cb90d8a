package signal

import (
	"context"
	"net/url"
	"time"
)

// MetricName is the label that holds a series' name.
const MetricName = "__name__"

// HostLabel is the label that says on which machine a sample was taken.
const HostLabel = "host"

// Labels name a series, sorted by name; no name comes twice and no value is empty.
type Labels []Field

// Get returns the value of a label, "" without it.
func (l Labels) Get(name string) string {
	for _, f := range l {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Point is a value of a series at an instant, which is stored to the millisecond.
type Point struct {
	At    time.Time
	Value float64
}

// Series is a series with some of its points, oldest first.
type Series struct {
	Labels Labels
	Points []Point
}

// Samples stores samples.
type Samples interface {
	// AppendSamples stores points of series. Those that cannot be stored (too far ahead or too old, another value
	// for the same instant, a label that is no label) are in Taken.Refused, and kept where people see
	// them; the others are stored all the same. An Unavailable error says that none was stored and the sender should repeat them
	// later. At a power cut the last seconds may go.
	AppendSamples(ctx context.Context, series []Series) (Taken, error)
}

// Taken is what became of samples.
type Taken struct {
	Stored  int
	Refused []Refusal // some of those that were not stored, the first ones
	Lost    int       // how many were not stored
}

// Refusal is a sample that was not stored, and why.
type Refusal struct {
	Labels Labels
	Point  Point
	Why    string
}

// Metrics answers questions about stored samples in PromQL.
type Metrics interface {
	// SelectSeries asks one of the endpoints of the Prometheus query API below /api/v1/ ("query", "query_range", "series",
	// "labels", "label/NAME/values" and so on); the answer is as Prometheus writes it, its errors too. The caller closes the answer's body.
	SelectSeries(ctx context.Context, endpoint string, form url.Values) (SeriesAnswer, error)
	// Instant is what an expression gives at an instant: series of one point each; a scalar is a series without
	// labels. A wrong expression is an Invalid error, a store that cannot be reached an Unavailable one.
	Instant(ctx context.Context, expr string, at time.Time) ([]Series, error)
	// Range is what an expression gives from start to end, every step.
	Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]Series, error)
	// CheckExpr returns an Invalid error that says where and why an expression cannot be understood.
	CheckExpr(expr string) error
}

// SeriesAnswer is what Metrics answers, with the status that Prometheus gives it.
type SeriesAnswer struct {
	Answer
	Status int
}
