package archive

import (
	"slices"
	"time"

	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// Day is a day (UTC) of the lines of one class. Classes are archived each by itself, because their
// days go at different ages.
type Day struct {
	Class signal.Class
	Date  string // 2006-01-02
}

// String is how people call it.
func (d Day) String() string {
	if d.Class == signal.Standard {
		return d.Date
	}
	return d.Date + " (" + string(d.Class) + ")"
}

func (d Day) start() (time.Time, error) { return time.Parse(time.DateOnly, d.Date) }

// Due are the days that should be archived now, those that go next first.
func (a *Archive) Due() ([]Day, error) {
	due, err := a.due()
	days := make([]Day, len(due))
	for i, d := range due {
		days[i] = d.Day
	}
	return days, err
}

func (a *Archive) due() (due []dueDay, err error) {
	for _, p := range a.Store.Parts() {
		of, err := a.dueOf(p)
		if err != nil {
			return nil, err
		}
		due = append(due, of...)
	}
	slices.SortStableFunc(due, func(a, b dueDay) int { return a.goes.Compare(b.goes) })
	return due, nil
}

// waiting counts the days whose time has come and that are not archived, due or not: the lines of some
// may still be on their way.
func (a *Archive) waiting() (n int, err error) {
	for _, p := range a.Store.Parts() {
		days, err := p.Days()
		if err != nil {
			return 0, err
		}
		for _, d := range days {
			if a.Clock.Now().Sub(d.Day.Add(day)) > p.Retention && !a.closed(p, d) {
				n++
			}
		}
	}
	return n, nil
}

// dueDay is a day that should be archived, and when the engine deletes it by its age.
type dueDay struct {
	Day
	goes time.Time
}

func (a *Archive) dueOf(p *logstore.Part) (due []dueDay, err error) {
	days, err := p.Days()
	if err != nil {
		return nil, err
	}
	now := a.Clock.Now()
	over := int64(0)
	if p.MaxDisk > 0 {
		over = -int64(early * float64(p.MaxDisk))
	}
	for _, d := range days {
		over += d.Bytes
	}
	for _, d := range days {
		of := Day{p.Class, d.Day.Format(time.DateOnly)}
		m, there := a.manifest(of)
		soon := p.MaxDisk > 0 && over > 0 && now.Sub(d.Day) > day+grace
		stale := !there || !m.Closed && now.Sub(m.Created) > day // lines may have been added
		if over -= d.Bytes; closes(p, d.Day, now) && !(there && m.Closed) || soon && stale {
			due = append(due, dueDay{of, d.Day.Add(day + p.Kept())})
		}
	}
	return due, nil
}

// closes reports whether no line of a day can come any more.
func closes(p *logstore.Part, d, now time.Time) bool {
	return now.Sub(d.Add(day)) > p.Retention+grace && p.Arrived(d.Add(day+p.Retention))
}

// letGo lets the engine delete days that were beyond their time when the store opened, once all of them
// are archived.
func (a *Archive) letGo() (did int, err error) {
	for _, p := range a.Store.Parts() {
		overdue, err := p.Overdue(a.Clock.Now())
		if err != nil {
			return did, err
		}
		bare := slices.ContainsFunc(overdue, func(d logstore.DayUse) bool { return !a.closed(p, d) })
		if !bare && p.LetGo() {
			did++
		}
	}
	return did, nil
}

// closed reports whether all that there will be of a day is archived.
func (a *Archive) closed(p *logstore.Part, d logstore.DayUse) bool {
	m, there := a.manifest(Day{p.Class, d.Day.Format(time.DateOnly)})
	return there && m.Closed
}
