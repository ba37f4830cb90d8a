package oncall

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
)

// told writes shifts as "02T08:00 ana+ben" or "02T08:00 (gap)".
func told(shifts []Shift) []string {
	var out []string
	for _, s := range shifts {
		who := strings.Join(s.Users(), "+")
		if s.State != Covered {
			who += "(" + string(s.State) + ")"
		}
		out = append(out, s.From.Format("02T15:04")+" "+who)
	}
	return out
}

func layerOf(rotation Rotation, slots [][]string, windows ...string) LayerSpec {
	return LayerSpec{Start: "2026-03-23", Handover: "08:00", Rotation: rotation, Slots: slots, Windows: windows} // a Monday
}

func with(s LayerSpec, change func(*LayerSpec)) LayerSpec {
	change(&s)
	return s
}

func TestSchedule(t *testing.T) {
	abc := [][]string{{"ana"}, {"ben"}, {"cho"}}
	for _, c := range []struct {
		why      string
		layers   []LayerSpec
		from, to string
		want     []string
	}{
		{"daily, handed over at eight in London also when summer time begins",
			[]LayerSpec{layerOf(Daily, abc)}, "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z",
			[]string{"28T00:00 ben", "28T08:00 cho", "29T07:00 ana", "30T07:00 ben"}},
		{"weekly", []LayerSpec{layerOf(Weekly, abc)}, "2026-03-23T00:00:00Z", "2026-04-07T00:00:00Z",
			[]string{"23T00:00 (gap)", "23T08:00 ana", "30T07:00 ben", "06T07:00 cho"}},
		{"four days and three days, always the same two", []LayerSpec{with(layerOf(Custom, abc[:2]), func(s *LayerSpec) { s.ShiftDays = []int{4, 3} })},
			"2026-03-23T08:00:00Z", "2026-04-06T07:00:00Z", []string{"23T08:00 ana", "27T08:00 ben", "30T07:00 ana", "03T07:00 ben"}},
		{"four days and three days for three people", []LayerSpec{with(layerOf(Custom, abc), func(s *LayerSpec) { s.ShiftDays = []int{4, 3} })},
			"2026-03-23T08:00:00Z", "2026-04-06T07:00:00Z", []string{"23T08:00 ana", "27T08:00 ben", "30T07:00 cho", "03T07:00 ana"}},
		{"several people at once, and nobody on purpose", []LayerSpec{layerOf(Daily, [][]string{{"ana", "ben"}, {}})},
			"2026-03-23T08:00:00Z", "2026-03-26T08:00:00Z", []string{"23T08:00 ana+ben", "24T08:00 (nobody)", "25T08:00 ana+ben"}},
		{"working days do not spend turns at the weekend", []LayerSpec{layerOf(Daily, abc, "mon-fri 08:00-20:00")},
			"2026-03-26T12:00:00Z", "2026-03-31T12:00:00Z",
			[]string{"26T12:00 ana", "26T20:00 (gap)", "27T08:00 ben", "27T20:00 (gap)", "30T07:00 cho", "30T19:00 (gap)", "31T07:00 ana"}},
		{"a layer that ends hands over to the one that starts, at the same moment",
			[]LayerSpec{with(layerOf(Weekly, abc[:1]), func(s *LayerSpec) { s.Name, s.Until = "old", "2026-03-30" }),
				with(layerOf(Daily, abc[1:]), func(s *LayerSpec) { s.Name, s.Start = "new", "2026-03-30" })},
			"2026-03-28T08:00:00Z", "2026-04-01T08:00:00Z", []string{"28T08:00 ana", "30T07:00 ben", "31T07:00 cho", "01T07:00 ben"}},
		{"a layer that ends in the middle of a turn ends it", []LayerSpec{with(layerOf(Weekly, abc), func(s *LayerSpec) { s.Until = "2026-03-25" })},
			"2026-03-23T08:00:00Z", "2026-03-27T08:00:00Z", []string{"23T08:00 ana", "25T08:00 (gap)"}},
		{"of a night that began, the handover is the end", []LayerSpec{with(layerOf(Daily, abc, "mon-sun 20:00-10:00"), func(s *LayerSpec) { s.Until = "2026-03-24" })},
			"2026-03-23T08:00:00Z", "2026-03-25T08:00:00Z", []string{"23T08:00 ana", "23T10:00 (gap)", "23T20:00 ana", "24T08:00 (gap)"}},
		{"a higher layer goes before a lower one where it has somebody",
			[]LayerSpec{layerOf(Daily, [][]string{{"eve"}, {}}, "mon-sun 12:00-14:00"), layerOf(Weekly, abc)},
			"2026-03-23T08:00:00Z", "2026-03-25T08:00:00Z", []string{"23T08:00 ana", "23T12:00 eve", "23T14:00 ana"}},
		{"the same person on two layers is one shift only for one reason",
			[]LayerSpec{with(layerOf(Weekly, abc), func(s *LayerSpec) { s.Windows = []string{"mon 08:00-09:00"} }), layerOf(Weekly, abc)},
			"2026-03-23T08:00:00Z", "2026-03-23T10:00:00Z", []string{"23T08:00 ana", "23T09:00 ana"}},
	} {
		r := mustNew(t, Spec{Zone: "Europe/London", Layers: c.layers})
		if got := told(r.Schedule(instant(t, c.from), instant(t, c.to))); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.why, got, c.want)
		}
	}
}

func TestFollowTheSun(t *testing.T) {
	region := func(zone, user, hours string) LayerSpec {
		return LayerSpec{Name: user, Zone: zone, Start: "2026-01-05", Handover: "07:00", Rotation: Weekly,
			Slots: [][]string{{user}}, Windows: []string{"mon-fri " + hours}}
	}
	r := mustNew(t, Spec{Zone: "UTC", Fallback: "fay", Layers: []LayerSpec{
		region("Asia/Tokyo", "akira", "07:00-17:00"),
		region("Europe/London", "ben", "08:00-17:00"),
		region("America/New_York", "cleo", "08:00-20:00"),
	}})
	winter := told(r.Schedule(instant(t, "2026-01-14T00:00:00Z"), instant(t, "2026-01-15T00:00:00Z")))
	if want := []string{"14T00:00 akira", "14T08:00 ben", "14T17:00 cleo", "14T22:00 akira"}; !slices.Equal(winter, want) {
		t.Errorf("in winter: %q, want %q", winter, want)
	}
	// America is in summer time two weeks before Europe; London still goes before New York.
	between := told(r.Schedule(instant(t, "2026-03-11T00:00:00Z"), instant(t, "2026-03-12T00:00:00Z")))
	if want := []string{"11T00:00 akira", "11T08:00 ben", "11T17:00 cleo", "11T22:00 akira"}; !slices.Equal(between, want) {
		t.Errorf("in March: %q, want %q", between, want)
	}
	weekend := told(r.Schedule(instant(t, "2026-01-17T12:00:00Z"), instant(t, "2026-01-18T12:00:00Z")))
	if want := []string{"17T12:00 fay(fallback)"}; !slices.Equal(weekend, want) {
		t.Errorf("at the weekend: %q, want %q", weekend, want)
	}
}

func TestOverrides(t *testing.T) {
	day := func(user, replaces, from, to string) Override {
		return Override{ID: OverrideID(user), User: user, Replaces: replaces, From: instant(t, from), To: instant(t, to)}
	}
	pair := layerOf(Daily, [][]string{{"ana", "ben"}, {}}, "mon-fri 08:00-20:00")
	for _, c := range []struct {
		why       string
		overrides []Override
		absent    string
		want      []string
	}{
		{"none", nil, "", []string{"23T08:00 ana+ben", "23T20:00 (gap)", "24T08:00 (nobody)"}},
		{"alone", []Override{day("cho", "", "2026-03-23T10:00:00Z", "2026-03-23T12:00:00Z")}, "",
			[]string{"23T08:00 ana+ben", "23T10:00 cho", "23T12:00 ana+ben", "23T20:00 (gap)", "24T08:00 (nobody)"}},
		{"in the place of one of two", []Override{day("cho", "ana", "2026-03-23T10:00:00Z", "2026-03-24T09:00:00Z")}, "",
			[]string{"23T08:00 ana+ben", "23T10:00 cho+ben", "23T20:00 (gap)", "24T08:00 (nobody)"}},
		{"by somebody who is on call anyway", []Override{day("ben", "ana", "2026-03-23T10:00:00Z", "2026-03-23T12:00:00Z")}, "",
			[]string{"23T08:00 ana+ben", "23T10:00 ben", "23T12:00 ana+ben", "23T20:00 (gap)", "24T08:00 (nobody)"}},
		{"closes a gap", []Override{day("cho", "", "2026-03-23T20:00:00Z", "2026-03-24T09:00:00Z")}, "",
			[]string{"23T08:00 ana+ben", "23T20:00 cho"}},
		{"the later one counts", []Override{day("cho", "", "2026-03-23T10:00:00Z", "2026-03-23T12:00:00Z"), day("dee", "cho", "2026-03-23T11:00:00Z", "2026-03-23T12:00:00Z")}, "",
			[]string{"23T08:00 ana+ben", "23T10:00 cho", "23T11:00 dee", "23T12:00 ana+ben", "23T20:00 (gap)", "24T08:00 (nobody)"}},
		{"by somebody who is absent does not count", []Override{day("cho", "", "2026-03-23T10:00:00Z", "2026-03-23T12:00:00Z")}, "cho",
			[]string{"23T08:00 ana+ben", "23T20:00 (gap)", "24T08:00 (nobody)"}},
		{"somebody of a pair is absent", nil, "ana", []string{"23T08:00 ben", "23T20:00 (gap)", "24T08:00 (nobody)"}},
	} {
		r := mustNew(t, Spec{Zone: "UTC", Layers: []LayerSpec{pair}})
		r.Overrides, r.Absent = c.overrides, only(c.absent)
		if got := told(r.Schedule(instant(t, "2026-03-23T08:00:00Z"), instant(t, "2026-03-24T09:00:00Z"))); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.why, got, c.want)
		}
	}
}

func TestOverrideCoversForTheFallbackPerson(t *testing.T) {
	r := mustNew(t, Spec{Zone: "UTC", Fallback: "fay", Layers: []LayerSpec{layerOf(Weekly, [][]string{{"ana"}}, "mon-fri 08:00-20:00")}})
	r.Overrides = []Override{{ID: "o", User: "eve", Replaces: "fay", From: instant(t, "2026-03-28T00:00:00Z"), To: instant(t, "2026-03-29T00:00:00Z")}}
	s := onlyShift(r, instant(t, "2026-03-28T12:00:00Z"))
	if s.State != Fallback || !slices.Equal(s.Users(), []string{"eve"}) {
		t.Errorf("on Saturday: %v", told([]Shift{s}))
	}
}

func TestBadOverrideNamesEveryField(t *testing.T) {
	at := instant(t, "2026-03-28T00:00:00Z")
	for want, o := range map[string]Override{
		"from":     {To: at, User: "ana"},
		"to":       {From: at, To: at, User: "ana"},
		"user":     {From: at, To: at.Add(1e9)},
		"replaces": {From: at, To: at.Add(1e9), User: "ana", Replaces: "ana"},
	} {
		var c errs.Check
		o.Validate(&c)
		if fields := errs.FieldsOf(c.Err("the override")); len(fields) == 0 || fields[0].Path != want {
			t.Errorf("%+v: refused for %v, want %s", o, fields, want)
		}
	}
	var c errs.Check
	Override{From: at, To: at.AddDate(1, 0, 2), User: "ana"}.Validate(&c)
	if c.Err("the override") == nil {
		t.Error("an override of more than a year is accepted")
	}
}

func TestFirstLayerWithSomebodyCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, middle := drawRoster(t)
		r.Overrides = nil
		at := drawInstant(t, middle, 30)
		want, state := []string{}, Gap
		for _, l := range r.layers {
			now := l.pieces(at, at.Add(time.Microsecond))
			if len(now) == 0 {
				continue
			}
			slot := slices.Clone(l.slots[now[0].slot])
			if len(slot) == 0 {
				state = Nobody
			}
			slot = slices.DeleteFunc(slot, func(u string) bool { return !r.callable(u) })
			if len(slot) > 0 {
				want, state = slot, Covered
				break
			}
		}
		if state == Gap && r.fallback != "" {
			want, state = []string{r.fallback}, Fallback
		}
		if got := onlyShift(r, at); got.State != state || !slices.Equal(got.Users(), want) {
			t.Fatalf("%s: %v, want %v %s", at, told([]Shift{got}), want, state)
		}
	})
}

func TestScheduleTilesTimeAndDoesNotDependOnItsEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, middle := drawRoster(t)
		from, to := drawInstant(t, middle, 12), drawInstant(t, middle, 12)
		if !from.Before(to) {
			from, to = to, from.Add(time.Microsecond)
		}
		shifts := r.Schedule(from, to)
		reached := from
		for n, s := range shifts {
			if !s.From.Equal(reached) || !s.To.After(s.From) {
				t.Fatalf("known until %s, the next shift goes from %s to %s", reached, s.From, s.To)
			}
			if n > 0 && s.like(shifts[n-1]) {
				t.Fatalf("nothing changes at %s", s.From)
			}
			reached = s.To
			for _, at := range []time.Time{s.From, s.To.Add(-time.Microsecond), drawInstant(t, middle, 12)} {
				if at.Before(s.From) || !at.Before(s.To) {
					continue
				}
				if o := onlyShift(r, at); !o.like(s) {
					t.Fatalf("at %s: %v in the schedule, %v alone", at, told([]Shift{s}), told([]Shift{o}))
				}
			}
		}
		if !reached.Equal(to) {
			t.Fatalf("known until %s, not %s", reached, to)
		}
	})
}

func TestOverrideChangesNothingOutsideIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, middle := drawRoster(t)
		o := drawOverride(t, middle, 9)
		from, to := middle.AddDate(0, 0, -14), middle.AddDate(0, 0, 14)
		before := r.Schedule(from, to)
		r.Overrides = append(slices.Clone(r.Overrides), o)
		after := r.Schedule(from, to)
		times := []time.Time{o.From.Add(-time.Microsecond), o.From, o.To.Add(-time.Microsecond), o.To}
		for _, s := range slices.Concat(before, after) {
			times = append(times, s.From, s.From.Add(-time.Microsecond), s.To.Add(-time.Microsecond))
		}
		for _, at := range times {
			if at.Before(from) || !at.Before(to) {
				continue
			}
			was, is := shiftAt(before, at), shiftAt(after, at)
			switch {
			case !o.holds(at) || !r.callable(o.User):
				if !was.like(is) {
					t.Fatalf("at %s, outside: %v became %v", at, told([]Shift{was}), told([]Shift{is}))
				}
			case o.Replaces == "":
				if !slices.Equal(is.Users(), []string{o.User}) {
					t.Fatalf("at %s, inside: %v", at, told([]Shift{is}))
				}
			case was.Has(o.Replaces) != (is.Has(o.User) && !was.Has(o.User) || was.Has(o.Replaces) && was.Has(o.User)) || is.Has(o.Replaces):
				t.Fatalf("at %s, %s for %s: %v became %v", at, o.User, o.Replaces, told([]Shift{was}), told([]Shift{is}))
			}
		}
	})
}

func shiftAt(shifts []Shift, at time.Time) Shift {
	return shifts[slices.IndexFunc(shifts, func(s Shift) bool { return s.To.After(at) })]
}

// Every minute of the days around every change of the clock in 2026 and 2027, everywhere.
func TestExactlyOnePersonAtEveryMinuteOfTheNightsWhenTheClockChanges(t *testing.T) {
	seen := 0
	for _, name := range zones {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		nights := changes(loc)
		seen += len(nights)
		for _, layers := range [][]LayerSpec{
			{{Start: "2025-12-01", Handover: "02:30", Rotation: Daily, Slots: [][]string{{"ana"}, {"ben"}}}},
			{{Start: "2025-12-01", Handover: "00:00", Rotation: Weekly, Slots: [][]string{{"ana"}, {"ben"}}}},
			{
				{Start: "2025-12-01", Handover: "08:00", Rotation: Daily, Slots: [][]string{{"ana"}, {"ben"}}, Windows: []string{"mon-sun 08:00-20:00"}},
				{Start: "2025-12-01", Handover: "20:00", Rotation: Daily, Slots: [][]string{{"cho"}, {"dee"}}, Windows: []string{"mon-sun 20:00-02:00, 02:00-08:00"}},
			},
		} {
			r := mustNew(t, Spec{Zone: name, Layers: layers})
			for _, night := range nights {
				checkMinutes(t, r, night)
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d changes of the clock looked at", seen)
	}
}

func checkMinutes(t *testing.T, r *Roster, night time.Time) {
	t.Helper()
	from := night.Add(-24 * time.Hour)
	shifts := r.Schedule(from, night.Add(24*time.Hour))
	for at := from; at.Before(night.Add(24 * time.Hour)); at = at.Add(time.Minute) {
		on := 0
		for _, s := range shifts {
			if !at.Before(s.From) && at.Before(s.To) {
				on += len(s.People)
			}
		}
		if on != 1 {
			t.Fatalf("%s: %d people on call at %s", r.loc, on, at.In(r.loc))
		}
	}
	for _, s := range shifts[1:] { // handovers happen when the clock shows their time or has just skipped it
		if at := s.From.In(r.loc).Format("15:04"); !slices.Contains([]string{"02:30", "00:00", "08:00", "20:00"}, at) && !s.From.Equal(night) {
			t.Errorf("%s: handover at %s", r.loc, s.From.In(r.loc))
		}
	}
}

// changes returns when the offset of a zone changes in 2026 and 2027.
func changes(loc *time.Location) []time.Time {
	var out []time.Time
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for at.Year() < 2028 {
		next := at.Add(30 * time.Minute)
		_, a := at.In(loc).Zone()
		if _, b := next.In(loc).Zone(); a != b {
			out = append(out, next)
		}
		at = next
	}
	return out
}

func BenchmarkScheduleOf60DaysAnd10Layers(b *testing.B) {
	s := Spec{Zone: "Europe/London", Fallback: "fay"}
	for n := range 10 {
		l := LayerSpec{Zone: zones[n], Start: "2024-01-01", Handover: "08:00", Rotation: Daily, Slots: [][]string{{"ana"}, {"ben", "cho"}, {}, {"dee"}}}
		if n%2 == 0 {
			l.Windows = []string{"mon-fri 08:00-12:00, 13:00-20:00"}
		}
		s.Layers = append(s.Layers, l)
	}
	r := mustNew(b, s)
	from := instant(b, "2026-03-01T00:00:00Z")
	for b.Loop() {
		r.Schedule(from, from.AddDate(0, 0, 60))
	}
}
