package oncall

import (
	"math"
	"time"

	"mainstay/internal/domain/calendar"
)

// layer is one rotation, ready to be asked.
type layer struct {
	name     string
	loc      *time.Location
	start    calendar.Date
	until    calendar.Date // the first day that is not the layer's any more; noEnd when there is none
	handover calendar.TimeOfDay
	turns    []int // which turn of the cycle the n-th active day of the cycle belongs to
	cycle    int   // turns in a cycle
	slots    [][]string
	windows  calendar.Week // empty: always
	active   [7]bool       // by time.Weekday, the days that count
	weekly   int           // active days in a week
}

// noEnd is later than every date.
const noEnd calendar.Date = math.MaxInt32

// piece is a stretch in which one slot has its turn.
type piece struct {
	calendar.Span
	slot int
}

// pieces returns who has the turn between two instants, in order. Without windows the
// pieces touch each other from the start of the layer to its end.
func (l *layer) pieces(from, to time.Time) []piece {
	turns := l.rotation(from, to)
	if l.windows.Empty() {
		return turns
	}
	return within(turns, l.windows.Spans(l.loc, from, to))
}

// rotation returns the turns as if there were no windows, active days only.
func (l *layer) rotation(from, to time.Time) []piece {
	var out []piece
	day := max(l.start, calendar.DateOf(from, l.loc)-1) // the day may have begun yesterday
	count := l.activeDays(day)
	begin := calendar.Instant(l.loc, day, l.handover)
	for day < l.until && begin.Before(to) {
		end := calendar.Instant(l.loc, day+1, l.handover)
		if l.active[day.Weekday()] {
			out = add(out, piece{clip(calendar.Span{From: begin, To: end}, from, to), l.slot(count)})
			count++
		}
		day, begin = day+1, end
	}
	return out
}

// activeDays returns how many active days there are from the start up to, not including, day.
func (l *layer) activeDays(day calendar.Date) int {
	days := int(day - l.start)
	count := days / 7 * l.weekly
	for d := day - calendar.Date(days%7); d < day; d++ {
		if l.active[d.Weekday()] {
			count++
		}
	}
	return count
}

// slot returns whose turn the n-th active day belongs to.
func (l *layer) slot(n int) int {
	turn := n/len(l.turns)*l.cycle + l.turns[n%len(l.turns)]
	return turn % len(l.slots)
}

// add appends a piece that is not empty, and joins it with the one before where the same
// slot goes on.
func add(out []piece, p piece) []piece {
	if !p.To.After(p.From) {
		return out
	}
	if n := len(out); n > 0 && out[n-1].slot == p.slot && out[n-1].To.Equal(p.From) {
		out[n-1].To = p.To
		return out
	}
	return append(out, p)
}

// within cuts turns to windows, both in order and without overlap.
func within(turns []piece, windows []calendar.Span) []piece {
	var out []piece
	for len(turns) > 0 && len(windows) > 0 {
		t, w := turns[0], windows[0]
		out = add(out, piece{clip(t.Span, w.From, w.To), t.slot})
		if t.To.Before(w.To) {
			turns = turns[1:]
		} else {
			windows = windows[1:]
		}
	}
	return out
}

func clip(s calendar.Span, from, to time.Time) calendar.Span {
	if s.From.Before(from) {
		s.From = from
	}
	if s.To.After(to) {
		s.To = to
	}
	return s
}

// count fills in which days are active and how long the turns are.
func (l *layer) count(lengths []int) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		l.active[d] = l.windows.Empty() || touches(l.windows, d, l.handover)
		if l.active[d] {
			l.weekly++
		}
	}
	if lengths == nil { // weekly
		lengths = []int{l.weekly}
	}
	for turn, days := range lengths {
		for range days {
			l.turns = append(l.turns, turn)
		}
	}
	l.cycle = len(lengths)
}

// touches reports whether the week has hours within the 24 hours after a time on a weekday.
func touches(w calendar.Week, day time.Weekday, at calendar.TimeOfDay) bool {
	const oneDay calendar.TimeOfDay = 24 * 60
	for off := -1; off <= 1; off++ {
		for _, i := range w.On((day + time.Weekday(off+7)) % 7) {
			shift := calendar.TimeOfDay(off) * oneDay
			if i.From+shift < at+oneDay && i.To+shift > at {
				return true
			}
		}
	}
	return false
}
