package app

import (
	"context"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/web/action"
	"mainstay/internal/web/keeping"
)

// keepingRoutes are the page of old log lines.
func (a *App) keepingRoutes() []action.Route {
	return keeping.Routes(keeping.Config{
		Clock: clock.Wall(), State: a.keepingState, Run: a.ArchiveLogs, Verify: a.VerifyLogs, Restore: a.RestoreLogs,
	})
}

// keepingState is logKeeping for the page.
func (a *App) keepingState() (keeping.State, error) {
	if !a.Logs.Inside() {
		return keeping.State{Elsewhere: true}, nil
	}
	st, err := a.Archive.Status()
	if err != nil {
		return keeping.State{}, err
	}
	if err := a.freshDisk(context.Background()); err != nil {
		return keeping.State{}, err
	}
	a.disk.mu.Lock()
	defer a.disk.mu.Unlock()
	d := &a.disk
	f := d.forecast
	out := keeping.State{
		Retention: a.Logs.Retention, Margin: a.Logs.Margin, Kept: a.Logs.Parts()[0].Kept(), MaxDisk: a.LogMaxDisk, Seen: d.seen, Free: d.free, FreeKnown: d.freeOK,
		Forecast: keeping.Forecast{Known: f.Days >= logstore.MinForecastDays, Days: f.Days, PerDay: int64(f.PerDay), Growth: int64(f.Growth),
			Other: int64(f.Other), OtherKnown: f.OtherKnown, Full: f.Full},
		Archive: st.Target, Unreadable: st.Bad, Waiting: st.Waiting, Behind: st.Behind, Crowded: st.Crowded, Working: st.Working, Failing: st.Failing, FailingSince: st.Since,
		Until: st.Until,
	}
	for _, use := range d.days() {
		out.Days = append(out.Days, keeping.Day{Day: use.Day.Format(dateOnly), Bytes: use.Bytes})
		out.Bytes += use.Bytes
	}
	out.Classes = d.keepingClasses()
	for _, due := range st.Due {
		out.Due = append(out.Due, due.String())
	}
	for _, m := range st.Archived {
		c := st.Checked[m.Of()]
		out.Archived = append(out.Archived, keeping.Archived{Day: m.Day, Class: string(m.Class), File: m.File, SHA256: m.SHA256, Lines: m.Rows, Packed: m.Packed,
			Closed: m.Closed, Created: m.Created, Checked: c.At, Damage: c.Err})
	}
	for _, r := range st.Restored {
		out.Restored = append(out.Restored, keeping.Restored{Day: r.Day, Class: string(r.Class), Done: r.Done, Lines: r.Rows, Failure: r.Err})
	}
	return out, nil
}

// keepingClasses are the classes for the page, none where there is one only.
func (d *disk) keepingClasses() (out []keeping.Class) {
	if len(d.classes) < 2 {
		return nil
	}
	for _, c := range d.classes {
		of := keeping.Class{Name: string(c.part.Class), On: c.part.On, Retention: c.part.Retention, Kept: c.part.Kept(), MaxDisk: c.part.MaxDisk,
			Days: len(c.days), Bytes: c.bytes()}
		if len(c.days) > 0 {
			of.Oldest = c.days[0].Day.Format(dateOnly)
		}
		out = append(out, of)
	}
	return out
}
