package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/timer"
	"mainstay/internal/probe"
)

// The timers of heartbeats: the job should have called in; the job runs for too long.
const (
	beatTimer timer.Kind = "check.beat"
	runsTimer timer.Kind = "check.runs"
)

// KeyPrefix begins every key of a heartbeat, so that scanners for leaked secrets can tell what they see.
const KeyPrefix = "msb_"

// Beat is how it stands with a job that calls in.
type Beat struct {
	Started   time.Time // last time, as the next two
	Succeeded time.Time
	Failed    time.Time
	Waits     time.Time // by when it must call in
	Missed    time.Time // when it should have and did not; zero when it has made up for it
}

// Said is what a job says.
type Said string

// What jobs say.
const (
	Began     Said = "start"
	Succeeded Said = "success"
	Broke     Said = "fail"
)

// Timers returns what happens when each of this room's timers fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{beatTimer: s.missed, runsTimer: s.overran}
}

func validateTimesOfDay(c *errs.Check, list []string) {
	for i, by := range list {
		if _, ok := calendar.ParseTimeOfDay(by); !ok {
			c.Add("probe.heartbeat.by["+string(rune('0'+i%10))+"]", "must be a time of day such as \"06:30\", not %.20q", by)
		}
	}
}

const beatColumns = `started, succeeded, failed, waits, missed`

func beatOf(tx *db.Tx, check ID) (*Beat, error) {
	b, err := db.One(tx, func(sc db.Scanner) (b Beat, err error) {
		return b, sc.Scan(db.Time(&b.Started), db.Time(&b.Succeeded), db.Time(&b.Failed), db.Time(&b.Waits), db.Time(&b.Missed))
	}, `SELECT `+beatColumns+` FROM check_beat WHERE check_id = ?`, string(check))
	if errors.Is(err, db.ErrNone) {
		return nil, nil
	}
	return &b, err
}

func saveBeat(tx *db.Tx, check ID, b Beat) error {
	_, err := tx.Exec(`UPDATE check_beat SET started = ?, succeeded = ?, failed = ?, waits = ?, missed = ? WHERE check_id = ?`,
		b.Started, b.Succeeded, b.Failed, b.Waits, b.Missed, string(check))
	return err
}

// beatIn gives a heartbeat its key and the first time by which it must call in, and takes them from a check
// that is none any more.
func (s *Service) beatIn(tx *db.Tx, c Check) error {
	if c.Spec.Probe.Heartbeat == nil {
		return forgetBeat(tx, c.ID)
	}
	have, err := beatOf(tx, c.ID)
	if err != nil {
		return err
	}
	if have == nil {
		key := KeyPrefix + id.Secret()
		if _, err := tx.Exec(`INSERT INTO check_beat (check_id, key_hash, key_kept) VALUES (?, ?, ?)`,
			string(c.ID), hash(key), s.Box.Seal(place(c.Name, "key"), key)); err != nil {
			return err
		}
		have = &Beat{}
	}
	if c.Spec.Disabled {
		return unschedule(tx, c.ID)
	}
	have.Missed = time.Time{}
	if have.Waits, err = waits(tx, c, tx.Now()); err != nil {
		return err
	}
	return await(tx, c, *have)
}

func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// await stores a beat and promises to look when it is due.
func await(tx *db.Tx, c Check, b Beat) error {
	if err := saveBeat(tx, c.ID, b); err != nil {
		return err
	}
	return timer.Schedule(tx, beatTimer, string(c.ID), b.Waits.Add(c.Spec.Probe.Heartbeat.GraceOr().Duration()), struct{}{})
}

func forgetBeat(tx *db.Tx, check ID) error {
	if _, err := tx.Exec(`DELETE FROM check_beat WHERE check_id = ?`, string(check)); err != nil {
		return err
	}
	return unschedule(tx, check)
}

func unschedule(tx *db.Tx, check ID) error {
	if err := timer.Cancel(tx, beatTimer, string(check)); err != nil {
		return err
	}
	return timer.Cancel(tx, runsTimer, string(check))
}

// waits is the next time by which a job must call in, after an instant.
func waits(tx *db.Tx, c Check, after time.Time) (time.Time, error) {
	h := c.Spec.Probe.Heartbeat
	if len(h.By) == 0 {
		return after.Add(c.Spec.Interval()), nil
	}
	e, err := calendar.ByName(tx, c.Spec.Hours)
	if err != nil {
		return time.Time{}, err
	}
	next := nextBy(e.Calendar, h.By, after)
	if next.IsZero() {
		return next, errs.Invalidf("calendar %q has no day on which %q must call in", c.Spec.Hours, c.Name)
	}
	return next, nil
}

// aYear is how many days are looked through for one on which a calendar is open.
const aYear = 400

// nextBy is the first of times of day after an instant, on days on which the calendar is open; zero when there
// is none within a year.
func nextBy(cal *calendar.Calendar, by []string, after time.Time) (next time.Time) {
	loc := cal.Location()
	for day := calendar.DateOf(after, loc); day <= calendar.DateOf(after, loc)+aYear; day++ {
		from, to := calendar.Instant(loc, day, 0), calendar.Instant(loc, day+1, 0)
		for _, text := range by {
			at, _ := calendar.ParseTimeOfDay(text)
			t := calendar.Instant(loc, day, at)
			if t.After(after) && (next.IsZero() || t.Before(next)) && len(cal.Spans(from, to)) > 0 {
				next = t
			}
		}
		if !next.IsZero() {
			return next
		}
	}
	return next
}

// Beat takes the call of a job, which proves itself by its key alone. A key that is not known is a NotFound error.
func (s *Service) Beat(ctx context.Context, key string, said Said, message string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		c, err := db.One(tx, scan, `SELECT `+columns+` FROM check_spec c JOIN check_beat b ON b.check_id = c.id WHERE b.key_hash = ?`, hash(key))
		if err != nil {
			return db.OrNotFound(err, "no job has this key")
		}
		if c.Spec.Disabled {
			return nil
		}
		have, err := beatOf(tx, c.ID)
		if err != nil {
			return err
		}
		return s.beaten(tx, c, *have, said, text.OneLine(message, maxText))
	})
}

// beaten moves a heartbeat by what its job says.
func (s *Service) beaten(tx *db.Tx, c Check, b Beat, said Said, message string) error {
	now, h := tx.Now(), c.Spec.Probe.Heartbeat
	switch said {
	case Began:
		b.Started = now
		if limit := h.Runs.FailedAfter.Duration(); limit > 0 {
			if err := timer.Schedule(tx, runsTimer, string(c.ID), now.Add(limit), struct{}{}); err != nil {
				return err
			}
		}
		return saveBeat(tx, c.ID, b)
	case Broke:
		b.Failed = now
		if err := saveBeat(tx, c.ID, b); err != nil {
			return err
		}
		return s.finishedIn(tx, c, b, probe.Fail("%s", or(message, "the job says that it failed")))
	case Succeeded:
		r := probe.Fine("%s", or(message, "called in"))
		if b.Started.After(b.Succeeded) && b.Started.After(b.Failed) {
			r.Duration = now.Sub(b.Started)
			h.Runs.Judge(&r, "the run", probe.Span(r.Duration))
		}
		if err := s.satisfied(tx, c, &b, now); err != nil {
			return err
		}
		return s.finishedIn(tx, c, b, r)
	}
	return errs.NotFoundf("a job can say start, success or fail, not %.20q", said)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// satisfied works out when the job must call in next. One that is late makes up for the time that it missed,
// and nothing else.
func (s *Service) satisfied(tx *db.Tx, c Check, b *Beat, now time.Time) (err error) {
	b.Succeeded = now
	switch {
	case len(c.Spec.Probe.Heartbeat.By) == 0:
		b.Missed, b.Waits = time.Time{}, now.Add(c.Spec.Interval())
	case !b.Missed.IsZero():
		b.Missed = time.Time{}
	case b.Waits.Before(now.Add(widestBefore)):
		if b.Waits, err = waits(tx, c, later(b.Waits, now)); err != nil {
			return err
		}
	}
	return await(tx, c, *b)
}

// widestBefore is how long before its time a job may call in: one that calls twice for one time does not
// count for the next day's.
const widestBefore = 20 * time.Hour

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// finishedIn stores the result of a job that has ended.
func (s *Service) finishedIn(tx *db.Tx, c Check, _ Beat, r probe.Result) error {
	if err := timer.Cancel(tx, runsTimer, string(c.ID)); err != nil {
		return err
	}
	return s.tellIn(tx, c, r)
}

// tellIn stores the result of a heartbeat with all that follows.
func (s *Service) tellIn(tx *db.Tx, c Check, r probe.Result) error {
	now := s.Clock.Now()
	p := Place{Name: BeatPlace, State: State(r.State), Since: now, At: now, Result: r.Tidy()}
	if old, err := placesOf(tx, c); err != nil {
		return err
	} else if old[0].State == p.State {
		p.Since = old[0].Since
	}
	if err := savePlace(tx, c.ID, p); err != nil {
		return err
	}
	open := true
	if c.Spec.Hours != "" && len(c.Spec.Probe.Heartbeat.By) == 0 {
		e, err := calendar.ByName(tx, c.Spec.Hours)
		if err != nil {
			return err
		}
		open = e.Calendar.Open(tx.Now())
	}
	is, err := s.judgeIn(tx, c, open)
	tx.OnCommit(func() { s.beat(c.ID, p, is) })
	return err
}

// beat takes over what has been stored of a heartbeat.
func (s *Service) beat(id ID, p Place, is standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.book[id]; e != nil && e.spots[BeatPlace] != nil {
		e.standing = is
		e.spots[BeatPlace].Place = p
		s.sample(e, e.spots[BeatPlace], p.Result, p.At)
	}
}

// missed notes that a job has not called in.
func (s *Service) missed(tx *db.Tx, t timer.Timer) error {
	c, b, err := s.beating(tx, ID(t.Subject))
	if err != nil || b == nil {
		return err
	}
	b.Missed = b.Waits
	missed := b.Waits
	if b.Waits, err = waits(tx, c, later(b.Waits, tx.Now())); err != nil {
		return err
	}
	if err := await(tx, c, *b); err != nil {
		return err
	}
	last := "it never has"
	if !b.Succeeded.IsZero() {
		last = "the last time was " + b.Succeeded.UTC().Format("2 Jan 15:04 UTC")
	}
	return s.tellIn(tx, c, probe.Fail("the job should have called in by %s: %s", missed.UTC().Format("2 Jan 15:04 UTC"), last))
}

// overran notes that a job runs for too long.
func (s *Service) overran(tx *db.Tx, t timer.Timer) error {
	c, b, err := s.beating(tx, ID(t.Subject))
	if err != nil || b == nil {
		return err
	}
	return s.tellIn(tx, c, probe.Fail("the job has run since %s, longer than %v", b.Started.UTC().Format("15:04 UTC"), c.Spec.Probe.Heartbeat.Runs.FailedAfter))
}

// beating returns a heartbeat that is still one; its Beat is nil for others.
func (s *Service) beating(tx *db.Tx, check ID) (Check, *Beat, error) {
	c, err := db.One(tx, scan, `SELECT `+columns+` FROM check_spec c WHERE c.id = ?`, string(check))
	if errors.Is(err, db.ErrNone) || err == nil && (c.Spec.Disabled || c.Spec.Probe.Heartbeat == nil) {
		return c, nil, nil
	}
	if err != nil {
		return c, nil, err
	}
	b, err := beatOf(tx, check)
	return c, b, err
}

// Key returns the key with which the job of a heartbeat calls in, for those who may change the check.
func (s *Service) Key(ctx context.Context, by actor.Actor, name string) (key string, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		c, err := ByName(tx, name)
		if err != nil {
			return err
		}
		on, err := target(tx, c.Service)
		if err != nil {
			return err
		}
		if err := people.Allow(by, people.CheckWrite, on); err != nil {
			return err
		}
		sealed, err := db.One(tx, db.Value[string], `SELECT key_kept FROM check_beat WHERE check_id = ?`, string(c.ID))
		if err != nil {
			return db.OrNotFound(err, "check %q is no heartbeat", name)
		}
		key, err = s.Box.Unseal(place(c.Name, "key"), sealed)
		return err
	})
	return key, err
}
