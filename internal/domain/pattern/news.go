package pattern

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/domain/pattern/drain"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

// news tells which lines are the first of their pattern, for log rules. It learns only from the
// lines that it is asked about, in the order in which they arrive; what the whole room knew before
// is not new to it either.
//
// A pattern is stored with a mark of the line that it began with, before that line is called new.
// So the same line, asked about again by another rule or after a crash, is new again, and every
// other one is not.
//
// The first patterns of a source and service are learnt and not told: otherwise each of them would be
// news when a log is sent for the first time.
type news struct {
	mu      sync.Mutex
	began   map[drain.Origin]time.Time // when a line of it was first shown, on the wall
	cluster *drain.Clusterer           // nil until loaded
	marks   map[drain.ID]string
	unsaved map[drain.ID]*drain.Template
}

// LearnFor is for how long the patterns of a source and service are learnt before a new one is told.
const LearnFor = time.Hour

const seenEvery = 24 * time.Hour // how exactly it is kept when a pattern was last seen

// IsNew returns the pattern of a line, and whether no line of its source and service had it
// before. It is asked about lines in the order in which they arrived. The line that is new once
// stays new however often it is asked about. After an error nobody knows: ask about the same line again.
func (s *Service) IsNew(ctx context.Context, source string, row signal.Row) (pattern string, isNew bool, err error) {
	n := &s.news
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := s.loadNews(ctx); err != nil {
		return "", false, fmt.Errorf("which patterns log rules have seen cannot be read: %w", err)
	}
	message, mark := row.Get(signal.Message), markOf(row)
	seen := n.cluster.Add(drain.Origin{Source: source, Service: row.Get(signal.Service)}, message)
	t := seen.Template
	if seen.New {
		t.First = clock.Micro(s.Clock.Now())
		if learning := s.learns(t.Origin, t.First); !learning && !t.CatchAll() && !s.knew(t.Origin, message, clock.Micro(row.Time)) {
			n.marks[t.ID] = mark
		}
	}
	if seen.New || seen.Wider || row.Time.Sub(t.Last) > seenEvery {
		t.Last = later(t.Last, clock.Micro(row.Time))
		n.unsaved[t.ID] = t
	}
	if len(n.unsaved) > 0 {
		if err := s.storeNews(ctx); err != nil {
			return "", false, fmt.Errorf("a pattern that a log rule has seen cannot be stored: %w", err)
		}
	}
	return t.Text, n.marks[t.ID] == mark, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// learns reports whether an origin is so new to everybody that each of its patterns is.
func (s *Service) learns(o drain.Origin, now time.Time) bool {
	n := &s.news
	began, ok := n.began[o]
	if !ok {
		began = now
		n.began[o] = began
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if met, ok := s.met[o]; ok && met.Before(began) {
		began = met
	}
	return now.Sub(began) < LearnFor
}

// knew reports whether the room has seen a line of the same pattern earlier.
func (s *Service) knew(o drain.Origin, message string, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster == nil {
		return false
	}
	t := s.cluster.Find(o, message)
	return t != nil && t.First.Before(at)
}

// markOf tells one line from all others.
func markOf(r signal.Row) string {
	h := sha256.New()
	var at [8]byte
	for i, n := 0, r.Time.UnixNano(); i < 8; i++ {
		at[i] = byte(n >> (8 * i))
	}
	h.Write(at[:])
	for _, f := range r.Fields {
		if f.Name != signal.Replay {
			h.Write([]byte(f.Name + "\x00" + f.Value + "\x00"))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:10])
}

type known struct {
	drain.Template
	mark string
}

func (s *Service) loadNews(ctx context.Context) error {
	n := &s.news
	if n.cluster != nil {
		return nil
	}
	var list []known
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		list, err = db.All(tx, func(r db.Scanner) (k known, err error) {
			return k, r.Scan(&k.ID, &k.Source, &k.Service, &k.Number, &k.Birth, &k.Text, &k.mark, db.Time(&k.First), db.Time(&k.Last))
		}, `SELECT id, source, service, number, birth, template, mark, first_seen, last_seen FROM pattern_known`)
		return err
	})
	if err != nil {
		return err
	}
	n.cluster, n.marks, n.unsaved = drain.New(), map[drain.ID]string{}, map[drain.ID]*drain.Template{}
	n.began = map[drain.Origin]time.Time{}
	var learnt []drain.Template
	for _, k := range list {
		learnt = append(learnt, k.Template)
		if began, ok := n.began[k.Origin]; !ok || k.First.Before(began) {
			n.began[k.Origin] = k.First
		}
		if k.mark != "" {
			n.marks[k.ID] = k.mark
		}
	}
	n.cluster.Restore(learnt)
	return nil
}

// storeNews writes what is not stored yet. What another node has stored first is new there.
func (s *Service) storeNews(ctx context.Context) error {
	n := &s.news
	type learnt struct{ text, mark string }
	var other map[drain.ID]learnt
	err := s.DB.Do(ctx, func(tx *db.Tx) error {
		other = map[drain.ID]learnt{}
		for id, t := range n.unsaved {
			l := learnt{t.Text, n.marks[id]}
			have, err := db.One(tx, func(r db.Scanner) (h learnt, err error) { return h, r.Scan(&h.text, &h.mark) },
				`SELECT template, mark FROM pattern_known WHERE id = ?`, string(id))
			if err == nil {
				l = learnt{drain.Both(t.Text, have.text), have.mark}
				other[id] = l
			} else if !errors.Is(err, db.ErrNone) {
				return err
			}
			if _, err := tx.Exec(`
				INSERT INTO pattern_known (id, source, service, number, birth, template, mark, first_seen, last_seen)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET template = excluded.template, last_seen = excluded.last_seen`,
				string(id), clean(t.Source), clean(t.Service), t.Number, clean(t.Birth), clean(l.text), l.mark, t.First, t.Last); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id, l := range other {
		n.unsaved[id].Widen(l.text)
		n.marks[id] = l.mark
		if l.mark == "" {
			delete(n.marks, id)
		}
	}
	clear(n.unsaved)
	return nil
}

// forgetNews drops what no rule has been shown for long.
func (s *Service) forgetNews(ctx context.Context, oldest time.Time) error {
	n := &s.news
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cluster == nil {
		return nil
	}
	oldest = oldest.Add(-seenEvery)
	if err := s.DB.Do(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM pattern_known WHERE last_seen < ?`, oldest)
		return err
	}); err != nil {
		return err
	}
	n.cluster.Forget(func(t *drain.Template) bool {
		if gone := t.Last.Before(oldest); gone {
			delete(n.marks, t.ID)
			return true
		}
		return false
	})
	return nil
}
