package evaluate_test

import (
	"reflect"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/metricstore/evaluate"
	"mainstay/internal/engine/signal"
)

func TestRulesGiveTheSameThroughQuestions(t *testing.T) {
	store, err := metricstore.New(metricstore.Config{Dir: t.TempDir(), Clock: clock.NewFake(start.Add(time.Hour))})
	if err != nil {
		t.Fatal(err)
	}
	store.Start()
	t.Cleanup(func() { _ = store.Stop() })
	if err := store.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	var series []signal.Series
	for _, q := range []string{"a", "b"} {
		one := signal.Series{Labels: signal.Labels{{Name: signal.MetricName, Value: "queue_depth"}, {Name: "queue", Value: q}}}
		for i := range 40 {
			one.Points = append(one.Points, signal.Point{At: at(time.Duration(i) * 15 * time.Second), Value: float64(i * 10)})
		}
		series = append(series, one)
	}
	if _, err := store.AppendSamples(t.Context(), series); err != nil {
		t.Fatal(err)
	}
	query, span := evaluate.Asking(store)
	asking := evaluate.New(evaluate.Config{Query: query, Range: span, Appendable: evaluate.Into(store)})
	g := deep()
	ev, err := asking.OpenRules(g, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ev.Evaluate(t.Context(), at(5*time.Minute))
	if got := states(ev.Evaluate(t.Context(), at(6*time.Minute))); got != "a firing, b firing" {
		t.Errorf("%q", got)
	}
	direct := evaluate.New(evaluate.Config{Query: query, Range: evaluate.EngineRange(store.Engine(), store.Queryable()), Appendable: evaluate.Into(store)})
	want, err := direct.PreviewRules(t.Context(), g, at(time.Minute), at(8*time.Minute))
	if err != nil || len(want) == 0 {
		t.Fatal(want, err)
	}
	if got, err := asking.PreviewRules(t.Context(), g, at(time.Minute), at(8*time.Minute)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}
