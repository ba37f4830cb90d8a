package metricrule_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/metricstore/evaluate"
	"mainstay/internal/engine/signal"
)

var admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}

// room is metric rules over a real store.
type room struct {
	*metricrule.Service
	t     *testing.T
	d     *db.DB
	store *metricstore.Store
	alert *alert.Service
	wall  *clock.Fake
	line1 actor.Actor // of the team l1, which owns payments
	// down is what every question about series is answered, if not nil.
	down error
}

// incidents opens none: what becomes of alerts is the business of others.
type incidents struct{}

func (incidents) OpenOrJoin(*db.Tx, alert.Opening) (string, error) { return "i", nil }
func (incidents) AllResolved(*db.Tx, string) error                 { return nil }
func (incidents) StillFires(*db.Tx, string) error                  { return nil }
func (incidents) Standing(*db.Tx, string) (key string, _ time.Time, _ error) {
	return "INC-1", time.Time{}, nil
}

func each(t *testing.T, test func(*testing.T, *room)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) { test(t, open(t, d, c)) })
}

func open(t *testing.T, d *db.DB, c *clock.Fake) *room {
	t.Helper()
	store, err := metricstore.New(metricstore.Config{Dir: t.TempDir(), Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	store.Start()
	t.Cleanup(func() { _ = store.Stop() })
	if err := store.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, d: d, store: store, wall: c, alert: alert.New(alert.Config{DB: d, Incidents: incidents{}})}
	store.Arrived(func(names []string) { r.Service.Arrived(names) })
	r.Service = r.node()
	r.furnish()
	return r
}

// node is another server on the same database and store.
func (r *room) node() *metricrule.Service {
	query := rules.EngineQueryFunc(r.store.Engine(), r.store.Queryable())
	ask := func(ctx context.Context, q string, at time.Time) (v promql.Vector, err error) {
		if r.down != nil {
			return nil, r.down
		}
		return query(ctx, q, at)
	}
	return metricrule.New(metricrule.Config{DB: r.d, Alerts: r.alert, Clock: r.wall, Metrics: r.store, BaseURL: "https://desk.example.org", Patience: time.Minute,
		Rules: evaluate.New(evaluate.Config{Query: ask, Range: evaluate.EngineRange(r.store.Engine(), r.store.Queryable()), Appendable: evaluate.Into(r.store)})})
}

// restart ends this node, as a crash does, and begins another.
func (r *room) restart() { r.Service = r.node() }

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) furnish() {
	r.t.Helper()
	ctx := context.Background()
	users, cat := people.New(people.Config{DB: r.d}), catalogue.New(catalogue.Config{DB: r.d})
	_, err := users.ApplyUser(ctx, admin, "flo", people.UserSpec{Role: actor.FirstLine})
	r.must(err)
	r.must(r.d.Do(ctx, func(tx *db.Tx) error {
		if err := catalogue.EnsureUnassigned(tx); err != nil {
			return err
		}
		if _, err := users.ApplyTeamIn(tx, admin, "l1", people.TeamSpec{Level: "L1", Members: []string{"flo"}}); err != nil {
			return err
		}
		if _, err := users.ApplyTeamIn(tx, admin, "l2", people.TeamSpec{Level: "L2"}); err != nil {
			return err
		}
		for service, owner := range map[string]string{"payments": "l1", "trading": "l2"} {
			if _, err := cat.ApplyServiceIn(tx, admin, service, catalogue.ServiceSpec{Tier: 1, Owner: owner}); err != nil {
				return err
			}
		}
		_, err := calendar.New(calendar.Config{DB: r.d}).ApplyIn(tx, admin, "mornings", calendar.Spec{Zone: "UTC", Weekly: []string{"mon-fri 10:00-12:00"}})
		return err
	}))
	flo, err := users.User(ctx, admin, "flo")
	r.must(err)
	r.line1 = flo.Actor()
}

// depth lands a sample of queue_depth{queue="a"}.
func (r *room) depth(value float64) { r.t.Helper(); r.sample("queue_depth", value, "queue", "a") }

func (r *room) sample(name string, value float64, pairs ...string) {
	r.t.Helper()
	labels := signal.Labels{{Name: signal.MetricName, Value: name}}
	for i := 0; i < len(pairs); i += 2 {
		labels = append(labels, signal.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	taken, err := r.store.AppendSamples(r.t.Context(), []signal.Series{{Labels: labels, Points: []signal.Point{{At: r.wall.Now(), Value: value}}}})
	if err != nil || taken.Lost > 0 {
		r.t.Fatal(taken, err)
	}
}

// step lets time pass and takes a step.
func (r *room) step(after time.Duration) {
	r.t.Helper()
	r.wall.Advance(after)
	if _, err := r.Step(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// alerts are those that have not resolved: "QueueDeep firing", sorted.
func (r *room) alerts() string {
	r.t.Helper()
	list, err := r.alert.List(r.t.Context(), admin, alert.Filter{}, page.Request{})
	r.must(err)
	var out []string
	for _, a := range list.Items {
		if a.State != alert.Resolved {
			out = append(out, fmt.Sprintf("%s %s", a.Name, a.State))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func (r *room) want(alerts string) {
	r.t.Helper()
	if got := r.alerts(); got != alerts {
		r.t.Errorf("alerts: %q, want %q", got, alerts)
	}
}

func (r *room) put(name string, spec metricrule.Spec) {
	r.t.Helper()
	_, err := r.Put(r.t.Context(), admin, metricrule.In{Name: name, Spec: spec})
	r.must(err)
}

func (r *room) status(name string) metricrule.Status {
	r.t.Helper()
	s, err := r.Get(r.t.Context(), admin, name)
	r.must(err)
	return s
}

func deep() metricrule.Spec {
	return metricrule.Spec{Service: "payments", SOP: "https://wiki.example.org/queues", Rules: []metricrule.RuleSpec{{
		Alert: "QueueDeep", Expr: `queue_depth > 100`, For: metricrule.Span(30 * time.Second),
		Labels: map[string]string{"severity": "critical"}, Annotations: map[string]string{"summary": "{{ $labels.queue }} holds {{ $value }}"},
	}}}
}

func atOnce() metricrule.Spec {
	s := deep()
	s.Rules[0].For = 0
	return s
}

func TestASampleOverTheThresholdRaisesAnAlertAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("queues", atOnce())
		r.depth(5)
		r.step(0)
		r.want("")
		r.wall.Advance(2 * time.Second)
		r.depth(500)
		r.step(0)
		r.want("QueueDeep firing")
		list, err := r.alert.List(t.Context(), admin, alert.Filter{}, page.Request{})
		r.must(err)
		a := list.Items[0]
		if a.ServiceName != "payments" || a.Severity != 1 || a.Title != "a holds 500" || a.Annotations["runbook"] != "https://wiki.example.org/queues" ||
			a.Labels["rule_group"] != "queues" || a.Link != "https://desk.example.org/metric-rules/queues" {
			t.Errorf("%+v", a)
		}
		if s := r.status("queues"); s.State != metricrule.Firing || s.Fired != 1 || len(s.Rules[0].Alerts) != 1 || !s.Rules[0].Alerts[0].Raised {
			t.Errorf("%+v", s)
		}
		r.wall.Advance(2 * time.Second)
		r.depth(5)
		r.step(0)
		r.want("")
		if s := r.status("queues"); s.State != metricrule.Watching || s.Evaluated.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

func TestSamplesHurryAGroupOnceASecondAtMost(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("queues", atOnce())
		r.step(0)
		r.wall.Advance(100 * time.Millisecond)
		r.depth(5)
		r.step(0)
		r.wall.Advance(300 * time.Millisecond)
		r.depth(500)
		r.step(0)
		r.want("")
		next, err := r.Step(t.Context())
		r.must(err)
		if in := next.Next.Sub(r.wall.Now()); in <= 0 || in > 700*time.Millisecond {
			t.Errorf("next in %v", in)
		}
		r.step(700 * time.Millisecond)
		r.want("QueueDeep firing")
	})
}

func TestAGroupIsEvaluatedAtItsIntervalWhenNothingLands(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("absent", metricrule.Spec{Interval: metricrule.Span(20 * time.Second), Rules: []metricrule.RuleSpec{
			{Alert: "Silent", Expr: `absent_over_time(queue_depth[1m])`}}})
		r.depth(5)
		r.step(0)
		for range 3 {
			r.step(19 * time.Second)
		}
		r.want("")
		r.step(21 * time.Second)
		r.want("Silent firing")
	})
}

func TestWhatIsPendingAndWhatFiresGoesOnAfterARestart(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("queues", deep())
		r.depth(500)
		r.step(0)
		if s := r.status("queues"); s.State != metricrule.Pending {
			t.Errorf("%+v", s)
		}
		r.restart()
		r.wall.Advance(31 * time.Second)
		r.depth(600)
		r.step(0)
		r.want("QueueDeep firing")
		r.restart()
		r.wall.Advance(10 * time.Second)
		r.depth(700)
		r.step(0)
		r.want("QueueDeep firing")
		list, err := r.alert.List(t.Context(), admin, alert.Filter{}, page.Request{})
		r.must(err)
		if len(list.Items) != 1 {
			t.Errorf("the alert was raised %d times", len(list.Items))
		}
		r.restart()
		r.wall.Advance(10 * time.Second)
		r.depth(7)
		r.step(0)
		r.want("")
	})
}

func TestATestIsCountedAndRaisesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		spec := atOnce()
		spec.Test = true
		r.put("queues", spec)
		r.depth(500)
		r.step(0)
		r.step(2 * time.Minute)
		r.want("")
		if s := r.status("queues"); s.State != metricrule.WouldFire || s.Would != 1 || s.Fired != 0 {
			t.Errorf("%+v", s)
		}
		r.must(r.SetTest(t.Context(), admin, "queues", false))
		r.depth(500)
		r.step(2 * time.Second)
		r.want("QueueDeep firing")
		r.must(r.SetTest(t.Context(), admin, "queues", true))
		r.depth(500)
		r.step(2 * time.Second)
		r.want("")
	})
}

func TestNothingIsRaisedOutsideOfActiveHours(t *testing.T) {
	each(t, func(t *testing.T, r *room) { // it is 09:00 on a Monday
		spec := atOnce()
		spec.Hours = "mornings"
		r.put("queues", spec)
		r.depth(500)
		r.step(0)
		r.want("")
		r.wall.Advance(time.Hour)
		r.depth(500)
		r.step(0)
		r.want("QueueDeep firing")
		r.wall.Advance(3 * time.Hour)
		r.depth(500)
		r.step(0)
		r.want("QueueDeep firing") // it is over when it is over
		r.wall.Advance(time.Minute)
		r.depth(5)
		r.step(0)
		r.want("")
		r.wall.Advance(time.Minute)
		r.depth(500)
		r.step(0)
		r.want("")
		if used, err := usesCalendar(t, r, "mornings"); err != nil || used == "" {
			t.Errorf("%q, %v", used, err)
		}
	})
}

func usesCalendar(t *testing.T, r *room, name string) (used string, err error) {
	err = r.d.View(t.Context(), func(tx *db.Tx) error { used, err = metricrule.UsesCalendar(tx, name); return err })
	return used, err
}

func TestWhatFiresEndsWithItsRule(t *testing.T) {
	for name, end := range map[string]func(*room){
		"disabled": func(r *room) { r.must(r.Enable(r.t.Context(), admin, "queues", false)) },
		"deleted":  func(r *room) { r.must(r.Delete(r.t.Context(), admin, "queues")) },
		"another rule": func(r *room) {
			s := atOnce()
			s.Rules[0].Alert = "QueueVeryDeep"
			s.Rules[0].Expr = "queue_depth > 1000"
			r.put("queues", s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *room) {
				r.put("queues", atOnce())
				r.depth(500)
				r.step(0)
				r.want("QueueDeep firing")
				end(r)
				r.step(2 * time.Second)
				r.want("")
			})
		})
	}
}

func TestAnAlertChangesItsServiceWithItsRule(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("queues", atOnce())
		r.depth(500)
		r.step(0)
		s := atOnce()
		s.Rules[0].Service = "trading"
		r.put("queues", s)
		r.depth(500)
		r.step(2 * time.Second)
		r.want("QueueDeep firing")
		list, err := r.alert.List(t.Context(), admin, alert.Filter{}, page.Request{})
		r.must(err)
		for _, a := range list.Items {
			if a.State == alert.Firing && a.ServiceName != "trading" {
				t.Errorf("%+v", a)
			}
		}
	})
}

func TestARuleThatCannotBeEvaluatedIsToldAndItsAlertsStay(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("queues", atOnce())
		r.depth(500)
		r.step(0)
		r.down = errors.New("found duplicate series for the match group")
		for range 3 {
			r.want("QueueDeep firing")
			r.step(time.Minute)
		}
		r.want("MetricRuleFailing firing, QueueDeep firing")
		if s := r.status("queues"); s.State != metricrule.Failing || !strings.Contains(s.Why, "duplicate series") {
			t.Errorf("%+v", s)
		}
		r.restart()
		r.step(time.Minute)
		r.want("MetricRuleFailing firing, QueueDeep firing")
		r.down = nil
		r.depth(500)
		r.step(time.Minute)
		r.want("QueueDeep firing")
	})
}

func TestAStoreThatIsDownIsUnknownAndAlertsStay(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("queues", atOnce())
		r.depth(500)
		r.step(0)
		r.down = errs.Unavailablef("the store is down")
		for range 5 {
			r.step(time.Minute)
		}
		r.want("QueueDeep firing")
		if s := r.status("queues"); s.State != metricrule.Blind || len(s.Rules[0].Alerts) != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestRecordedSeriesHurryOtherGroups(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("sums", metricrule.Spec{Rules: []metricrule.RuleSpec{{Record: "queue_depth:sum", Expr: "sum(queue_depth)"}}})
		spec := atOnce()
		spec.Rules[0].Expr = "queue_depth:sum > 100"
		r.put("queues", spec)
		// These two read each other: they must come to rest.
		r.put("ping", metricrule.Spec{Rules: []metricrule.RuleSpec{{Record: "ping", Expr: "queue_depth:sum + on() group_left() vector(0) or pong"}}})
		r.put("pong", metricrule.Spec{Rules: []metricrule.RuleSpec{{Record: "pong", Expr: "ping"}}})
		r.depth(5)
		for range 10 {
			r.step(time.Second)
		}
		r.depth(500)
		r.step(0)
		r.step(time.Second)
		r.want("QueueDeep firing")
		for range 30 {
			r.step(time.Second)
		}
		// At rest they are evaluated once a minute, and when the one that they read was.
		for _, name := range []string{"ping", "pong"} {
			points, err := r.store.Instant(t.Context(), "count_over_time("+name+"[20s])", r.wall.Now())
			r.must(err)
			if len(points) > 0 && points[0].Points[0].Value > 5 {
				t.Errorf("%s was evaluated %v times in 20 s in which nothing landed", name, points[0].Points[0].Value)
			}
		}
	})
}

func TestAWrongRuleIsRefusedWithItsField(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		for field, change := range map[string]func(*metricrule.Spec){
			"rules[0].expr":        func(s *metricrule.Spec) { s.Rules[0].Expr = "sum(" },
			"rules[0].annotations": func(s *metricrule.Spec) { s.Rules[0].Annotations["summary"] = "{{ $labels.a" },
			"rules":                func(s *metricrule.Spec) { s.Rules = nil },
			"service":              func(s *metricrule.Spec) { s.Service = "nobody" },
			"owner":                func(s *metricrule.Spec) { s.Owner = "nobody" },
			"rules[0].hours":       func(s *metricrule.Spec) { s.Rules[0].Hours = "never" },
			"interval":             func(s *metricrule.Spec) { s.Interval = metricrule.Span(time.Millisecond) },
			"rules[0].sop": func(s *metricrule.Spec) {
				s.Rules[0] = metricrule.RuleSpec{Record: "a", Expr: "b", SOP: "no"}
			},
		} {
			spec := atOnce()
			spec.Rules[0].Annotations = maps.Clone(spec.Rules[0].Annotations)
			change(&spec)
			_, err := r.Put(t.Context(), admin, metricrule.In{Name: "queues", Spec: spec})
			if fields := errs.FieldsOf(err); len(fields) == 0 || fields[0].Path != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

func TestOnlyTheTeamsOfAServiceChangeItsRules(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		_, err := r.Put(ctx, r.line1, metricrule.In{Name: "mine", Spec: atOnce()})
		r.must(err)
		other := atOnce()
		other.Service = "trading"
		r.put("theirs", other)
		for what, err := range map[string]error{
			"put":     put(r, r.line1, "theirs", atOnce()),
			"take":    put(r, r.line1, "mine", other),
			"delete":  r.Delete(ctx, r.line1, "theirs"),
			"enable":  r.Enable(ctx, r.line1, "theirs", false),
			"test":    r.SetTest(ctx, r.line1, "theirs", true),
			"nobody":  put(r, r.line1, "nobodys", metricrule.Spec{Rules: atOnce().Rules}),
			"by rule": put(r, r.line1, "mine", withRuleOf("trading")),
		} {
			if !errs.Is(err, errs.Forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func put(r *room, by actor.Actor, name string, spec metricrule.Spec) error {
	_, err := r.Put(r.t.Context(), by, metricrule.In{Name: name, Spec: spec})
	return err
}

func withRuleOf(service string) metricrule.Spec {
	s := atOnce()
	s.Rules[0].Service = service
	return s
}

func TestAnAlertThatCannotBeStoredIsToldAndKept(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		spec := atOnce()
		r.put("queues", spec)
		pairs := []string{"queue", "a"}
		for i := range 101 {
			pairs = append(pairs, fmt.Sprintf("l%03d", i), "x")
		}
		r.sample("queue_depth", 500, pairs...)
		r.step(0)
		r.want("MetricRuleAlertLost firing")
	})
}
