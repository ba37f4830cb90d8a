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
	// AppendBody does the same with what a sender wrote. A body that cannot be read is an Invalid error, and nothing
	// of it is stored.
	AppendBody(ctx context.Context, body SampleBody) (Taken, error)
	// Push stores what a job pushes before it ends, and repeats it until it is pushed anew or ended: the last word of a
	// job must not age.
	Push(ctx context.Context, p Push) (Taken, error)
}

// Push is what a job pushes: the metrics of a group.
type Push struct {
	Group       Labels // names the group; on every series
	Set         Labels // as in SampleBody
	ContentType string
	Body        []byte
	Whole       bool // nothing of what the group pushed before goes on; else only metrics of the same names are replaced
	Ended       bool // the group ends
}

// SampleFormat is how senders write samples.
type SampleFormat string

// The formats.
const (
	RemoteWrite1 SampleFormat = "prometheus.WriteRequest"
	RemoteWrite2 SampleFormat = "io.prometheus.write.v2.Request"
	OTLPProto    SampleFormat = "OTLP protobuf"
	OTLPJSON     SampleFormat = "OTLP JSON"
	Exposition   SampleFormat = "exposition" // Prometheus' text, OpenMetrics or protobuf, as ContentType says
)

// SampleBody is what a sender wrote, unpacked.
type SampleBody struct {
	Format      SampleFormat
	ContentType string
	Body        []byte
	// At is the instant of samples that name none; zero is now.
	At time.Time
	// Set is what the server says of every series. A sender's own value of such a label is kept as exported_NAME.
	Set Labels
	// Group replaces a sender's own values.
	Group Labels
}

// Taken is what became of samples.
type Taken struct {
	Stored     int
	Histograms int       // how many of those that were stored are native histograms
	Exemplars  int       // how many examples were stored with them
	Refused    []Refusal // some of those that were not stored, the first ones
	Lost       int       // how many were not stored
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
