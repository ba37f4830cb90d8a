package evaluate_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore/evaluate"
	"mainstay/internal/engine/signal"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// store is a real store with rules over it.
type store struct {
	*evaluate.Evaluator
	t      testing.TB
	db     *tsdb.DB
	query  rules.QueryFunc
	broken error // what a question answers, if not nil
}

func open(t testing.TB) *store {
	t.Helper()
	o := tsdb.DefaultOptions()
	o.OutOfOrderTimeWindow = 0
	db, err := tsdb.Open(t.TempDir(), nil, nil, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute})
	s := &store{t: t, db: db, query: rules.EngineQueryFunc(engine, db)}
	ask := func(ctx context.Context, q string, at time.Time) (promql.Vector, error) {
		if s.broken != nil {
			return nil, s.broken
		}
		return s.query(ctx, q, at)
	}
	s.Evaluator = evaluate.New(evaluate.Config{Query: ask, Range: evaluate.EngineRange(engine, db), Appendable: db,
		ExternalLabels: map[string]string{"site": "london"}, ExternalURL: "https://desk.example.org"})
	return s
}

// write stores a sample of a series such as `queue_depth{queue="a"}`, some time after start.
func (s *store) write(after time.Duration, value float64, pairs ...string) {
	s.t.Helper()
	app := s.db.Appender(context.Background())
	if _, err := app.Append(0, labels.FromStrings(pairs...), start.Add(after).UnixMilli(), value); err != nil {
		s.t.Fatal(err)
	}
	if err := app.Commit(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *store) open(g signal.RuleGroup, active []signal.RuleAlert) signal.RuleEvaluation {
	s.t.Helper()
	ev, err := s.OpenRules(g, active, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return ev
}

// value is what an expression gives some time after start; NaN for nothing.
func (s *store) value(expr string, after time.Duration) float64 {
	s.t.Helper()
	v, err := s.query(context.Background(), expr, start.Add(after))
	if err != nil {
		s.t.Fatal(err)
	}
	if len(v) == 0 {
		return math.NaN()
	}
	return v[0].F
}

func deep() signal.RuleGroup {
	return signal.RuleGroup{Name: "queues", Interval: 15 * time.Second, Labels: map[string]string{"team": "payments"}, Rules: []signal.MetricRule{{
		Alert: "QueueDeep", Expr: `queue_depth > 100`, For: 30 * time.Second, KeepFiringFor: time.Minute,
		Labels:      map[string]string{"severity": "critical"},
		Annotations: map[string]string{"summary": `{{ $labels.queue }} holds {{ $value | humanize }} in {{ $externalLabels.site }}, see {{ $externalURL }}`},
	}}}
}

func states(results []signal.RuleResult) string {
	var out []string
	for _, r := range results {
		for _, a := range r.Alerts {
			state := "pending"
			if a.Firing {
				state = "firing"
			}
			out = append(out, a.Labels["queue"]+" "+state)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func at(after time.Duration) time.Time { return start.Add(after) }

func TestAnAlertIsPendingThenFiresAndIsKeptFiring(t *testing.T) {
	s := open(t)
	ev := s.open(deep(), nil)
	for _, c := range []struct {
		after time.Duration
		depth float64
		want  string
	}{
		{0, 99, ""},
		{15 * time.Second, 1500, "a pending"},
		{30 * time.Second, 1500, "a pending"},
		{45 * time.Second, 2000, "a firing"},
		{60 * time.Second, 1, "a firing"},
		{105 * time.Second, 1, "a firing"},
		{120 * time.Second, 1, ""},
	} {
		s.write(c.after, c.depth, "__name__", "queue_depth", "queue", "a")
		got := ev.Evaluate(t.Context(), at(c.after))
		if states(got) != c.want {
			t.Errorf("after %v: %q, want %q", c.after, states(got), c.want)
		}
		if c.after == 45*time.Second {
			a := got[0].Alerts[0]
			if a.Annotations["summary"] != "a holds 2k in london, see https://desk.example.org" || a.Value != 2000 ||
				a.Labels["severity"] != "critical" || a.Labels["team"] != "payments" || a.Labels["alertname"] != "QueueDeep" || !a.Active.Equal(at(15*time.Second)) {
				t.Errorf("%+v", a)
			}
		}
	}
	if v := s.value(`ALERTS{alertstate="firing",queue="a"}`, 50*time.Second); v != 1 {
		t.Errorf("ALERTS says %v", v)
	}
	if v := s.value(`ALERTS_FOR_STATE{queue="a"}`, 50*time.Second); v != float64(at(15*time.Second).Unix()) {
		t.Errorf("ALERTS_FOR_STATE says %v", v)
	}
	if v := s.value(`ALERTS{queue="a"}`, 125*time.Second); !math.IsNaN(v) {
		t.Errorf("ALERTS is not stale after the end: %v", v)
	}
}

func TestWhatWasActiveGoesOnAfterARestart(t *testing.T) {
	for name, c := range map[string]struct {
		kept time.Duration // since when it is kept firing, 0 for not
		fire bool
		then float64
		want string
	}{
		"pending still waits only for the rest of its time": {then: 500, want: "a firing"},
		"firing":                           {fire: true, then: 500, want: "a firing"},
		"kept firing for the rest of it":   {fire: true, kept: 20 * time.Second, then: 1, want: "a firing"},
		"kept firing no longer than it is": {fire: true, kept: -30 * time.Second, then: 1, want: ""},
		"pending and over":                 {then: 1, want: ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			s.write(0, 500, "__name__", "queue_depth", "queue", "a")
			first := s.open(deep(), nil).Evaluate(t.Context(), at(0))
			a := first[0].Alerts[0]
			a.Firing = c.fire
			if c.fire {
				a.Fired = at(0)
			}
			if c.kept != 0 {
				a.Kept = at(c.kept)
			}
			s.write(35*time.Second, c.then, "__name__", "queue_depth", "queue", "a")
			got := s.open(deep(), []signal.RuleAlert{a}).Evaluate(t.Context(), at(35*time.Second))
			if states(got) != c.want {
				t.Errorf("%q, want %q", states(got), c.want)
			}
			if c.want != "" && !got[0].Alerts[0].Active.Equal(at(0)) {
				t.Errorf("active since %v", got[0].Alerts[0].Active)
			}
		})
	}
}

func TestARuleSeesWhatTheOneBeforeItHasRecorded(t *testing.T) {
	s := open(t)
	for i, q := range []string{"a", "b"} {
		s.write(0, float64(60+i), "__name__", "queue_depth", "queue", q)
	}
	g := signal.RuleGroup{Name: "sums", Interval: time.Minute, Rules: []signal.MetricRule{
		{Record: "site:queue_depth:sum", Expr: `sum(queue_depth)`, Labels: map[string]string{"site": "london"}},
		{Alert: "SiteDeep", Expr: `site:queue_depth:sum{site="london"} > 100`},
	}}
	ev := s.open(g, nil)
	got := ev.Evaluate(t.Context(), at(0))
	if len(got) != 2 || len(got[1].Alerts) != 1 || got[1].Alerts[0].Value != 121 || !got[1].Alerts[0].Firing {
		t.Fatalf("%+v", got)
	}
	names, all := ev.Reads()
	if all || !slices.Equal(names, []string{"queue_depth", "site:queue_depth:sum"}) || !slices.Equal(ev.Records(), []string{"site:queue_depth:sum"}) {
		t.Errorf("reads %v %v, records %v", names, all, ev.Records())
	}
	ev.End(t.Context(), at(time.Minute))
	if v := s.value(`site:queue_depth:sum`, 61*time.Second); !math.IsNaN(v) {
		t.Errorf("what is recorded no more is still there: %v", v)
	}
}

func TestAnExpressionWithoutANameReadsEverything(t *testing.T) {
	s := open(t)
	for expr, want := range map[string]string{
		`{job="node"} > 1`: "[] true", `up == 0`: "[up] false", `{__name__=~"a|b"}`: "[] true", `{"up"} or vector(time())`: "[up] false",
		`rate(a[5m]) / on(x) sum by (x) (b offset 1h) unless absent(c)`: "[a b c] false", `vector(1)`: "[] false",
	} {
		names, all := s.open(signal.RuleGroup{Name: "g", Interval: time.Minute, Rules: []signal.MetricRule{{Alert: "A", Expr: expr}}}, nil).Reads()
		if got := fmt.Sprint(names, " ", all); strings.ReplaceAll(got, "  ", " ") != want {
			t.Errorf("%s reads %s, want %s", expr, got, want)
		}
	}
}

func TestTooManyAlertsAreAnErrorAndThoseThatFireStay(t *testing.T) {
	s := open(t)
	g := deep()
	g.Limit, g.Rules[0].For = 1, 0
	s.write(0, 500, "__name__", "queue_depth", "queue", "a")
	ev := s.open(g, nil)
	ev.Evaluate(t.Context(), at(0))
	for _, q := range []string{"a", "b"} {
		s.write(time.Minute, 500, "__name__", "queue_depth", "queue", q)
	}
	got := ev.Evaluate(t.Context(), at(time.Minute))
	if !errs.Is(got[0].Err, errs.Invalid) || states(got) != "a firing" {
		t.Errorf("%v: %s", got[0].Err, states(got))
	}
	s.write(2*time.Minute, 1, "__name__", "queue_depth", "queue", "b")
	s.write(2*time.Minute, 500, "__name__", "queue_depth", "queue", "a")
	got = ev.Evaluate(t.Context(), at(2*time.Minute))
	if got[0].Err != nil || states(got) != "a firing" || !got[0].Alerts[0].Active.Equal(at(0)) {
		t.Errorf("%v: %+v", got[0].Err, got[0].Alerts)
	}
}

func TestAStoreThatDoesNotAnswerIsNotTheRulesFault(t *testing.T) {
	s := open(t)
	g := deep()
	g.Rules[0].For = 0
	s.write(0, 500, "__name__", "queue_depth", "queue", "a")
	ev := s.open(g, nil)
	ev.Evaluate(t.Context(), at(0))
	for why, c := range map[error]errs.Kind{
		errs.Unavailablef("it is down"):                       errs.Unavailable,
		promql.ErrStorage{Err: errors.New("a block is gone")}: errs.Unavailable,
		tsdb.ErrNotReady:              errs.Unavailable,
		promql.ErrTooManySamples("x"): errs.Invalid,
	} {
		s.broken = why
		if got := ev.Evaluate(t.Context(), at(time.Minute)); !errs.Is(got[0].Err, c) || states(got) != "a firing" {
			t.Errorf("%v: %v, %s", why, got[0].Err, states(got))
		}
	}
}

// full takes nothing.
type full struct{ storage.Appendable }

func (f full) Appender(ctx context.Context) storage.Appender {
	return fullAppender{f.Appendable.Appender(ctx)}
}

type fullAppender struct{ storage.Appender }

func (fullAppender) Commit() error { return errors.New("the disk is full") }

func TestAlertsFireWhenNothingCanBeStored(t *testing.T) {
	s := open(t)
	s.write(0, 500, "__name__", "queue_depth", "queue", "a")
	s.Evaluator = evaluate.New(evaluate.Config{Query: s.query, Appendable: full{s.db}})
	g := deep()
	g.Rules[0].For = 0
	got := s.open(g, nil).Evaluate(t.Context(), at(0))
	if states(got) != "a firing" || got[0].Err != nil || got[0].Unstored == nil {
		t.Errorf("%s, %v, %v", states(got), got[0].Err, got[0].Unstored)
	}
}

func TestWhatCannotBeUsedIsNamedByField(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		rule  signal.MetricRule
		field string
		says  string
	}{
		"no name":            {signal.MetricRule{Expr: "up"}, "rules[0]", "one of 'record' or 'alert'"},
		"both":               {signal.MetricRule{Alert: "A", Record: "r", Expr: "up"}, "rules[0]", "only one"},
		"no expression":      {signal.MetricRule{Alert: "A"}, "rules[0].expr", `alert "A"`},
		"wrong expression":   {signal.MetricRule{Alert: "A", Expr: "sum(up"}, "rules[0].expr", "1:"},
		"for of a record":    {signal.MetricRule{Record: "r", Expr: "up", For: time.Minute}, "rules[0].for", "recording"},
		"name of a record":   {signal.MetricRule{Record: "r{}", Expr: "up"}, "rules[0].record", "braces"},
		"a template":         {signal.MetricRule{Alert: "A", Expr: "up", Annotations: map[string]string{"summary": "{{ $labels.x"}}, "rules[0].annotations", "summary"},
		"a label's template": {signal.MetricRule{Alert: "A", Expr: "up", Labels: map[string]string{"x": "{{ nothing }}"}}, "rules[0].labels", "nothing"},
		"a label":            {signal.MetricRule{Alert: "A", Expr: "up", Labels: map[string]string{"__name__": "x"}}, "rules[0].labels", "__name__"},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.CheckRules(signal.RuleGroup{Name: "g", Interval: time.Minute, Rules: []signal.MetricRule{c.rule}})
			fields := errs.FieldsOf(err)
			if !errs.Is(err, errs.Invalid) || len(fields) == 0 || fields[0].Path != c.field || !strings.Contains(fields[0].Message, c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAPreviewSaysWhatLiveEvaluationDoes(t *testing.T) {
	s := open(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		name := fmt.Sprintf("depth_%d", round)
		g := signal.RuleGroup{Name: name, Interval: 15 * time.Second, Rules: []signal.MetricRule{{
			Alert: "Deep", Expr: name + " > 100",
			For:           time.Duration(rapid.IntRange(0, 4).Draw(rt, "for")) * 10 * time.Second,
			KeepFiringFor: time.Duration(rapid.IntRange(0, 3).Draw(rt, "keep")) * 20 * time.Second,
			Annotations:   map[string]string{"summary": "{{ $value }}"},
		}}}
		live := s.open(g, nil)
		// The preview begins before its range, by the time that an alert waits: nothing is stored there.
		from, steps := start.Add(time.Duration(round)*time.Hour), rapid.IntRange(10, 40).Draw(rt, "steps")
		from = from.Truncate(15 * time.Second)
		var want []string
		firing := ""
		for i := range steps {
			now := from.Add(time.Duration(i)*15*time.Second - g.Rules[0].For)
			depth := rapid.SampledFrom([]float64{1, 500, 700}).Draw(rt, "depth")
			s.write(now.Sub(start), depth, "__name__", name)
			got := live.Evaluate(t.Context(), now)
			was := firing
			firing = ""
			if len(got[0].Alerts) > 0 && got[0].Alerts[0].Firing {
				firing = "x"
			}
			if firing != was {
				want = append(want, now.Format(time.TimeOnly)+firing)
			}
		}
		to := from.Add(time.Duration(steps-1)*15*time.Second - g.Rules[0].For)
		spans, err := s.PreviewRules(t.Context(), g, from, to)
		if err != nil {
			rt.Fatal(err)
		}
		var said []string
		for _, span := range spans {
			said = append(said, span.Start.Format(time.TimeOnly)+"x")
			if !span.End.IsZero() {
				said = append(said, span.End.Format(time.TimeOnly))
			}
			if span.Annotations["summary"] != fmt.Sprint(span.Value) || span.Name != "Deep" {
				rt.Errorf("%+v", span)
			}
		}
		// What fired before the range is not part of the preview.
		for len(want) > 0 && len(said) < len(want) && want[0] < from.Format(time.TimeOnly) {
			want = want[1:]
		}
		if !slices.Equal(said, want) {
			rt.Fatalf("the preview says %v, live it was %v", said, want)
		}
	})
}
