package oncall

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/domain/calendar"
)

// drawCompiled draws a layer and the time around which it does something.
func drawCompiled(t *rapid.T) (*layer, time.Time) {
	zone := rapid.SampledFrom(zones).Draw(t, "zone")
	middle := drawMiddle(t, zone)
	r, err := Parse("payments-l1", Spec{Zone: "UTC", Layers: []LayerSpec{drawLayer(t, zone, middle)}})
	if err != nil {
		t.Fatal(err)
	}
	return &r.layers[0], middle
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// end is when the layer ends; far away when it does not.
func (l *layer) end() time.Time {
	if l.until == noEnd {
		return time.Unix(1<<40, 0).UTC()
	}
	return calendar.Instant(l.loc, l.until, l.handover)
}

func TestTurnsTileTimeWhateverTheClockDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, middle := drawCompiled(t)
		l.windows = calendar.Week{}
		l.active, l.weekly = [7]bool{true, true, true, true, true, true, true}, 7
		from, to := drawInstant(t, middle, 40), earliest(drawInstant(t, middle, 40), l.end())
		reached := latest(from, calendar.Instant(l.loc, l.start, l.handover))
		if !reached.Before(to) {
			return
		}
		for _, p := range l.pieces(from, to) {
			if !p.From.Equal(reached) || !p.To.After(p.From) {
				t.Fatalf("covered until %s, the next turn goes from %s to %s", reached.In(l.loc), p.From.In(l.loc), p.To.In(l.loc))
			}
			reached = p.To
		}
		if !reached.Equal(to) {
			t.Fatalf("covered until %s, not %s", reached, to)
		}
	})
}

// turnsByHand deals out the active days of a layer one by one.
func turnsByHand(l *layer, lengths []int, until calendar.Date) map[calendar.Date]int {
	slots := map[calendar.Date]int{}
	turn, left := 0, lengths[0]
	for d := l.start; d < until; d++ {
		if !l.active[d.Weekday()] {
			continue
		}
		if left == 0 {
			turn++
			left = lengths[turn%len(lengths)]
		}
		slots[d] = turn % len(l.slots)
		left--
	}
	return slots
}

func TestTurnsAreCountedInActiveDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, middle := drawCompiled(t)
		lengths := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 3).Draw(t, "lengths")
		l.turns, l.weekly = nil, 0
		l.count(lengths)
		from := latest(middle, calendar.Instant(l.loc, l.start, l.handover))
		last := calendar.DateOf(from, l.loc) + 20
		expected := turnsByHand(l, lengths, last)
		to := earliest(calendar.Instant(l.loc, last, l.handover), l.end())
		var covered time.Duration
		for _, p := range l.pieces(from, to) {
			covered += p.To.Sub(p.From)
			for _, at := range []time.Time{p.From, p.To.Add(-time.Microsecond)} {
				if d := l.dayOf(at); expected[d] != p.slot {
					t.Fatalf("on the day %s slot %d has the turn, counted by hand it is %d", d, p.slot, expected[d])
				}
			}
		}
		if want := windowTime(l, from, to); covered != want {
			t.Fatalf("%s covered, the windows have %s", covered, want)
		}
	})
}

// dayOf returns the day, from handover to handover, in which an instant lies.
func (l *layer) dayOf(at time.Time) calendar.Date {
	d := calendar.DateOf(at, l.loc) + 2
	for calendar.Instant(l.loc, d, l.handover).After(at) {
		d--
	}
	return d
}

func windowTime(l *layer, from, to time.Time) time.Duration {
	if l.windows.Empty() {
		return max(0, to.Sub(from))
	}
	var sum time.Duration
	for _, s := range l.windows.Spans(l.loc, from, to) {
		sum += s.To.Sub(s.From)
	}
	return sum
}

// An end takes away what lies behind it and nothing else, in whatever zone and however the
// clock changes.
func TestALayerThatEndsIsTheSameUntilThenAndHasNobodyAfterwards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ending, middle := drawCompiled(t)
		if ending.until == noEnd {
			ending.until = max(ending.start+1, calendar.DateOf(middle, ending.loc)+calendar.Date(rapid.IntRange(-3, 3).Draw(t, "days")))
		}
		endless := *ending
		endless.until = noEnd
		from := drawInstant(t, middle, 40)
		to := latest(from, drawInstant(t, middle, 40))
		for _, p := range ending.pieces(from, to) {
			if p.To.After(ending.end()) {
				t.Fatalf("it ends at %s and has slot %d from %s to %s", ending.end(), p.slot, p.From, p.To)
			}
		}
		until, want := earliest(to, ending.end()), []piece(nil)
		if until.After(from) {
			want = endless.pieces(from, until)
		}
		if got := ending.pieces(from, to); !slices.Equal(got, want) {
			t.Fatalf("until its end at %s:\n got %v\nwant %v", ending.end(), got, want)
		}
	})
}

func TestEverySlotGetsAsManyTurnsAsTheOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, _ := drawCompiled(t)
		l.turns, l.weekly = nil, 0
		lengths := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 4).Draw(t, "lengths")
		l.count(lengths)
		// Whoever starts counting, each slot has one turn in as many turns as there are slots.
		seen := make([]int, len(l.slots))
		for turn := range len(l.slots) * len(lengths) {
			n := firstDayOf(l, turn)
			seen[l.slot(n)]++
			if n > 0 && len(l.slots) > 1 && l.slot(n) == l.slot(n-1) {
				t.Fatalf("slot %d has turns %d and %d", l.slot(n), turn-1, turn)
			}
		}
		for slot, n := range seen {
			if n != len(lengths) {
				t.Fatalf("slot %d has %d turns, want %d", slot, n, len(lengths))
			}
		}
	})
}

// firstDayOf returns the first active day of a turn.
func firstDayOf(l *layer, turn int) int {
	n := turn / l.cycle * len(l.turns)
	for i, in := range l.turns {
		if in == turn%l.cycle {
			return n + i
		}
	}
	return -1
}

func TestActiveDaysAreThoseWithSomeWindow(t *testing.T) {
	for _, c := range []struct {
		why      string
		windows  []string
		handover string
		want     string // Monday first
	}{
		{"without windows all days count", nil, "08:00", "1111111"},
		{"working days", []string{"mon-fri 08:00-20:00"}, "08:00", "1111100"},
		{"nights that start on working days", []string{"mon-fri 20:00-08:00"}, "20:00", "1111100"},
		{"nights cut by a handover at midnight", []string{"mon-fri 20:00-08:00"}, "00:00", "1111110"},
		{"a handover after the window began", []string{"mon-fri 08:00-20:00"}, "09:00", "1111101"},
		{"a window that ends at the handover is not of the day after", []string{"mon-fri 00:00-08:00"}, "08:00", "1111001"},
		{"weekends", []string{"sat-sun 00:00-24:00"}, "00:00", "0000011"},
	} {
		r := mustNew(t, Spec{Zone: "UTC", Layers: []LayerSpec{
			{Start: "2026-01-05", Handover: c.handover, Rotation: Daily, Windows: c.windows, Slots: [][]string{{"ana"}}}}})
		got := ""
		for d := 1; d <= 7; d++ {
			if r.layers[0].active[d%7] {
				got += "1"
			} else {
				got += "0"
			}
		}
		if got != c.want {
			t.Errorf("%s: active %s, want %s", c.why, got, c.want)
		}
	}
}
