package oncall

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNowAgreesWithTheSchedule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, middle := drawRoster(t)
		from, to := middle.AddDate(0, 0, -30), middle.AddDate(0, 0, 30)
		shifts := r.Schedule(from, to)
		i := rapid.IntRange(0, len(shifts)-1).Draw(t, "shift")
		times := []time.Time{shifts[i].From, shifts[i].To.Add(-time.Microsecond), drawInstant(t, middle, 29)}
		for _, at := range times {
			s := shiftAt(shifts, at)
			now := r.At(at)
			if !sameUsers(users(now), s.Users()) {
				t.Fatalf("at %s: %v are on call, the schedule says %v", at, users(now), told([]Shift{s}))
			}
			for _, a := range now {
				checkDuty(t, shifts, at, a)
			}
		}
	})
}

// checkDuty looks at every shift between Since and Until, and at those beside them.
func checkDuty(t *rapid.T, shifts []Shift, at time.Time, a Assignment) {
	if !a.Since.IsZero() && a.Since.After(at) || !a.Until.IsZero() && !a.Until.After(at) {
		t.Fatalf("at %s: %s is on call from %s to %s", at, a.User, a.Since, a.Until)
	}
	for _, s := range shifts {
		within := (a.Since.IsZero() || !s.From.Before(a.Since)) && (a.Until.IsZero() || !s.To.After(a.Until))
		beside := s.To.Equal(a.Since) || s.From.Equal(a.Until)
		if within && !s.Has(a.User) || beside && s.Has(a.User) {
			t.Fatalf("at %s: %s is on call from %s to %s, but %v", at, a.User, a.Since, a.Until, told([]Shift{s}))
		}
	}
}

func TestNextChangeIsWhenOthersAreOnCall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, middle := drawRoster(t)
		at := drawInstant(t, middle, 20)
		now, next := onlyShift(r, at), r.NextChange(at)
		for _, s := range r.Schedule(at, middle.AddDate(0, 0, 30)) {
			if (next.IsZero() || s.From.Before(next)) && !sameUsers(s.Users(), now.Users()) {
				t.Fatalf("from %s to %s %v are on call, at %s %v", at, next, now.Users(), s.From, s.Users())
			}
		}
		if !next.IsZero() && sameUsers(onlyShift(r, next).Users(), now.Users()) {
			t.Fatalf("at %s still %v are on call", next, now.Users())
		}
	})
}

func TestShiftsWithoutEnd(t *testing.T) {
	r := mustNew(t, Spec{Zone: "Europe/London", Layers: []LayerSpec{
		{Start: "2026-01-05", Handover: "08:00", Rotation: Weekly, Slots: [][]string{{"ana"}}}}})
	now := r.At(instant(t, "2026-06-01T12:00:00Z"))
	if len(now) != 1 || !now[0].Since.Equal(instant(t, "2026-01-05T08:00:00Z")) || !now[0].Until.IsZero() {
		t.Errorf("one person for ever: %+v", now)
	}
	if next := r.NextChange(instant(t, "2026-06-01T12:00:00Z")); !next.IsZero() {
		t.Errorf("something changes at %s", next)
	}
	if before := r.At(instant(t, "2025-06-01T12:00:00Z")); len(before) != 0 {
		t.Errorf("before the layer starts: %+v", before)
	}
	if next := r.NextChange(instant(t, "2025-06-01T12:00:00Z")); !next.Equal(instant(t, "2026-01-05T08:00:00Z")) {
		t.Errorf("the layer starts %s", next)
	}
}

func TestDutyGoesOnThroughOtherPeoplesHandovers(t *testing.T) {
	r := mustNew(t, Spec{Zone: "UTC", Layers: []LayerSpec{
		{Start: "2026-01-05", Handover: "08:00", Rotation: Daily, Slots: [][]string{{"ana", "ben"}, {"ana", "cho"}, {"dee"}}}}})
	now := r.At(instant(t, "2026-01-06T12:00:00Z"))
	if len(now) != 2 || !now[0].Since.Equal(instant(t, "2026-01-05T08:00:00Z")) || !now[1].Since.Equal(instant(t, "2026-01-06T08:00:00Z")) {
		t.Errorf("ana since Monday, cho since Tuesday: %+v", now)
	}
}
