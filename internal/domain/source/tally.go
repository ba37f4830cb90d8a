package source

import (
	"context"
	"maps"
	"sync"
	"time"

	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

// count is what a source sent in some time.
type count struct {
	lines, uploaded, bytes, unparsed, misdated, refused int64
	lastLine, lastRefused                               time.Time // zero for none
}

func (c *count) add(d count) {
	c.lines += d.lines
	c.uploaded += d.uploaded
	c.bytes += d.bytes
	c.unparsed += d.unparsed
	c.misdated += d.misdated
	c.refused += d.refused
	c.lastLine = later(c.lastLine, d.lastLine)
	c.lastRefused = later(c.lastRefused, d.lastRefused)
}

type hourOf struct {
	source ID
	hour   time.Time
}

// tally counts in memory what has not been written yet. Its zero value is ready.
type tally struct {
	mu      sync.Mutex
	waiting map[hourOf]count
	days    map[hourOf]int64 // bytes by UTC day: those of all nodes as they were stored last, and ours since
	used    map[KeyID]bool   // keys used since the last time they were noted
}

func (t *tally) add(source ID, at time.Time, c count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == nil {
		t.waiting, t.days = map[hourOf]count{}, map[hourOf]int64{}
	}
	if c.lines > 0 {
		c.lastLine = at.UTC()
	}
	if c.refused > 0 {
		c.lastRefused = at.UTC()
	}
	k := hourOf{source, at.UTC().Truncate(time.Hour)}
	sum := t.waiting[k]
	sum.add(c)
	t.waiting[k] = sum
	t.days[hourOf{source, at.UTC().Truncate(24 * time.Hour)}] += c.bytes
}

// today is how many bytes the source has sent on the UTC day of an instant: to this node, and to others
// up to a minute or two ago.
func (t *tally) today(source ID, at time.Time) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.days[hourOf{source, at.UTC().Truncate(24 * time.Hour)}]
}

// take returns what is to be written, and forgets days that are over.
func (t *tally) take(now time.Time) (map[hourOf]count, map[KeyID]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	waiting, used := t.waiting, t.used
	t.waiting, t.used = map[hourOf]count{}, nil
	for k := range t.days {
		if now.Sub(k.hour) > 48*time.Hour {
			delete(t.days, k)
		}
	}
	if t.days == nil {
		t.days = map[hourOf]int64{}
	}
	return waiting, used
}

// back puts what could not be written where it came from.
func (t *tally) back(waiting map[hourOf]count, used map[KeyID]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, c := range waiting {
		sum := t.waiting[k]
		sum.add(c)
		t.waiting[k] = sum
	}
	if t.used == nil {
		t.used = map[KeyID]bool{}
	}
	maps.Copy(t.used, used)
}

// stored takes over what all nodes have stored of a UTC day; what waits here is not in it.
func (t *tally) stored(day time.Time, sent []sentBy) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.days == nil {
		t.waiting, t.days = map[hourOf]count{}, map[hourOf]int64{}
	}
	for _, s := range sent {
		t.days[hourOf{s.source, day}] = s.bytes + t.unwritten(s.source, day)
	}
}

// unwritten is how many bytes of a source's UTC day wait to be written.
func (t *tally) unwritten(source ID, day time.Time) (n int64) {
	for hour := range 24 {
		n += t.waiting[hourOf{source, day.Add(time.Duration(hour) * time.Hour)}].bytes
	}
	return n
}

func (s *Service) note(k KeyID) {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	if s.tally.used == nil {
		s.tally.used = map[KeyID]bool{}
	}
	s.tally.used[k] = true
}

// Step writes what has been counted, and reads what other nodes have; app runs it every minute and when
// it stops.
func (s *Service) Step(ctx context.Context) (worker.Result, error) {
	waiting, used := s.tally.take(s.Clock.Now())
	if len(waiting)+len(used) == 0 {
		return worker.Result{}, s.Load(ctx)
	}
	day := s.today()
	var sent []sentBy
	err := s.DB.Do(ctx, func(tx *db.Tx) (err error) {
		for k, c := range waiting {
			if err := addHour(tx, k, c); err != nil {
				return err
			}
		}
		for k := range used {
			if _, err := tx.Exec(`UPDATE source_key SET used = ? WHERE id = ? AND (used IS NULL OR used < ?)`,
				tx.Now(), string(k), tx.Now().Add(-usedEvery)); err != nil {
				return err
			}
		}
		sent, err = sentSince(tx, day)
		return err
	})
	if err != nil {
		s.tally.back(waiting, used)
		return worker.Result{}, err
	}
	s.tally.stored(day, sent)
	return worker.Result{}, nil
}

// addHour adds to a source's hour; a source that has gone meanwhile has no counts any more.
func addHour(tx *db.Tx, k hourOf, c count) error {
	_, err := tx.Exec(`
		INSERT INTO source_hour (source, hour, lines, uploaded, bytes, unparsed, misdated, refused, last_line, last_refused)
		SELECT id, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT),
			CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT)
		FROM source WHERE id = ?
		ON CONFLICT (source, hour) DO UPDATE SET lines = source_hour.lines + excluded.lines,
			uploaded = source_hour.uploaded + excluded.uploaded, bytes = source_hour.bytes + excluded.bytes,
			unparsed = source_hour.unparsed + excluded.unparsed, misdated = source_hour.misdated + excluded.misdated,
			refused = source_hour.refused + excluded.refused,
			last_line = CASE WHEN source_hour.last_line IS NULL OR excluded.last_line > source_hour.last_line
				THEN excluded.last_line ELSE source_hour.last_line END,
			last_refused = CASE WHEN source_hour.last_refused IS NULL OR excluded.last_refused > source_hour.last_refused
				THEN excluded.last_refused ELSE source_hour.last_refused END`,
		k.hour, c.lines, c.uploaded, c.bytes, c.unparsed, c.misdated, c.refused, c.lastLine, c.lastRefused, string(k.source))
	return err
}

// Load reads what sources with a limit have sent on the present UTC day, to whichever node, so that neither
// a restart nor another node gives them a new day.
func (s *Service) Load(ctx context.Context) error {
	day := s.today()
	var sent []sentBy
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		sent, err = sentSince(tx, day)
		return err
	})
	if err == nil {
		s.tally.stored(day, sent)
	}
	return err
}

// today is when the present UTC day began.
func (s *Service) today() time.Time { return s.Clock.Now().UTC().Truncate(24 * time.Hour) }

// sentBy is how many bytes a source has sent.
type sentBy struct {
	source ID
	bytes  int64
}

// sentSince adds up what each source with a daily limit has sent from an hour on.
func sentSince(tx *db.Tx, since time.Time) ([]sentBy, error) {
	return db.All(tx, func(sc db.Scanner) (r sentBy, err error) { return r, sc.Scan(&r.source, &r.bytes) },
		`SELECT h.source, CAST(SUM(h.bytes) AS BIGINT) FROM source_hour h JOIN source s ON s.id = h.source
		WHERE s.daily_limit > 0 AND h.hour >= ? GROUP BY h.source`, since)
}
