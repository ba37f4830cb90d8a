package calendar

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustNew(t testing.TB, s Spec) *Calendar {
	t.Helper()
	c, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func show(spans []Span) []string {
	var out []string
	for _, s := range spans {
		out = append(out, s.From.Format("02T15:04")+"/"+s.To.Format("02T15:04"))
	}
	return out
}

func TestSpans(t *testing.T) {
	for _, c := range []struct {
		why      string
		spec     Spec
		from, to string
		want     []string
	}{
		{"a week's end in summer", Spec{Zone: "Europe/London", Weekly: []string{"mon-fri 09:00-12:00, 13:00-17:30"}},
			"2026-07-03T00:00:00Z", "2026-07-06T10:00:00Z",
			[]string{"03T08:00/03T11:00", "03T12:00/03T16:30", "06T08:00/06T10:00"}},
		{"hours in the skipped hour start when it ends", Spec{Zone: "Europe/London", Weekly: []string{"sun 01:30-03:00"}},
			"2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z", []string{"29T01:00/29T02:00"}},
		{"hours wholly skipped do not happen", Spec{Zone: "Europe/London", Weekly: []string{"sun 01:15-01:45"}},
			"2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z", nil},
		{"a repeated hour within the hours counts twice", Spec{Zone: "Europe/London", Weekly: []string{"sun 01:00-02:00"}},
			"2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z", []string{"25T00:00/25T02:00"}},
		{"hours that end in a repeated hour end at its first showing", Spec{Zone: "Europe/London", Weekly: []string{"sun 00:00-01:30"}},
			"2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z", []string{"24T23:00/25T00:30"}},
		{"a night belongs to the day on which it starts",
			Spec{Zone: "UTC", Weekly: []string{"fri-sat 22:00-06:00"}, Holidays: []Holiday{{Date: "2026-07-04"}}},
			"2026-07-03T00:00:00Z", "2026-07-06T00:00:00Z", []string{"03T22:00/04T06:00"}},
		{"a night written as two stops at a holiday",
			Spec{Zone: "UTC", Weekly: []string{"fri 22:00-24:00", "sat 00:00-06:00"}, Holidays: []Holiday{{Date: "2026-07-04"}}},
			"2026-07-03T00:00:00Z", "2026-07-06T00:00:00Z", []string{"03T22:00/04T00:00"}},
		{"nights and days that touch are one span", Spec{Zone: "UTC", Weekly: []string{"mon 08:00-20:00, 20:00-08:00", "tue 08:00-12:00"}},
			"2026-07-06T00:00:00Z", "2026-07-08T00:00:00Z", []string{"06T08:00/07T12:00"}},
		{"a night into the next morning's hours is not counted twice", Spec{Zone: "UTC", Weekly: []string{"mon 22:00-10:00", "tue 08:00-12:00"}},
			"2026-07-06T00:00:00Z", "2026-07-08T00:00:00Z", []string{"06T22:00/07T12:00"}},
		{"half day that closes early", Spec{Zone: "UTC", Weekly: []string{"thu 09:00-12:00, 12:30-17:00, 18:00-20:00"},
			HalfDays: []HalfDay{{Date: "2026-12-24", Closes: "13:00"}}},
			"2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z", []string{"24T09:00/24T12:00", "24T12:30/24T13:00"}},
		{"half day with its own hours on a closed weekday", Spec{Zone: "UTC", Weekly: []string{"mon 09:00-17:00"},
			HalfDays: []HalfDay{{Date: "2026-12-26", Hours: "10:00-11:00"}}},
			"2026-12-26T00:00:00Z", "2026-12-27T00:00:00Z", []string{"26T10:00/26T11:00"}},
		{"a day that the zone skipped has no hours", Spec{Zone: "Pacific/Apia", Weekly: []string{"thu-sat 09:00-17:00"}},
			"2011-12-29T00:00:00Z", "2012-01-01T00:00:00Z", []string{"29T19:00/30T03:00", "30T19:00/31T03:00"}},
		{"always open", Spec{Zone: "Europe/London", AlwaysOpen: true},
			"2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z", []string{"28T00:00/30T00:00"}},
		{"backwards", Spec{Zone: "UTC", AlwaysOpen: true}, "2026-03-28T00:00:00Z", "2026-03-27T00:00:00Z", nil},
	} {
		got := show(mustNew(t, c.spec).Spans(instant(t, c.from), instant(t, c.to)))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.why, got, c.want)
		}
	}
}

func TestBusinessTimeAcrossAWeekendHolidayAndClockChange(t *testing.T) {
	c := mustNew(t, Spec{Zone: "Europe/London", Weekly: []string{"mon-fri 09:00-17:30"},
		Holidays: []Holiday{{Date: "2026-04-03", Name: "Good Friday"}, {Date: "2026-04-06", Name: "Easter Monday"}}})
	thursday := instant(t, "2026-04-02T15:30:00Z") // one hour before it closes
	if got := c.AddBusiness(thursday, 2*time.Hour); !got.Equal(instant(t, "2026-04-07T09:00:00Z")) {
		t.Errorf("two business hours later is %s", got)
	}
	if got := c.AddBusiness(thursday, time.Hour); !got.Equal(instant(t, "2026-04-02T16:30:00Z")) {
		t.Errorf("one business hour later is %s, want the closing, not the next opening", got)
	}
	if got := c.BusinessDuration(instant(t, "2026-03-27T17:00:00Z"), instant(t, "2026-03-30T08:30:00Z")); got != time.Hour {
		t.Errorf("from Friday in winter time to Monday in summer time: %s, want half an hour each", got)
	}
	if got := c.NextOpen(thursday); !got.Equal(thursday) {
		t.Errorf("open now, but next open is %s", got)
	}
	if got := c.NextOpen(instant(t, "2026-04-02T16:30:00Z")); !got.Equal(instant(t, "2026-04-07T08:00:00Z")) {
		t.Errorf("opens again %s", got)
	}
	if got := c.AddBusiness(thursday, -time.Hour); !got.Equal(thursday) {
		t.Errorf("negative business time moves to %s", got)
	}
}

func TestAlwaysOpenNeverCloses(t *testing.T) {
	at := instant(t, "2026-03-28T00:00:00Z")
	for why, s := range map[string]Spec{
		"by its flag":  {Zone: "Europe/London", AlwaysOpen: true},
		"by its hours": {Zone: "Europe/London", Weekly: []string{"mon-sun 00:00-24:00"}},
	} {
		if got := mustNew(t, s).NextClose(at); !got.IsZero() {
			t.Errorf("always open %s, but closes %s", why, got)
		}
	}
	holiday := mustNew(t, Spec{Zone: "Europe/London", Weekly: []string{"mon-sun 00:00-24:00"}, Holidays: []Holiday{{Date: "2030-01-01"}}})
	if got := holiday.NextClose(at); !got.Equal(instant(t, "2030-01-01T00:00:00Z")) {
		t.Errorf("closes %s, want the holiday in 2030", got)
	}
}

// drawWeek draws a week with up to two intervals a day and the week that fills its holes.
func drawWeek(t *rapid.T) (week, holes []string) {
	for d, day := range dayNames {
		marks := rapid.SliceOfNDistinct(rapid.IntRange(0, 24*4), 2, 5, rapid.ID[int]).Draw(t, day)
		marks = append(marks, 0, 24*4)
		slices.Sort(marks)
		marks = slices.Compact(marks)
		for n := 1; n < len(marks); n++ {
			line := fmt.Sprintf("%s %s-%s", dayNames[d], TimeOfDay(15*marks[n-1]), TimeOfDay(15*marks[n]))
			if n%2 == 1 {
				holes = append(holes, line)
			} else {
				week = append(week, line)
			}
		}
	}
	return week, holes
}

// drawCalendar draws hours, holidays and half days around one date.
func drawCalendar(t *rapid.T) *Calendar {
	week, _ := drawWeek(t)
	if rapid.Bool().Draw(t, "with a night") {
		week = []string{"mon-sun 12:00-13:30", "fri-tue 21:15-05:45"}
	}
	loc := drawZone(t)
	s := Spec{Zone: loc.String(), Weekly: week}
	middle := drawDate(t, loc)
	for _, off := range rapid.SliceOfNDistinct(rapid.IntRange(-10, 10), 0, 4, rapid.ID[int]).Draw(t, "exceptions") {
		d := (middle + Date(off)).String()
		switch {
		case off%3 == 0:
			s.HalfDays = append(s.HalfDays, HalfDay{Date: d, Hours: "08:15-11:00, 18:00-01:00"})
		case off%3 == 1:
			s.HalfDays = append(s.HalfDays, HalfDay{Date: d, Closes: "24:00"})
		default:
			s.Holidays = append(s.Holidays, Holiday{Date: d})
		}
	}
	c, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// drawTimes draws instants near the middle of a calendar's interesting time, in order.
func drawTimes(t *rapid.T, c *Calendar, n int) []time.Time {
	d := c.last
	if d == 0 {
		d = drawDate(t, c.loc)
	}
	base := Instant(c.loc, d, 0)
	times := make([]time.Time, n)
	for i := range times {
		times[i] = base.Add(time.Duration(rapid.Int64Range(-20*24*3600e6, 20*24*3600e6).Draw(t, "offset")) * time.Microsecond)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

func TestHoursAndTheirHolesTileTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		week, holes := drawWeek(t)
		loc := drawZone(t)
		open, err := Parse(Spec{Zone: loc.String(), Weekly: week})
		if err != nil {
			t.Fatal(err)
		}
		closed, err := Parse(Spec{Zone: loc.String(), Weekly: holes})
		if err != nil {
			t.Fatal(err)
		}
		from := Instant(loc, drawDate(t, loc)-3, 0)
		to := from.Add(7 * 24 * time.Hour)
		all := append(open.Spans(from, to), closed.Spans(from, to)...)
		slices.SortFunc(all, func(a, b Span) int { return a.From.Compare(b.From) })
		reached := from
		for _, s := range all {
			if !s.From.Equal(reached) || !s.To.After(s.From) {
				t.Fatalf("covered until %s, next from %s to %s", reached.In(loc), s.From.In(loc), s.To.In(loc))
			}
			reached = s.To
		}
		if !reached.Equal(to) {
			t.Fatalf("covered until %s only", reached)
		}
	})
}

func TestQuestionsAgreeWithSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		times := drawTimes(t, c, 2)
		from, to := times[0], times[1]
		spans := c.Spans(from, to)
		probe := []time.Time{from, to.Add(-time.Microsecond)}
		for _, s := range spans {
			probe = append(probe, s.From, s.From.Add(-time.Microsecond), s.To, s.To.Add(-time.Microsecond))
		}
		for _, at := range probe {
			if at.Before(from) || !at.Before(to) {
				continue
			}
			checkAt(t, c, spans, at, to)
		}
	})
}

func checkAt(t *rapid.T, c *Calendar, spans []Span, at, to time.Time) {
	opens, closes, open := to, at, false
	for _, s := range spans {
		if s.To.After(at) {
			open, opens = !s.From.After(at), s.From
			if open {
				opens, closes = at, s.To
			}
			break
		}
	}
	if got := c.Open(at); got != open {
		t.Fatalf("open at %s: %t, want %t", at, got, open)
	}
	if got := c.NextOpen(at); opens.Before(to) && !got.Equal(opens) {
		t.Fatalf("next open after %s: %s, want %s", at, got, opens)
	}
	if got := c.NextClose(at); closes.Before(to) && !got.Equal(closes) {
		t.Fatalf("next close after %s: %s, want %s", at, got, closes)
	}
}

func TestBusinessTimeAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		ts := drawTimes(t, c, 3)
		a, b, z := ts[0], ts[1], ts[2]
		if whole, parts := c.BusinessDuration(a, z), c.BusinessDuration(a, b)+c.BusinessDuration(b, z); whole != parts {
			t.Fatalf("%s in one, %s in two parts", whole, parts)
		}
		d := time.Duration(rapid.Int64Range(1, 3600e6*100).Draw(t, "business")) * time.Microsecond
		due := c.AddBusiness(a, d)
		if got := c.BusinessDuration(a, due); got != d {
			t.Fatalf("%s after %s is %s, but that is %s of business", d, a, due, got)
		}
		if !c.Open(due.Add(-time.Microsecond)) {
			t.Fatalf("%s after %s is %s, though the business time was full before", d, a, due)
		}
	})
}

func BenchmarkAYearOfBusinessTime(b *testing.B) {
	c := mustNew(b, Spec{Zone: "America/New_York", Weekly: []string{"mon-fri 09:30-16:00"}})
	from := instant(b, "2026-01-01T00:00:00Z")
	for b.Loop() {
		c.BusinessDuration(from, from.AddDate(1, 0, 0))
	}
}
