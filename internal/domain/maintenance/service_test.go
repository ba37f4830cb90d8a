package maintenance_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

var admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}

// desk is a service of one team's, and one of nobody's in particular.
type desk struct {
	*testing.T
	*maintenance.Service
	db    *db.DB
	clock *clock.Fake
	line1 actor.Actor // of the team of payments
}

func each(t *testing.T, play func(*desk)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := &desk{T: t, Service: maintenance.New(maintenance.Config{DB: d}), db: d, clock: c}
		k.do(func(tx *db.Tx) error {
			p, cat := people.New(people.Config{DB: d}), catalogue.New(catalogue.Config{DB: d})
			for _, name := range []string{"payments", "mail"} {
				if _, err := p.ApplyTeamIn(tx, admin, name, people.TeamSpec{Level: "L1"}); err != nil {
					return err
				}
				if _, err := cat.ApplyServiceIn(tx, admin, name, catalogue.ServiceSpec{Tier: 1, Owner: name}); err != nil {
					return err
				}
				if _, err := cat.ApplyComponentIn(tx, admin, name+"-db", catalogue.ComponentSpec{Layer: "middleware", Service: name}); err != nil {
					return err
				}
			}
			team, err := people.TeamByName(tx, "payments")
			k.line1 = actor.Actor{Kind: actor.User, ID: "f", Name: "Flo First", Role: actor.FirstLine, Teams: []string{string(team.ID)}}
			return err
		})
		play(k)
	})
}

func (k *desk) do(fn func(*db.Tx) error) {
	k.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.Fatal(err)
	}
}

// turns runs what is due and returns the events of a maintenance.
func (k *desk) turns(m maintenance.ID) (kinds []string) {
	k.Helper()
	runner := timer.NewRunner(timer.Config{DB: k.db, Handlers: k.Timers(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	for {
		r, err := runner.Step(context.Background())
		if err != nil {
			k.Fatal(err)
		}
		if r.Did == 0 {
			break
		}
	}
	k.do(func(tx *db.Tx) error {
		events, err := ledger.Timeline(tx, maintenance.Record(m))
		for _, e := range events {
			kinds = append(kinds, strings.TrimPrefix(e.Kind, "maintenance."))
		}
		return err
	})
	return kinds
}

func (k *desk) put(by actor.Actor, name string, s maintenance.Spec) (maintenance.Maintenance, error) {
	return k.Put(context.Background(), by, maintenance.In{Name: name, Spec: s})
}

func TestATeamPlansMaintenanceOfItsOwnServicesOnly(t *testing.T) {
	each(t, func(k *desk) {
		s := spec("2030-01-01T00:00", "1h", "", "")
		if _, err := k.put(k.line1, "own", s); err != nil {
			t.Error(err)
		}
		for name, change := range map[string]func(*maintenance.Spec){
			"another's service":   func(s *maintenance.Spec) { s.Services = []string{"payments", "mail"} },
			"another's component": func(s *maintenance.Spec) { s.Components = []string{"mail-db"} },
		} {
			s := s
			change(&s)
			if _, err := k.put(k.line1, "foreign", s); !errs.Is(err, errs.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		foreign := s
		foreign.Services = []string{"mail"}
		if _, err := k.put(admin, "foreign", foreign); err != nil {
			t.Fatal(err)
		}
		if _, err := k.put(k.line1, "foreign", s); !errs.Is(err, errs.Forbidden) {
			t.Errorf("takes another's maintenance: %v", err)
		}
		if err := k.Delete(context.Background(), k.line1, "foreign"); !errs.Is(err, errs.Forbidden) {
			t.Errorf("deletes another's: %v", err)
		}
	})
}

func TestWhatDoesNotExistCannotBeMaintained(t *testing.T) {
	each(t, func(k *desk) {
		s := spec("2030-01-01T00:00", "1h", "", "")
		s.Services, s.Components = []string{"payments", "nothing"}, []string{"none"}
		_, err := k.put(admin, "x", s)
		if f := errs.FieldsOf(err); len(f) != 2 || f[0].Path != "services[1]" || f[1].Path != "components[0]" {
			t.Errorf("%v: %+v", err, f)
		}
	})
}

func TestWindowsTurnAtTheirTimesAndArePromisedAgain(t *testing.T) {
	each(t, func(k *desk) {
		start := k.clock.Now().UTC().Truncate(time.Hour).Add(2 * time.Hour)
		m, err := k.put(admin, "daily", spec(start.Format("2006-01-02T15:04"), "1h", "FREQ=DAILY;COUNT=2", ""))
		if err != nil {
			t.Fatal(err)
		}
		service := catalogue.ServiceID("")
		k.do(func(tx *db.Tx) error {
			s, err := catalogue.ServiceByName(tx, "payments")
			service = s.ID
			return err
		})
		open := func() (found bool) {
			k.do(func(tx *db.Tx) (err error) { _, found, err = maintenance.On(tx, service, "", tx.Now()); return err })
			return found
		}
		for _, step := range []struct {
			at   time.Time
			open bool
			said string
		}{
			{start.Add(-time.Second), false, "created"},
			{start, true, "created began"},
			{start.Add(time.Hour), false, "created began ended"},
			{start.Add(24 * time.Hour), true, "created began ended began"},
			{start.Add(25 * time.Hour), false, "created began ended began ended"},
			{start.Add(49 * time.Hour), false, "created began ended began ended"},
		} {
			k.clock.Set(step.at)
			if got := open(); got != step.open {
				t.Errorf("at %v before its turn: open %v", step.at, got)
			}
			if got := strings.Join(k.turns(m.ID), " "); got != step.said || open() != step.open {
				t.Errorf("at %v: %s, open %v", step.at, got, open())
			}
		}
		if m, err = k.Get(context.Background(), admin, "daily"); err != nil || m.State(k.clock.Now()) != maintenance.Over {
			t.Errorf("in the end it is %s (%v)", m.State(k.clock.Now()), err)
		}
	})
}

func TestAWindowThatIsEndedGivesWayToTheNext(t *testing.T) {
	each(t, func(k *desk) {
		start := k.clock.Now().UTC().Truncate(time.Minute)
		if _, err := k.put(admin, "daily", spec(start.Format("2006-01-02T15:04"), "5h", "FREQ=DAILY", "")); err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		if err := k.End(ctx, k.line1, "daily"); err != nil {
			t.Fatal(err)
		}
		m, err := k.Get(ctx, admin, "daily")
		if err != nil || m.State(k.clock.Now()) != maintenance.Planned || !m.Window.From.Equal(start.Add(24*time.Hour)) {
			t.Errorf("%+v (%v)", m, err)
		}
		if err := k.End(ctx, k.line1, "daily"); !errs.Is(err, errs.Conflict) {
			t.Errorf("what is not open ends: %v", err)
		}
		if windows, err := k.Windows(ctx, admin, start, start.Add(72*time.Hour)); err != nil || len(windows) != 2 {
			t.Errorf("%d windows ahead (%v)", len(windows), err)
		}
	})
}

func TestTheSameMaintenanceAppliedAgainChangesNothing(t *testing.T) {
	each(t, func(k *desk) {
		s := spec("2026-01-01T00:00", "1h", "freq=weekly;byday=su", "UTC")
		s.Title = "weekly"
		k.do(func(tx *db.Tx) error {
			if changed, err := k.ApplyIn(tx, admin, "weekly", s); !changed || err != nil {
				t.Errorf("%v %v", changed, err)
			}
			return nil
		})
		k.do(func(tx *db.Tx) error {
			list, err := k.ExportIn(tx, admin)
			if err != nil || len(list) != 1 {
				t.Fatalf("%v %v", list, err)
			}
			for _, again := range []maintenance.Spec{s, list[0].Spec} {
				if changed, err := k.ApplyIn(tx, admin, "weekly", again); changed || err != nil {
					t.Errorf("%+v: %v %v", again, changed, err)
				}
			}
			return nil
		})
	})
}
