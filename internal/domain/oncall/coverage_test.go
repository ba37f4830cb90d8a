package oncall

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/domain/calendar"
)

func TestReport(t *testing.T) {
	days := layerOf(Daily, [][]string{{"ana"}, {"ben"}}, "mon-sun 06:00-22:00")
	working := layerOf(Daily, [][]string{{"ana"}, {"ben"}}, "mon-fri 08:00-18:00")
	for _, c := range []struct {
		why      string
		spec     Spec
		hours    []string
		override *Override
		want     []string
	}{
		{"nights, in one sentence, through the change of the clock", Spec{Layers: []LayerSpec{days}}, nil, nil,
			[]string{`roster "payments-l1" has nobody on call from 22:00 to 06:00 London, 60 times, first on Mon 23 Mar 2026: add a person or a fallback person`}},
		{"nights and weekends", Spec{Layers: []LayerSpec{working}}, nil, nil, []string{
			`roster "payments-l1" has nobody on call from 18:00 to 08:00 London, 36 times, first on Mon 23 Mar 2026: add a person or a fallback person`,
			`roster "payments-l1" has nobody on call from Fri 18:00 to Mon 08:00 London, 8 times, first on Fri 27 Mar 2026: add a person or a fallback person`}},
		{"within the hours of the business", Spec{Layers: []LayerSpec{working}}, []string{"mon-fri 07:00-17:00"}, nil,
			[]string{`roster "payments-l1" has nobody on call from 07:00 to 08:00 London, 44 times, first on Tue 24 Mar 2026: add a person or a fallback person`}},
		{"none within the hours of the business", Spec{Layers: []LayerSpec{working}}, []string{"mon-fri 09:00-17:00"}, nil, nil},
		{"a fallback person", Spec{Layers: []LayerSpec{days}, Fallback: "fay"}, nil, nil,
			[]string{`roster "payments-l1" has only the fallback, fay, on call from 22:00 to 06:00 London, 60 times, first on Mon 23 Mar 2026`}},
		{"nobody on purpose", Spec{Layers: []LayerSpec{layerOf(Weekly, [][]string{{"ana"}, {}})}}, nil, nil,
			[]string{`roster "payments-l1" has nobody on call from Mon 08:00 to Mon 08:00 London, 4 times, first on Mon 30 Mar 2026, as intended`}},
		{"a layer that starts later", Spec{Layers: []LayerSpec{with(layerOf(Weekly, [][]string{{"ana"}}), func(s *LayerSpec) { s.Start = "2026-04-06" })}}, nil, nil,
			[]string{`roster "payments-l1" has nobody on call from Mon 23 Mar 2026 12:00 to Mon 6 Apr 2026 08:00 London: add a person or a fallback person`}},
		{"one evening", Spec{Layers: []LayerSpec{layerOf(Weekly, [][]string{{"ana"}}, "mon-thu 00:00-24:00", "fri 00:00-20:00, 22:00-24:00", "sat-sun 00:00-24:00")}},
			[]string{"fri 19:00-21:00", "sat 03:00-04:00"}, &Override{User: "ben", From: time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 6, 28, 0, 0, 0, 0, time.UTC)},
			[]string{`roster "payments-l1" has nobody on call on Fri 27 Mar 2026 from 20:00 to 21:00 London: add a person or a fallback person`}},
		{"nobody for good", Spec{Layers: []LayerSpec{layerOf(Weekly, [][]string{{"gone"}})}}, nil, nil,
			[]string{`roster "payments-l1" has nobody on call from Mon 23 Mar 2026 12:00 London on: add a person or a fallback person`}},
	} {
		c.spec.Zone = "Europe/London"
		r := mustNew(t, c.spec)
		r.Absent = only("gone")
		if c.override != nil {
			r.Overrides = []Override{*c.override}
		}
		var hours *calendar.Calendar
		if c.hours != nil {
			var err error
			if hours, err = calendar.Parse(calendar.Spec{Zone: "Europe/London", Weekly: c.hours}); err != nil {
				t.Fatal(err)
			}
		}
		got := r.Report(r.Holes(instant(t, "2026-03-23T12:00:00Z"), DaysAhead, hours))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant:\n%s", c.why, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestGapsAreWhatNobodyMeant(t *testing.T) {
	r := mustNew(t, Spec{Zone: "UTC", Layers: []LayerSpec{layerOf(Daily, [][]string{{"ana"}, {}}, "mon-sun 08:00-20:00")}})
	holes := r.Holes(instant(t, "2026-03-23T08:00:00Z"), 2, nil)
	if len(holes) != 3 || len(Gaps(holes)) != 2 {
		t.Errorf("%d holes with %d gaps, want 3 with 2: %+v", len(holes), len(Gaps(holes)), holes)
	}
}

func TestHolesAreExactlyTheTimeWithoutCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, middle := drawRoster(t)
		from := drawInstant(t, middle, 10)
		holes := r.Holes(from, 20, nil)
		at := from.Add(time.Duration(rapid.Int64Range(0, 20*24*3600e6-1).Draw(t, "at")) * time.Microsecond)
		in := slices.ContainsFunc(holes, func(h Hole) bool { return !at.Before(h.From) && at.Before(h.To) })
		if s := onlyShift(r, at); in == (s.State == Covered) {
			t.Fatalf("at %s: in a hole is %t, but %v", at, in, told([]Shift{s}))
		}
		open, err := calendar.Parse(calendar.Spec{Zone: "UTC", AlwaysOpen: true})
		if err != nil {
			t.Fatal(err)
		}
		always := r.Holes(from, 20, open)
		if !slices.EqualFunc(holes, always, func(a, b Hole) bool { return a.Span == b.Span && a.State == b.State }) {
			t.Fatalf("hours that are always open change the holes: %v and %v", holes, always)
		}
	})
}
