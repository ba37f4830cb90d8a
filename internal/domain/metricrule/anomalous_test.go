package metricrule_test

import (
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/signal"
)

// weeks lands five weeks of a series that follows the hour of the day, up to now.
func (r *room) weeks() {
	r.t.Helper()
	now := r.wall.Now()
	var points []signal.Point
	for at := now.Add(-35 * 24 * time.Hour); at.Before(now); at = at.Add(5 * time.Minute) {
		points = append(points, signal.Point{At: at, Value: normalAt(at)})
	}
	r.land(points)
}

func normalAt(at time.Time) float64 {
	return 100*float64(at.Hour()) + float64(at.Minute()%10)
}

func (r *room) land(points []signal.Point) {
	r.t.Helper()
	labels := signal.Labels{{Name: signal.MetricName, Value: "payments"}, {Name: "site", Value: "london"}}
	taken, err := r.store.AppendSamples(r.t.Context(), []signal.Series{{Labels: labels, Points: points}})
	if err != nil || taken.Lost > 0 {
		r.t.Fatal(taken, err)
	}
}

func odd() metricrule.AnomalySpec {
	return metricrule.AnomalySpec{Expr: "payments", For: metricrule.Span(10 * time.Minute), Minimum: 20, Service: "payments", Description: "Look at the gateway."}
}

// history opens a room at once with a past: samples of five weeks are out of order for a store that has begun.
func history(t *testing.T, test func(*testing.T, *room)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		r := open(t, d, c)
		r.weeks()
		test(t, r)
	})
}

func TestASeriesIsComparedWithTheSameHourOfPastWeeks(t *testing.T) {
	history(t, func(t *testing.T, r *room) {
		r.must(r.PutAnomaly(t.Context(), admin, "payments-odd", odd()))
		at := func(after time.Duration, value float64) {
			t.Helper()
			r.wall.Advance(after)
			r.land([]signal.Point{{At: r.wall.Now(), Value: value}})
			r.step(0)
		}
		at(0, normalAt(r.wall.Now()))
		r.want("")
		for range 3 {
			at(5*time.Minute, 100) // at nine it is about 900
		}
		r.want("payments-odd firing")
		s := r.status("payments-odd")
		if a := s.Rules[0].Alerts[0]; s.State != metricrule.Firing || !strings.Contains(a.Annotations["summary"], "100 is below what is normal at this hour") || a.Labels["site"] != "london" {
			t.Errorf("%+v", s)
		}
		r.restart()
		at(5*time.Minute, 100)
		r.want("payments-odd firing")
		at(5*time.Minute, normalAt(r.wall.Now()))
		at(5*time.Minute, normalAt(r.wall.Now()))
		r.want("")
		p, err := r.PreviewAnomaly(t.Context(), admin, odd(), r.wall.Now().Add(-24*time.Hour), r.wall.Now())
		if err != nil || p.Fired != 1 || p.Spans[0].End.IsZero() {
			t.Errorf("%+v, %v", p, err)
		}
		up := odd()
		up.Direction = "above"
		if p, err := r.PreviewAnomaly(t.Context(), admin, up, r.wall.Now().Add(-24*time.Hour), r.wall.Now()); err != nil || p.Fired != 0 {
			t.Errorf("above: %+v, %v", p, err)
		}
	})
}

func TestASeriesWithoutAPastIsNotJudgedAndThatIsSaid(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.must(r.PutAnomaly(t.Context(), admin, "payments-odd", odd()))
		for range 20 {
			r.land([]signal.Point{{At: r.wall.Now(), Value: 1e9}})
			r.step(time.Minute)
		}
		r.want("")
		if s := r.status("payments-odd"); !strings.Contains(s.Rules[0].Note, "1 of 1 series cannot be judged yet") {
			t.Errorf("%+v", s.Rules[0])
		}
	})
}
