package oncall

import (
	"time"

	"mainstay/internal/domain/calendar"
	"mainstay/internal/engine/db"
)

// known is what of a roster's holes has been told.
type known struct {
	roster RosterID
	// looked is up to when holes have been looked for; zero when never.
	looked time.Time
	holes  []knownHole
}

// knownHole is a hole that somebody was told of. To is zero when no end was in sight.
type knownHole struct {
	calendar.Span
	state   State
	pattern string
}

// fresh returns the holes that nobody has been told of. A hole that lies within one that was
// told is no news unless it is worse; nor is one that has only come into sight by the passing
// of time and repeats others, such as every night.
func (k known) fresh(r *Roster, holes []Hole) []Hole {
	var out []Hole
	for _, h := range holes {
		if !k.covers(h) && !k.repeats(h, r.pattern(h)) {
			out = append(out, h)
		}
	}
	return out
}

func (k known) covers(h Hole) bool {
	for _, o := range k.holes {
		worse := o.state == Fallback && h.State == Gap
		longer := !o.To.IsZero() && (h.Endless || h.To.After(o.To))
		if !worse && !longer && !h.From.Before(o.From) {
			return true
		}
	}
	return false
}

func (k known) repeats(h Hole, pattern string) bool {
	if h.Endless || h.From.Before(k.looked) {
		return false
	}
	for _, o := range k.holes {
		if o.pattern == pattern {
			return true
		}
	}
	return false
}

func knownOf(tx *db.Tx, id RosterID) (k known, err error) {
	k.roster = id
	k.looked, err = db.One(tx, func(r db.Scanner) (at time.Time, err error) { return at, r.Scan(db.Time(&at)) },
		`SELECT looked FROM roster WHERE id = ?`, string(id))
	if err != nil {
		return k, err
	}
	k.holes, err = db.All(tx, func(r db.Scanner) (h knownHole, err error) {
		return h, r.Scan(db.Time(&h.From), db.Time(&h.To), db.Text(&h.state), &h.pattern)
	}, `SELECT starts, ends, state, pattern FROM roster_gap WHERE roster = ? ORDER BY starts`, string(id))
	return k, err
}

// keep remembers that these are all holes up to an instant, and that they have been told. What
// was told and has been closed since is forgotten: should it open again, that is news.
func (k known) keep(tx *db.Tx, r *Roster, holes []Hole, to time.Time) error {
	if _, err := tx.Exec(`DELETE FROM roster_gap WHERE roster = ? AND starts < ?`, string(k.roster), to); err != nil {
		return err
	}
	for _, h := range holes {
		end := h.To
		if h.Endless {
			end = time.Time{}
		}
		if _, err := tx.Exec(`INSERT INTO roster_gap (roster, starts, ends, state, pattern) VALUES (?, ?, ?, ?, ?)`,
			string(k.roster), h.From, end, string(h.State), r.pattern(h)); err != nil {
			return err
		}
	}
	if !to.After(k.looked) {
		return nil
	}
	_, err := tx.Exec(`UPDATE roster SET looked = ? WHERE id = ?`, to, string(k.roster))
	return err
}
