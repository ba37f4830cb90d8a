package logstore

import (
	"path/filepath"
	"time"
)

// spare keeps the days that are beyond their time when the store opens, because the retention was made
// shorter or the server was away for long: the engine would delete them before anybody could archive
// them. They stay for one more Margin, or until LetGo. Without a Margin nothing is archived, and they go.
func (p *Part) spare(now time.Time) error {
	if p.Margin == 0 {
		return nil
	}
	days, err := daysIn(filepath.Join(p.dir, "partitions"))
	if err != nil {
		return err
	}
	if len(days) > 0 && days[0].Day.Before(firstKept(now, p.Kept())) {
		p.keeping.Lock()
		defer p.keeping.Unlock()
		p.overdue = now.Sub(days[0].Day) + p.Margin + day
	}
	return nil
}

// firstKept is the first day that the engine does not delete.
func firstKept(now time.Time, kept time.Duration) time.Time {
	return now.UTC().Add(-kept).Truncate(day)
}

// Overdue are the days that are here only because they were there when the store opened: they are
// beyond Retention and Margin.
func (p *Part) Overdue(now time.Time) (overdue []DayUse, err error) {
	p.keeping.Lock()
	none := p.overdue == 0
	p.keeping.Unlock()
	if none {
		return nil, nil
	}
	days, err := p.Days()
	first := firstKept(now, p.Retention+p.Margin)
	for _, d := range days {
		if d.Day.Before(first) {
			overdue = append(overdue, d)
		}
	}
	return overdue, err
}

// LetGo lets the engine delete overdue days, and reports whether there is something to let go. The
// engine is started anew for it; see Keep.
func (p *Part) LetGo() bool {
	before := p.Kept()
	p.keeping.Lock()
	had := p.overdue > 0
	p.overdue = 0
	p.keeping.Unlock()
	if p.engine != nil && p.Kept() != before {
		p.engine.renew(p.settings())
	}
	return had
}
