package metricstore_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"

	"mainstay/internal/base/sharedtest"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/signal"
)

type row struct {
	name  string
	at    time.Time
	value float64
}

// realSeries are three measured series, all samples in the order of their instants.
func realSeries(t *testing.T) (all []row) {
	t.Helper()
	for _, name := range []string{"ambient_temperature_system_failure", "cpu_utilization_asg_misconfiguration", "machine_temperature_system_failure"} {
		f, err := os.Open(sharedtest.Path(t, "data/metrics/"+name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records[1:] {
			at, err := time.Parse(time.DateTime, r[0])
			if err != nil {
				t.Fatal(err)
			}
			value, err := strconv.ParseFloat(r[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, row{name, at, value})
		}
		_ = f.Close()
	}
	slices.SortStableFunc(all, func(a, b row) int { return a.at.Compare(b.at) })
	return all
}

// TestAnswersAreThoseOfTheLibrary: what the query API answers over real series is what Prometheus' engine gives over
// the same samples in a TSDB that was filled without us.
func TestAnswersAreThoseOfTheLibrary(t *testing.T) {
	rows := realSeries(t)
	s := open(t, t.TempDir(), func(c *metricstore.Config) { c.Retention = 100 * 365 * 24 * time.Hour })
	db, err := tsdb.Open(t.TempDir(), nil, nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for part := range slices.Chunk(rows, 5000) {
		var list []signal.Series
		app := db.Appender(context.Background())
		for _, r := range part {
			list = append(list, with(series(r.name, "plant", "a"), signal.Point{At: r.at, Value: r.value}))
			if _, err := app.Append(0, labels.FromStrings(labels.MetricName, r.name, "plant", "a"), r.at.UnixMilli(), r.value); err != nil && !strings.Contains(err.Error(), "duplicate") {
				t.Fatal(err)
			}
		}
		add(t, s, list...)
		if err := app.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 5e7, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true})
	from, to := time.Date(2014, 1, 5, 0, 0, 0, 0, time.UTC), time.Date(2014, 1, 8, 0, 0, 0, 0, time.UTC)
	for _, expr := range []string{
		`machine_temperature_system_failure`,
		`avg_over_time(machine_temperature_system_failure[1h])`,
		`quantile_over_time(0.9, {__name__=~".*temperature.*"}[6h])`,
		`deriv(machine_temperature_system_failure[30m]) > 0`,
		`predict_linear(machine_temperature_system_failure[2h], 3600)`,
		`stddev_over_time(machine_temperature_system_failure[1d:10m])`,
		`holt_winters(machine_temperature_system_failure[2h], 0.5, 0.5)`,
		`max by (plant) ({plant="a"}) - on(plant) min by (plant) ({plant="a"} offset 1d)`,
		`topk(1, {plant=~"a|b"})`, `absent(nothing{x="y"})`, `changes(machine_temperature_system_failure[1h])`,
		`label_replace(machine_temperature_system_failure, "site", "$1", "plant", "(.*)")`,
		`histogram_quantile(0.9, machine_temperature_system_failure)`, `vector(1) or machine_temperature_system_failure`, `time() - timestamp(machine_temperature_system_failure)`,
		`machine_temperature_system_failure @ 1388880000`, `sum(`, `machine_temperature_system_failure + on() group_left() {plant="a"}`,
	} {
		want := library(t, engine, db, expr, from, to)
		got := overAPI(t, s, expr, from, to)
		if !same(got, want) {
			t.Errorf("%s:\ngot  %.400v\nwant %.400v", expr, got, want)
		}
		if len(want) == 0 {
			t.Logf("%s gives nothing", expr)
		}
	}
}

// library is what the library gives: by series, values by instant. The key "error" is its error.
func library(t *testing.T, engine *promql.Engine, db *tsdb.DB, expr string, from, to time.Time) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	q, err := engine.NewRangeQuery(context.Background(), db, nil, expr, from, to, 10*time.Minute)
	if err != nil {
		return map[string][]string{"error": nil}
	}
	defer q.Close()
	m, err := q.Exec(context.Background()).Matrix()
	if err != nil {
		return map[string][]string{"error": nil}
	}
	for _, one := range m {
		for _, p := range one.Floats {
			out[one.Metric.String()] = append(out[one.Metric.String()], fmt.Sprint(p.T, " ", strconv.FormatFloat(p.F, 'f', -1, 64)))
		}
	}
	return out
}

func overAPI(t *testing.T, s *metricstore.Store, expr string, from, to time.Time) map[string][]string {
	t.Helper()
	answer, err := s.SelectSeries(context.Background(), "query_range", url.Values{"query": {expr}, "start": {from.Format(time.RFC3339)}, "end": {to.Format(time.RFC3339)}, "step": {"10m"}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != 200 {
		return map[string][]string{"error": nil}
	}
	var parsed struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := json.Unmarshal(body, &parsed); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, one := range parsed.Data.Result {
		name := labels.FromMap(one.Metric).String()
		for _, v := range one.Values {
			value, err := strconv.ParseFloat(v[1].(string), 64)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = append(out[name], fmt.Sprint(int64(math.Round(v[0].(float64)*1000)), " ", strconv.FormatFloat(value, 'f', -1, 64)))
		}
	}
	return out
}

func same(a, b map[string][]string) bool {
	if len(a) != len(b) {
		return false
	}
	for name, values := range a {
		if other, ok := b[name]; !ok || !slices.Equal(values, other) {
			return false
		}
	}
	return true
}
