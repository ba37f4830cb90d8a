package pattern

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/pattern/drain"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

// Reader reads the lines of this node's spool in order.
type Reader interface {
	// Next returns the rows behind the last ones, none when there are none, and the cursor behind
	// them. The rows live until the next call.
	Next(maxBytes int) (rows []signal.Row, cursor int64, err error)
	// Release says that everything before a cursor has been dealt with durably.
	Release(cursor int64)
	// Behind is how many bytes are waiting.
	Behind() int64
}

// Spool opens the reader of a node.
type Spool interface {
	SpoolID() string
	// Patterns returns the reader that goes on at a cursor, or at the spool's start with first.
	Patterns(cursor int64, first bool) Reader
}

// Config is what a Service needs.
type Config struct {
	DB    *db.DB
	Spool Spool
	// Scope is what of the stored lines somebody may see, or Forbidden: source.Service.Scope.
	Scope func(context.Context, actor.Actor) (signal.Scope, error)
	// Clock is the one of signals; nil is the wall's.
	Clock clock.Clock
	Log   *slog.Logger
}

// Service clusters what arrives and lists what it found.
type Service struct {
	Config

	mu      sync.Mutex
	reader  Reader // nil until Load
	cluster *drain.Clusterer
	pending pending
	stored  time.Time // when pending was last written
	swept   time.Time
	rows    int64 // for sampling
	// met is when each source and service was first met: on the wall, or, of what was stored before the
	// start, by its lines.
	met map[drain.Origin]time.Time

	news news
}

// pending is what has been counted and not stored. Its zero value has nothing.
type pending struct {
	cursor  int64
	lines   int
	hours   map[hourOf]*tally
	touched map[*drain.Template]*touch
}

type hourOf struct {
	id   drain.ID
	hour int64 // since 1970
}

type tally struct {
	lines     int64
	estimated bool
}

// touch says what of a template has to be stored, and which hour it was seen in last.
type touch struct {
	changed bool
	hour    int64
	lines   *tally
}

const (
	// Keep is for how long hours, and templates that are not seen any more, are kept.
	Keep = 35 * 24 * time.Hour
	// FlushEvery is how often what was counted is stored.
	FlushEvery = 5 * time.Second

	readBytes    = 1 << 20
	stepLines    = 200_000 // of one step
	flushHours   = 50_000  // pending hours that are stored at once
	sampleBehind = 64 << 20
	sampleOne    = 8 // of so many lines, while behind
	exampleBytes = 2 << 10
)

// New returns the room's service. Load comes before the first Step.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: c}
}

// Load takes up what was learnt, and goes on in the spool where it was stored.
func (s *Service) Load(ctx context.Context) error {
	var list []drain.Template
	var cursor int64
	var found bool
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if list, err = allTemplates(tx); err != nil {
			return err
		}
		cursor, found, err = cursorOf(tx, s.Spool.SpoolID())
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cluster = drain.New()
	s.cluster.Restore(list)
	s.met = map[drain.Origin]time.Time{}
	for _, t := range list {
		if at, ok := s.met[t.Origin]; !ok || t.First.Before(at) {
			s.met[t.Origin] = t.First
		}
	}
	s.pending = pending{cursor: cursor}
	s.reader = s.Spool.Patterns(cursor, !found)
	s.stored = s.Clock.Now()
	return nil
}

// Step reads what has arrived, stores what it counted every FlushEvery, and forgets every hour.
func (s *Service) Step(ctx context.Context) (worker.Result, error) {
	result, swept, err := s.step(ctx)
	if err == nil && swept {
		err = s.forgetNews(ctx, s.Clock.Now().Add(-Keep))
	}
	return result, err
}

func (s *Service) step(ctx context.Context) (result worker.Result, swept bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	did, err := s.read(ctx)
	if err != nil {
		return result, false, err
	}
	now := s.Clock.Now()
	if s.pending.lines > 0 && (now.Sub(s.stored) >= FlushEvery || now.Before(s.stored) || len(s.pending.hours) >= flushHours) {
		if err = s.flush(ctx); err != nil {
			return result, false, err
		}
	}
	if now.Sub(s.swept) >= time.Hour || now.Before(s.swept) {
		if err = s.sweep(ctx); err != nil {
			return result, false, err
		}
		s.swept, swept = now, true
	}
	return worker.Result{Did: did}, swept, nil
}

// Flush reads everything and stores it.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		did, err := s.read(ctx)
		if err != nil {
			return err
		}
		if err := s.flush(ctx); err != nil || did == 0 {
			return err
		}
	}
}

// read counts up to about stepLines lines; it returns how many.
func (s *Service) read(ctx context.Context) (did int, err error) {
	for did < stepLines && len(s.pending.hours) < flushHours && ctx.Err() == nil {
		sampling := s.reader.Behind() > sampleBehind
		rows, cursor, err := s.reader.Next(readBytes)
		if err != nil || cursor == s.pending.cursor && len(rows) == 0 {
			return did, err
		}
		oldest := s.Clock.Now().Add(-Keep)
		for i := range rows {
			s.rows++
			weight := int64(1)
			if sampling {
				if s.rows%sampleOne != 0 {
					continue
				}
				weight = sampleOne
			}
			if t := s.pending.add(s.cluster, &rows[i], weight, oldest); t != nil {
				s.meet(t.Origin)
			}
		}
		s.pending.cursor = cursor
		s.pending.lines += max(len(rows), 1)
		did += len(rows)
	}
	return did, ctx.Err()
}

func (s *Service) meet(o drain.Origin) {
	if _, ok := s.met[o]; !ok {
		s.met[o] = clock.Micro(s.Clock.Now())
	}
}

// add counts a line that stands for weight lines and returns its template. Lines older than what is kept count nowhere, nor do
// those of the past that somebody uploaded: they are no news.
func (p *pending) add(c *drain.Clusterer, r *signal.Row, weight int64, oldest time.Time) *drain.Template {
	if r.Time.Before(oldest) || r.Get(signal.Uploaded) != "" {
		return nil
	}
	message := r.Get(signal.Message)
	seen := c.Add(originOf(*r), message)
	t := seen.Template
	if t.First.IsZero() || r.Time.Before(t.First) {
		t.First = clock.Micro(r.Time)
	}
	if r.Time.After(t.Last) {
		t.Last = clock.Micro(r.Time)
	}
	how := p.touched[t]
	if how == nil {
		how = p.touch(t)
		if !t.CatchAll() { // one line of those of each few seconds: recent, and cheap
			t.Example = clean(message)
			t.Level = string(search.LevelOf(r.Get("level"), r.Get("severity"), message))
		}
	}
	how.changed = how.changed || seen.New || seen.Wider
	if hour := r.Time.Unix() / 3600; how.lines == nil || how.hour != hour {
		how.hour, how.lines = hour, p.of(hourOf{t.ID, hour})
	}
	how.lines.lines += weight
	how.lines.estimated = how.lines.estimated || weight > 1
	return t
}

func (p *pending) touch(t *drain.Template) *touch {
	if p.touched == nil {
		p.touched = map[*drain.Template]*touch{}
	}
	p.touched[t] = &touch{}
	return p.touched[t]
}

// of is what was counted in an hour.
func (p *pending) of(k hourOf) *tally {
	if p.hours == nil {
		p.hours = map[hourOf]*tally{}
	}
	if p.hours[k] == nil {
		p.hours[k] = &tally{}
	}
	return p.hours[k]
}

// clean makes of a message what a database can hold and a page show.
func clean(message string) string {
	if len(message) > exampleBytes {
		message = message[:exampleBytes]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(message, "\uFFFD"), "\x00", "\uFFFD")
}

// flush stores what is pending in one transaction.
func (s *Service) flush(ctx context.Context) error {
	p := s.pending
	if p.lines == 0 {
		return nil
	}
	wider := map[*drain.Template]string{}
	err := s.DB.Do(ctx, func(tx *db.Tx) error {
		clear(wider)
		if err := storeTemplates(tx, p.touched, wider); err != nil {
			return err
		}
		for k, n := range p.hours {
			if err := addHour(tx, k, *n); err != nil {
				return err
			}
		}
		return keepCursor(tx, s.Spool.SpoolID(), p.cursor)
	})
	if err != nil {
		return err // pending stays, and is stored with the next
	}
	for t, text := range wider {
		t.Widen(text)
	}
	s.reader.Release(p.cursor)
	s.pending = pending{cursor: p.cursor}
	s.stored = s.Clock.Now()
	return nil
}

// sweep forgets what is too old. It stores what is pending before, which may be about it.
func (s *Service) sweep(ctx context.Context) error {
	if err := s.flush(ctx); err != nil {
		return err
	}
	oldest := s.Clock.Now().Add(-Keep)
	if err := s.DB.Do(ctx, func(tx *db.Tx) error { return removeOld(tx, s.Spool.SpoolID(), oldest) }); err != nil {
		return err
	}
	s.cluster.Forget(func(t *drain.Template) bool { return t.Last.Before(oldest) })
	return nil
}

// originOf is whose line a row is.
func originOf(r signal.Row) drain.Origin {
	var o drain.Origin
	for i := range r.Fields {
		switch r.Fields[i].Name {
		case signal.Source:
			o.Source = r.Fields[i].Value
		case signal.Service:
			o.Service = r.Fields[i].Value
		}
	}
	return o
}
