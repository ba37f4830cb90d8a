package source

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Hour is what a source sent in one hour, by when it arrived.
type Hour struct {
	At       time.Time // when it began, UTC
	Lines    int64     // without those that were uploaded as past ones
	Uploaded int64     // as past ones
	Bytes    int64     // of names and values, as they came, of both
	// Unparsed lines were kept whole, Misdated ones stored under another instant than their own.
	Unparsed, Misdated int64
	// Refused counts requests that the daily limit kept out.
	Refused int64
}

func (h *Hour) add(c count) {
	h.Lines += c.lines
	h.Uploaded += c.uploaded
	h.Bytes += c.bytes
	h.Unparsed += c.unparsed
	h.Misdated += c.misdated
	h.Refused += c.refused
}

// maxHours is how many hours are told at once: 31 days.
const maxHours = 31 * 24

// Volume returns what a source sent in each hour from since up to but without until, those
// without anything too, the oldest first. A zero until is the end of the present hour, a zero since
// a day before until.
func (s *Service) Volume(ctx context.Context, by actor.Actor, name string, since, until time.Time) ([]Hour, error) {
	if err := people.Allow(by, people.SourceRead, people.Target{}); err != nil {
		return nil, err
	}
	if until.IsZero() {
		until = s.Clock.Now().Add(time.Hour)
	}
	if since.IsZero() {
		since = until.Add(-24 * time.Hour)
	}
	since, until = since.UTC().Truncate(time.Hour), until.UTC().Truncate(time.Hour)
	var check errs.Check
	check.Require(since.Before(until), "until", "must be an hour or more after since")
	check.Require(until.Sub(since) <= maxHours*time.Hour, "since", "must be at most 31 days before until")
	if err := check.Err("the time"); err != nil {
		return nil, err
	}
	var src Source
	var stored []hourRow
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if src, err = ByName(tx, name); err != nil {
			return err
		}
		stored, err = db.All(tx, scanHour, `SELECT `+hourColumns+` FROM source_hour WHERE source = ? AND hour >= ? AND hour < ?`, string(src.ID), since, until)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Hour, until.Sub(since)/time.Hour)
	for i := range out {
		out[i].At = since.Add(time.Duration(i) * time.Hour)
	}
	for _, row := range slices.Concat(stored, s.tally.hours()) {
		if row.source == src.ID && !row.hour.Before(since) && row.hour.Before(until) {
			out[row.hour.Sub(since)/time.Hour].add(row.count)
		}
	}
	return out, nil
}

// Traffic is a source and what it has sent lately.
type Traffic struct {
	Source
	Today Hour // of the present UTC day
	// Last is when its last line arrived that was not uploaded, zero when it never sent any.
	Last time.Time
	Keys int // that work
}

// Traffic lists every source by name with what it has sent.
func (s *Service) Traffic(ctx context.Context, by actor.Actor) ([]Traffic, error) {
	if err := people.Allow(by, people.SourceRead, people.Target{}); err != nil {
		return nil, err
	}
	day := s.Clock.Now().UTC().Truncate(24 * time.Hour)
	var list []Source
	var today []hourRow
	last, keys := map[ID]time.Time{}, map[ID]int{}
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if list, err = All(tx); err != nil {
			return err
		}
		if today, err = db.All(tx, scanHour, `SELECT `+hourColumns+` FROM source_hour WHERE hour >= ?`, day); err != nil {
			return err
		}
		if err := lastHours(tx, last); err != nil {
			return err
		}
		return liveKeys(tx, keys)
	})
	if err != nil {
		return nil, err
	}
	out, at := make([]Traffic, len(list)), map[ID]int{}
	for i, src := range list {
		out[i] = Traffic{Source: src, Today: Hour{At: day}, Last: last[src.ID], Keys: keys[src.ID]}
		at[src.ID] = i
	}
	for _, row := range slices.Concat(today, s.tally.hours()) {
		i, ok := at[row.source]
		if !ok {
			continue
		}
		out[i].Last = later(out[i].Last, row.lastLine)
		if !row.hour.Before(day) {
			out[i].Today.add(row.count)
		}
	}
	return out, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// hourRow is what is counted of a source's hour.
type hourRow struct {
	hourOf
	count
}

const hourColumns = `source, hour, lines, uploaded, bytes, unparsed, misdated, refused, last_line, last_refused`

func scanHour(r db.Scanner) (h hourRow, err error) {
	return h, r.Scan(&h.source, db.Time(&h.hour), &h.lines, &h.uploaded, &h.bytes, &h.unparsed, &h.misdated, &h.refused,
		db.Time(&h.lastLine), db.Time(&h.lastRefused))
}

func lastHours(tx *db.Tx, last map[ID]time.Time) error {
	rows, err := db.All(tx, func(r db.Scanner) (h hourOf, err error) { return h, r.Scan(&h.source, db.Time(&h.hour)) },
		`SELECT source, MAX(COALESCE(last_line, hour)) FROM source_hour WHERE lines > 0 GROUP BY source`)
	for _, r := range rows {
		last[r.source] = r.hour
	}
	return err
}

func liveKeys(tx *db.Tx, keys map[ID]int) error {
	type row struct {
		source ID
		n      int
	}
	rows, err := db.All(tx, func(sc db.Scanner) (r row, err error) { return r, sc.Scan(&r.source, &r.n) },
		`SELECT source, count(*) FROM source_key WHERE revoked IS NULL GROUP BY source`)
	for _, r := range rows {
		keys[r.source] = r.n
	}
	return err
}

// hours are the counts that have not been written yet.
func (t *tally) hours() (out []hourRow) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, c := range t.waiting {
		out = append(out, hourRow{k, c})
	}
	return out
}

// Limited are the names of the sources whose daily limit has kept lines out on the present UTC day and has
// not been changed since. It is for Mainstay's own alert, and asks nobody's permission.
func (s *Service) Limited(ctx context.Context) (names []string, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		names, err = db.All(tx, func(sc db.Scanner) (name string, err error) { return name, sc.Scan(&name) }, `
			SELECT s.name FROM source s WHERE s.daily_limit > 0
			AND EXISTS (SELECT 1 FROM source_hour h WHERE h.source = s.id AND h.hour >= ? AND h.last_refused > s.changed)
			ORDER BY s.name`, s.today())
		return err
	})
	return names, err
}
