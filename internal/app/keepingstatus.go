package app

import (
	"context"

	"mainstay/internal/api"
	"mainstay/internal/engine/logstore"
)

// logKeeping hands the state of keeping log lines to the API, which does not know the store.
func (a *App) logKeeping() (api.LogKeeping, error) {
	st, err := a.Archive.Status()
	if err != nil && a.Logs.Inside() {
		return api.LogKeeping{}, err
	}
	if err := a.freshDisk(context.Background()); err != nil {
		return api.LogKeeping{}, err
	}
	a.disk.mu.Lock()
	defer a.disk.mu.Unlock()
	d := &a.disk
	out := api.LogKeeping{
		RetentionHours: a.Logs.Retention.Hours(), MarginHours: a.Logs.Margin.Hours(), KeptHours: a.Logs.Parts()[0].Kept().Hours(), MaxDisk: a.LogMaxDisk,
		Seen: orNone(d.seen), Days: []api.LogDay{}, Classes: []api.LogClass{}, Archived: []api.ArchivedDay{}, Due: []string{}, Restored: []api.RestoredDay{},
		Archive: st.Target, Unreadable: st.Bad, BehindHours: st.Behind.Hours(), Working: st.Working, Failing: st.Failing, FailingSince: orNone(st.Since),
		RestoredUntil: orNone(st.Until),
	}
	if d.freeOK {
		out.Free = &d.free
	}
	for _, c := range d.classes {
		out.Classes = append(out.Classes, api.LogClass{Class: string(c.part.Class), On: c.part.On, RetentionHours: c.part.Retention.Hours(),
			KeptHours: c.part.Kept().Hours(), MaxDisk: c.part.MaxDisk, Days: len(c.days), Bytes: c.bytes()})
	}
	for _, use := range d.days() {
		out.Days = append(out.Days, api.LogDay{Day: use.Day.Format(dateOnly), Bytes: use.Bytes})
		out.Bytes += use.Bytes
	}
	if f := d.forecast; f.Days >= logstore.MinForecastDays {
		out.Forecast = &api.LogForecast{Days: f.Days, PerDay: int64(f.PerDay), Growth: int64(f.Growth), Full: orNone(f.Full)}
		if other := int64(f.Other); f.OtherKnown {
			out.Forecast.Other = &other
		}
	}
	for _, m := range st.Archived {
		day := api.ArchivedDay{Day: m.Day, Class: string(m.Of().Class), File: m.File, Lines: m.Rows, First: m.First, Last: m.Last, Raw: m.Raw, Packed: m.Packed, SHA256: m.SHA256,
			Closed: m.Closed, Created: m.Created, Version: m.Version}
		if c, ok := st.Checked[m.Of()]; ok {
			day.Checked, day.Damage = &c.At, c.Err
		}
		out.Archived = append(out.Archived, day)
	}
	for _, due := range st.Due {
		out.Due = append(out.Due, due.String())
	}
	for _, r := range st.Restored {
		out.Restored = append(out.Restored, api.RestoredDay{Day: r.Day, Class: string(r.Of().Class), Done: r.Done, Lines: r.Rows, Failure: r.Err})
	}
	return out, nil
}

const dateOnly = "2006-01-02"
