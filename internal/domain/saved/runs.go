package saved

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
)

// Run is a slot that is over or under way, for its page.
type Run struct {
	Slot, Finished time.Time
	State          string // due sent empty failed stopped
	Trouble        string

	// A report that was made is not yet one that arrived. Of the people it goes to: how many have it,
	// for how many it waits, and how many no channel reached; Reason is why not, of one of them.
	Arrived, Waiting, Lost int
	Reason                 string
}

// Runs returns the latest slots of a search's report, the newest first.
func (s *Service) Runs(ctx context.Context, by actor.Actor, name string) (out []Run, err error) {
	if err := people.Allow(by, people.SearchRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		it, err := s.Searches.seen(tx, by, name)
		if err != nil {
			return err
		}
		out, err = runs(tx, it.ID, 10)
		return err
	})
	return out, err
}

// LastRuns returns the latest slot of every report whose search somebody sees. A report that was
// never due has none.
func (s *Service) LastRuns(ctx context.Context, by actor.Actor) (out map[ID]Run, err error) {
	if err := people.Allow(by, people.SearchRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out = map[ID]Run{}
		ids, err := db.All(tx, func(r db.Scanner) (id ID, err error) { return id, r.Scan(db.Text(&id)) }, `
			SELECT DISTINCT r.search FROM saved_run r JOIN saved s ON s.id = r.search WHERE NOT s.private OR s.owner = ?`, by.ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			list, err := runs(tx, id, 1)
			if err != nil {
				return err
			}
			for _, r := range list {
				out[id] = r
			}
		}
		return nil
	})
	return out, err
}

// runs reads slots of one search with what became of their messages.
func runs(tx *db.Tx, of ID, limit int) ([]Run, error) {
	out, err := db.All(tx, func(r db.Scanner) (x Run, err error) {
		return x, r.Scan(db.Time(&x.Slot), db.Time(&x.Finished), &x.State, &x.Trouble)
	}, `SELECT slot, finished, state, trouble FROM saved_run WHERE search = ? ORDER BY slot DESC LIMIT ?`, string(of), limit)
	if err != nil || len(out) == 0 {
		return out, err
	}
	messages, err := outbox.Latest(tx, outbox.Filter{Record: SearchRecord(of), Kind: reportKind}, "", mostMessages)
	for i := range out {
		out[i].delivered(of, messages)
	}
	return out, err
}

// mostMessages is how many messages about one report are looked at: those of its latest slots.
const mostMessages = 500

// dedup names the message of a slot for one person; notify adds the further methods that it tries.
func dedup(of ID, slot time.Time, person people.UserID) string {
	return fmt.Sprintf("report/%s/%d/%s", of, slot.UnixMicro(), person)
}

// delivered counts the people whom the slot's messages reached. One message that arrived is enough for a person.
func (r *Run) delivered(of ID, all []outbox.Message) {
	best := map[string]outbox.Message{}
	for _, m := range all {
		if !strings.HasPrefix(m.Dedup, dedup(of, r.Slot, "")) {
			continue
		}
		if was, known := best[m.Person]; !known || standing(m) > standing(was) {
			best[m.Person] = m
		}
	}
	for _, m := range best {
		switch standing(m) {
		case 2:
			r.Arrived++
		case 1:
			r.Waiting++
		default:
			r.Lost++
		}
		if m.State != outbox.Sent && m.Reason != "" {
			r.Reason = m.Reason
		}
	}
}

// standing is 2 for a message that arrived, 1 for one that may yet, 0 for one that will not.
func standing(m outbox.Message) int {
	switch m.State {
	case outbox.Sent:
		return 2
	case outbox.Queued, outbox.Sending:
		return 1
	case outbox.Failed, outbox.Replaced:
	}
	return 0
}
