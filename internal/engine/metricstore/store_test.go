package metricstore_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/signal"
)

// open opens a store in a folder and closes it with the test.
func open(t testing.TB, dir string, change ...func(*metricstore.Config)) *metricstore.Store {
	t.Helper()
	c := metricstore.Config{Dir: dir}
	for _, f := range change {
		f(&c)
	}
	s, err := metricstore.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	ready(t, s)
	return s
}

func ready(t testing.TB, s *metricstore.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		t.Fatal(err)
	}
}

func series(name string, labels ...string) signal.Series {
	s := signal.Series{Labels: signal.Labels{{Name: signal.MetricName, Value: name}}}
	for i := 0; i+1 < len(labels); i += 2 {
		s.Labels = append(s.Labels, signal.Field{Name: labels[i], Value: labels[i+1]})
	}
	return s
}

func with(s signal.Series, points ...signal.Point) signal.Series {
	s.Points = points
	return s
}

func add(t testing.TB, s *metricstore.Store, list ...signal.Series) signal.Taken {
	t.Helper()
	taken, err := s.AppendSamples(context.Background(), list)
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

// ask returns what an expression gives at an instant, one line a series.
func ask(t testing.TB, s *metricstore.Store, expr string, at time.Time) string {
	t.Helper()
	list, err := s.Instant(context.Background(), expr, at)
	if err != nil {
		t.Fatal(err)
	}
	return lines(list)
}

func lines(list []signal.Series) string {
	var b strings.Builder
	for _, one := range list {
		for _, f := range one.Labels {
			fmt.Fprintf(&b, "%s=%s ", f.Name, f.Value)
		}
		for _, p := range one.Points {
			fmt.Fprintf(&b, "%v ", p.Value)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func now() time.Time { return clock.Wall().Now().Truncate(time.Millisecond) }

func TestWhatIsStoredIsFound(t *testing.T) {
	dir := t.TempDir()
	at := now()
	s := open(t, dir)
	taken := add(t, s, with(series("queue_depth", "queue", "orders"), signal.Point{At: at.Add(-time.Minute), Value: 3}, signal.Point{At: at, Value: 7}),
		with(series("queue_depth", "zone", "b", "queue", "mail"), signal.Point{At: at, Value: math.Inf(1)}))
	if taken.Stored != 3 || taken.Lost != 0 {
		t.Errorf("taken: %+v", taken)
	}
	if got := ask(t, s, `sort(queue_depth)`, at); got != "__name__=queue_depth queue=orders 7 \n__name__=queue_depth queue=mail zone=b +Inf \n" {
		t.Errorf("found %q", got)
	}
	over, err := s.Range(context.Background(), `queue_depth{queue="orders"} * 2`, at.Add(-time.Minute), at, time.Minute)
	if err != nil || lines(over) != "queue=orders 6 14 \n" {
		t.Errorf("over time: %q %v", lines(over), err)
	}
	if got := ask(t, s, `1 + 1`, at); got != "2 \n" {
		t.Errorf("a scalar: %q", got)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	if got := ask(t, again, `queue_depth{queue="orders"}`, at); !strings.Contains(got, " 7 ") {
		t.Errorf("after a restart: %q", got)
	}
}

func TestSamplesThatCannotBeStoredAreKeptWhereTheyAreSeen(t *testing.T) {
	dir := t.TempDir()
	at := now()
	s := open(t, dir)
	add(t, s, with(series("m"), signal.Point{At: at, Value: 1}))
	taken := add(t, s,
		with(series("m"), signal.Point{At: at, Value: 2}),
		with(series("m", "far", "ahead"), signal.Point{At: at.Add(metricstore.Ahead + time.Minute), Value: 3}),
		with(series("m", "far", "behind"), signal.Point{At: at.Add(-25 * time.Hour), Value: 4}),
		with(series("m", "a little", "behind"), signal.Point{At: at.Add(-23 * time.Hour), Value: 5}),
		with(series("m", "a little", "ahead"), signal.Point{At: at.Add(metricstore.Ahead - time.Minute), Value: 6}),
		with(series("", "no", "name"), signal.Point{At: at, Value: 7}),
		with(series("m", "x", "\xff"), signal.Point{At: at, Value: 8}),
		with(series("m", "y", "1", "y", "2"), signal.Point{At: at, Value: math.NaN()}))
	if taken.Stored != 2 || taken.Lost != 6 || len(taken.Refused) != 6 {
		t.Fatalf("taken: %+v", taken)
	}
	if got := ask(t, s, `count(last_over_time({__name__="m"}[24h:1s] offset -10m))`, at); got != "3 \n" {
		t.Errorf("stored series: %q", got)
	}
	for i, want := range []string{"another value", "ahead", "older", "no metric name", "not valid UTF-8", "twice"} {
		if why := taken.Refused[i].Why; !strings.Contains(why, want) {
			t.Errorf("refusal %d: %q, want %q", i, why, want)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	list, total := again.Refused()
	if total != 0 || len(list) != 6 || !math.IsNaN(list[0].Point.Value) || list[0].Via != "own samples" || list[4].Labels.Get("far") != "ahead" || !list[4].Point.At.Equal(at.Add(metricstore.Ahead+time.Minute)) {
		t.Errorf("after a restart: %d %+v", total, list)
	}
}

// TestOneSampleFarAheadDoesNotKeepOthersOut: in the TSDB alone it would.
func TestOneSampleFarAheadDoesNotKeepOthersOut(t *testing.T) {
	s := open(t, t.TempDir(), func(c *metricstore.Config) { c.OutOfOrder = time.Minute })
	at := now()
	add(t, s, with(series("clock_is_wrong"), signal.Point{At: at.Add(1000 * time.Hour), Value: 1}))
	if taken := add(t, s, with(series("m"), signal.Point{At: at, Value: 2})); taken.Stored != 1 {
		t.Errorf("taken: %+v", taken)
	}
}

func TestTheNamesOfMetricsThatGotSamplesAreTold(t *testing.T) {
	s, err := metricstore.New(metricstore.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan []string, 10)
	s.Arrived(func(names []string) { told <- names })
	s.Start()
	t.Cleanup(func() { _ = s.Stop() })
	ready(t, s)
	at := now()
	add(t, s, with(series("b", "x", "1"), signal.Point{At: at, Value: 1}), with(series("a"), signal.Point{At: at, Value: 1}),
		with(series("b", "x", "2"), signal.Point{At: at, Value: 1}), with(series("refused"), signal.Point{At: at.Add(time.Hour), Value: 1}))
	if got := strings.Join(<-told, ","); got != "a,b" {
		t.Errorf("told %s", got)
	}
	if got := ask(t, s, `b`, at); strings.Count(got, "\n") != 2 { // it is told after the samples can be found
		t.Errorf("found %q", got)
	}
}

func TestWrongQuestionsAreTheAskersFault(t *testing.T) {
	s := open(t, t.TempDir())
	for _, expr := range []string{`sum(`, `rate(m)`, `"text"`, `m[5m]`, `m * on(x) group_left m or vector(1) > bool`} {
		if _, err := s.Instant(context.Background(), expr, now()); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", expr, err)
		}
	}
	if err := s.CheckExpr(`sum(`); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "1:5") {
		t.Errorf("checked: %v", err)
	}
	if err := s.CheckExpr(`sum(rate(m[5m])) by (x)`); err != nil {
		t.Error(err)
	}
	if _, err := s.SelectSeries(context.Background(), "admin/tsdb/delete_series", url.Values{"match[]": {"m"}}); !errs.Is(err, errs.NotFound) {
		t.Errorf("deleting: %v", err)
	}
}

func TestTheQueryAPIAnswersAsPrometheusDoes(t *testing.T) {
	s := open(t, t.TempDir())
	at := now()
	add(t, s, with(series("m", "x", "1"), signal.Point{At: at, Value: 1.5}))
	at = at.Truncate(time.Millisecond)
	stamp := fmt.Sprintf("%d.%03d", at.Unix(), at.UnixMilli()%1000)
	for _, c := range []struct {
		endpoint string
		form     url.Values
		status   int
		want     string
	}{
		{"query", url.Values{"query": {"m"}, "time": {stamp}}, 200, `"result":[{"metric":{"__name__":"m","x":"1"},"value":[`},
		{"query", url.Values{"query": {"m{"}}, 400, `"errorType":"bad_data"`},
		{"query_range", url.Values{"query": {"m"}, "start": {stamp}, "end": {stamp}, "step": {"15"}}, 200, `"resultType":"matrix"`},
		{"series", url.Values{"match[]": {"m"}}, 200, `{"__name__":"m","x":"1"}`},
		{"labels", nil, 200, `["__name__","x"]`},
		{"label/x/values", nil, 200, `["1"]`},
		{"metadata", nil, 200, `"status":"success"`},
		{"targets", nil, 200, `"activeTargets":[]`},
		{"status/buildinfo", nil, 200, `"version":"3.15.0"`},
		{"status/tsdb", nil, 200, `"numSeries":1`},
		{"format_query", url.Values{"query": {"sum   (m)"}}, 200, `sum(m)`},
	} {
		answer, err := s.SelectSeries(context.Background(), c.endpoint, c.form)
		if err != nil {
			t.Errorf("%s: %v", c.endpoint, err)
			continue
		}
		body, err := io.ReadAll(answer.Body)
		if answer.Status != c.status || !strings.Contains(string(body), c.want) || answer.ContentType != "application/json" || err != nil {
			t.Errorf("%s: %d %s %s %v", c.endpoint, answer.Status, answer.ContentType, body, err)
		}
	}
}
