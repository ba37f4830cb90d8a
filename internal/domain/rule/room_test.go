package rule_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/engine/signal"
)

var admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}

// room is log rules over a real spool, without an engine behind it.
type room struct {
	*rule.Service
	t     *testing.T
	d     *db.DB
	store *logstore.Store
	alert *alert.Service
	wall  *clock.Fake
	line1 actor.Actor // of the team of payments
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
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		store, err := logstore.Open(logstore.Config{Dir: t.TempDir(), Command: []string{"none"}, Readers: []string{"rules"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Stop() })
		r := &room{t: t, d: d, store: store, wall: clock.NewFake(clock.Wall().Now()), alert: alert.New(alert.Config{DB: d, Incidents: incidents{}})}
		r.furnish()
		r.start(match.Compiler{})
		test(t, r)
	})
}

// start starts the rules anew, as after a crash.
func (r *room) start(compiler signal.Compiler) {
	r.t.Helper()
	r.Service = rule.New(rule.Config{DB: r.d, Spool: spool{r.store}, Compiler: compiler, Alerts: r.alert, Clock: r.wall})
	if err := r.Open(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) furnish() {
	r.t.Helper()
	ctx := context.Background()
	users, cat := people.New(people.Config{DB: r.d}), catalogue.New(catalogue.Config{DB: r.d})
	must := func(err error) {
		r.t.Helper()
		if err != nil {
			r.t.Fatal(err)
		}
	}
	_, err := users.ApplyUser(ctx, admin, "flo", people.UserSpec{Role: actor.FirstLine})
	must(err)
	must(r.d.Do(ctx, func(tx *db.Tx) error {
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
		return nil
	}))
	flo, err := users.User(ctx, admin, "flo")
	must(err)
	r.line1 = flo.Actor()
}

// spool and reader are the store as the rules see it.
type spool struct{ *logstore.Store }

func (s spool) ID() string { return s.SpoolID() }
func (s spool) Reader(cursor int64) rule.Reader {
	return reader{s.Store.Reader("rules", s.SpoolID(), cursor)}
}

type reader struct{ *logstore.Reader }

func (r reader) Next(maxBytes int) (rule.Batch, error) {
	b, err := r.Reader.Next(maxBytes)
	out := rule.Batch{Rows: b.Rows, Cursor: b.Cursor}
	for _, d := range b.Deliveries {
		out.Deliveries = append(out.Deliveries, rule.Delivery(d))
	}
	return out, err
}

// arrive appends lines of payments, one delivery, and lets the rules take them.
func (r *room) arrive(messages ...string) {
	r.t.Helper()
	rows := make([]signal.Row, len(messages))
	for i, m := range messages {
		rows[i] = signal.Row{Time: r.wall.Now(), Fields: []signal.Field{{Name: signal.Message, Value: m}, {Name: signal.Service, Value: "payments"}}}
	}
	if err := r.store.Append(r.t.Context(), rows); err != nil {
		r.t.Fatal(err)
	}
	r.settle()
}

func (r *room) settle() {
	r.t.Helper()
	for {
		did, err := r.Step(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if did.Did == 0 {
			return
		}
	}
}

func (r *room) put(name string, s rule.Spec) {
	r.t.Helper()
	if _, err := r.Put(r.t.Context(), admin, rule.In{Name: name, Spec: s}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) wantFiring(want ...string) {
	r.t.Helper()
	r.settle()
	list, err := r.alert.List(r.t.Context(), actor.Mainstay, alert.Filter{State: alert.Firing}, page.Request{})
	if err != nil {
		r.t.Fatal(err)
	}
	var got []string
	for _, a := range list.Items {
		got = append(got, a.Name)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		r.t.Errorf("firing %q, want %q", got, want)
	}
}

func TestEveryChangeOfARuleIsAnEventAndKeepsItsSpec(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		spec := rule.Spec{Title: "Queue stopped", Filter: `"queue stopped"`, When: rule.Any, Severity: 3, GroupBy: []string{"queue"},
			Labels: []rule.Label{{Name: "team", Value: "mq"}}, SOP: "https://wiki.example/q"}
		first, err := r.Put(ctx, admin, rule.In{Name: "queue", Spec: spec, New: true})
		if err != nil {
			t.Fatal(err)
		}
		if first.Spec.When != "" || first.Spec.Severity != 0 {
			t.Errorf("what is said anyway is kept: %+v", first.Spec)
		}
		if _, err := r.Put(ctx, admin, rule.In{Name: "queue", Spec: spec, New: true}); !errs.Is(err, errs.Conflict) {
			t.Errorf("made twice: %v", err)
		}
		again, err := r.Put(ctx, admin, rule.In{Name: "queue", Spec: spec, Version: first.Version})
		if err != nil || again.Version != first.Version {
			t.Errorf("the same again is version %d: %v", again.Version, err)
		}
		spec.Severity = 1
		if _, err := r.Put(ctx, admin, rule.In{Name: "queue", Spec: spec, Version: first.Version}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Put(ctx, admin, rule.In{Name: "queue", Spec: spec, Version: first.Version}); !errs.Is(err, errs.Conflict) {
			t.Errorf("changed over somebody else's change: %v", err)
		}
		if err := r.Delete(ctx, admin, "queue"); err != nil {
			t.Fatal(err)
		}
		var kinds []string
		if err := r.d.View(ctx, func(tx *db.Tx) error {
			events, err := ledger.Timeline(tx, rule.Record(first.ID))
			for _, e := range events {
				kinds = append(kinds, e.Kind)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(kinds, []string{"rule.created", "rule.changed", "rule.deleted"}) {
			t.Errorf("events %v", kinds)
		}
	})
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		for field, spec := range map[string]rule.Spec{
			"filter":         {Filter: "a | fields b"},
			"when":           {Filter: "a", When: "sometimes"},
			"count":          {Filter: "a", When: rule.AtLeast, Count: 1, Within: rule.Span(time.Minute)},
			"within":         {Filter: "a", When: rule.Absent},
			"source":         {When: rule.Volume, Source: "nobody"},
			"hours":          {Filter: "a", When: rule.Absent, Within: rule.Span(time.Minute), Hours: "never"},
			"service":        {Filter: "a", Service: "nothing"},
			"component":      {Filter: "a", Component: "nothing"},
			"severity":       {Filter: "a", Severity: 5},
			"factor":         {When: rule.Volume, Source: "direct", Factor: 0.5},
			"quiet":          {Filter: "a", Quiet: rule.Span(1000 * time.Hour)},
			"labels[0].name": {Filter: "a", Labels: []rule.Label{{Name: "severity", Value: "1"}}},
			"group_by[1]":    {Filter: "a", GroupBy: []string{"host", "host"}},
		} {
			_, err := r.Put(t.Context(), admin, rule.In{Name: "x", Spec: spec})
			if fields := errs.FieldsOf(err); !errs.Is(err, errs.Invalid) || len(fields) == 0 || !slices.ContainsFunc(fields, func(f errs.Field) bool { return f.Path == field }) {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

func TestATeamChangesTheRulesOfItsServicesOnly(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		put := func(service string) error {
			_, err := r.Put(t.Context(), r.line1, rule.In{Name: "theirs", Spec: rule.Spec{Filter: "x", Service: service}})
			return err
		}
		for service, ok := range map[string]bool{"": false, "trading": false, "payments": true} {
			if err := put(service); (err == nil) != ok || !ok && !errs.Is(err, errs.Forbidden) {
				t.Errorf("service %q: %v", service, err)
			}
		}
		if err := put("trading"); !errs.Is(err, errs.Forbidden) {
			t.Errorf("given to others: %v", err)
		}
		s, err := r.Get(t.Context(), r.line1, "theirs")
		if err != nil || s.Sees.All || !slices.Equal(s.Sees.Services, []string{"payments"}) {
			t.Errorf("sees %+v, %v", s.Sees, err)
		}
	})
}

// newer is a compiler of another version, which no longer understands some filters, and whose
// engine fails on some lines.
type newer struct{ match.Compiler }

func (c newer) Compile(filters []string) (signal.Matcher, error) {
	if i := slices.Index(filters, "legacy"); i >= 0 {
		var bad errs.Check
		bad.Add(fmt.Sprintf("filters[%d]", i), "is not understood any more")
		return nil, bad.Err("this set of log rules")
	}
	m, err := c.Compiler.Compile(filters)
	return fragile{m, filters}, err
}

// fragile panics when a line says poison and some filter is about poison.
type fragile struct {
	signal.Matcher
	filters []string
}

func (f fragile) Match(ctx context.Context, rows []signal.Row) ([][]int, error) {
	for _, row := range rows {
		if strings.Contains(row.Get(signal.Message), "poison") && slices.Contains(f.filters, "fragile") {
			panic("index out of range")
		}
	}
	return f.Matcher.Match(ctx, rows)
}

func TestARuleThatCannotBeUsedAnyMoreIsShownAndTheOthersGoOn(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("old", rule.Spec{Filter: "legacy"})
		r.put("other", rule.Spec{Filter: "boom"})
		r.start(newer{})
		r.arrive("legacy boom")
		r.wantFiring("log-rule-broken", "other")
		s, err := r.Get(t.Context(), admin, "old")
		if err != nil || s.State != rule.Broken || s.Why != "is not understood any more" {
			t.Errorf("%+v, %v", s, err)
		}
		r.start(match.Compiler{})
		r.arrive("legacy")
		r.wantFiring("old", "other")
	})
}

func TestLinesOfThePastAreJudgedByNoRule(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("errors", rule.Spec{Filter: "error", Severity: 2})
		past := signal.Row{Time: r.wall.Now(), Fields: []signal.Field{{Name: signal.Message, Value: "error"}, {Name: signal.Service, Value: "payments"},
			{Name: signal.Uploaded, Value: "2026-11-02T08:00:00.000000Z"}}}
		if err := r.store.Append(t.Context(), []signal.Row{past}); err != nil {
			t.Fatal(err)
		}
		r.wantFiring()
		r.arrive("error")
		r.wantFiring("errors")
	})
}

func TestALineThatBreaksOneRuleIsJudgedByTheOthers(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.start(newer{})
		r.put("fragile", rule.Spec{Filter: "fragile"})
		r.put("other", rule.Spec{Filter: "boom"})
		r.arrive("boom poison", "fragile but sound")
		r.wantFiring("fragile", "other")
		s, err := r.Get(t.Context(), admin, "fragile")
		if err != nil || s.Skipped != 1 || !strings.Contains(s.Trouble, "index out of range") || s.State != rule.Firing {
			t.Errorf("%+v, %v", s, err)
		}
		r.arrive("poison alone")
		r.wantFiring("fragile", "log-rule-broken", "other")
		if s, err = r.Get(t.Context(), admin, "fragile"); err != nil || s.State != rule.Broken {
			t.Errorf("%+v, %v", s, err)
		}
		r.arrive("boom again")
		if err := r.Delete(t.Context(), admin, "fragile"); err != nil {
			t.Fatal(err)
		}
		r.wantFiring("other")
	})
}

// The spool was lost, or its directory exchanged.
func TestAnotherSpoolIsReadFromItsStartAndWhatFiresIsStillResolved(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		if r.d.Postgres() {
			return // there another server may have the other spool
		}
		r.put("boom", rule.Spec{Filter: "boom", Quiet: rule.Span(10 * time.Minute)})
		r.arrive("boom")
		r.wantFiring("boom")
		other, err := logstore.Open(logstore.Config{Dir: t.TempDir(), Command: []string{"none"}, Readers: []string{"rules"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = other.Stop() })
		r.store = other
		r.start(match.Compiler{})
		r.wantFiring("boom")
		r.arrive("boom")
		if s, err := r.Get(t.Context(), admin, "boom"); err != nil || s.Active != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		r.wall.Advance(11 * time.Minute)
		r.wantFiring()
	})
}
