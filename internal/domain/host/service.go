package host

import (
	"context"
	"strings"
	"sync"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Config is what a Service needs.
type Config struct{ DB *db.DB }

// Service keeps inventories and compares them with rolls.
type Service struct {
	Config

	mu       sync.Mutex
	compared map[pair]comparison
}

// New returns the room's service.
func New(c Config) *Service { return &Service{Config: c, compared: map[pair]comparison{}} }

// Hosts lists hosts with their roots: those with a silent root first, then by name.
func (s *Service) Hosts(ctx context.Context, by actor.Actor, words string) (list []Host, err error) {
	if err := people.Allow(by, people.HostRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err = hosts(tx, words)
		return err
	})
	return list, err
}

// Host returns one host.
func (s *Service) Host(ctx context.Context, by actor.Actor, name string) (h Host, err error) {
	if err := people.Allow(by, people.HostRead, people.Target{}); err != nil {
		return h, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		h, err = byName(tx, name)
		return err
	})
	return h, err
}

// Forgot is the payload of host.forgotten.
type Forgot struct {
	Name string `json:"name"`
}

// Forget removes a host that is gone, with all that was known of it. It comes back when it sends
// an inventory again.
func (s *Service) Forget(ctx context.Context, by actor.Actor, name string) error {
	if err := people.Allow(by, people.HostWrite, people.Target{}); err != nil {
		return err
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		h, err := byName(tx, name)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM host WHERE id = ?`, string(h.ID)); err != nil {
			return err
		}
		return ledger.Append(tx, by, Record(h.ID), "host.forgotten", Forgot{h.Name})
	})
}

// Where narrows what is asked of a host.
type Where struct {
	Root  string // "" for all
	Words string // part of a path, without regard to case; "" for all
}

type fileCursor struct{ Root, Key string }

// Located is a file and the root below which it lies.
type Located struct {
	Root string
	File
}

// Files lists the files of a host by root and path.
func (s *Service) Files(ctx context.Context, by actor.Actor, name string, w Where, r page.Request) (list page.List[Located], err error) {
	if err := people.Allow(by, people.HostRead, people.Target{}); err != nil {
		return list, err
	}
	var after fileCursor
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		h, err := byName(tx, name)
		if err != nil {
			return err
		}
		var rows []Located
		for _, root := range h.Roots {
			if w.Root != "" && root.Path != w.Root || root.Path < after.Root {
				continue
			}
			key := ""
			if root.Path == after.Root {
				key = after.Key
			}
			found, err := filesOf(tx, root, key, w.Words, r.Size()+1-len(rows))
			if err != nil {
				return err
			}
			for _, f := range found {
				rows = append(rows, Located{root.Path, f})
			}
			if len(rows) > r.Size() {
				break
			}
		}
		list = page.Of(rows, r, func(f Located) any { return fileCursor{f.Root, keyOf(f.Path)} })
		return nil
	})
	return list, err
}

type changeCursor struct {
	Seen      int64
	Root, Key string
}

// Changes lists what changed on a host, the latest first.
func (s *Service) Changes(ctx context.Context, by actor.Actor, name string, w Where, r page.Request) (list page.List[Change], err error) {
	if err := people.Allow(by, people.HostRead, people.Target{}); err != nil {
		return list, err
	}
	var after changeCursor
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		h, err := byName(tx, name)
		if err != nil {
			return err
		}
		rows, err := changesOf(tx, h.ID, w, after, r.Size()+1)
		list = page.Of(rows, r, func(c Change) any { return changeCursor{c.Seen.UnixMicro(), c.Root, keyOf(c.Path)} })
		return err
	})
	return list, err
}

// keptFor is how long changes are kept; sweepSize how many go in one transaction.
const (
	keptFor   = 400 * 24 * time.Hour
	sweepSize = 5_000
)

// Sweep removes changes that have been kept long enough. Run it every hour.
func (s *Service) Sweep(ctx context.Context) (worker.Result, error) {
	var gone int64
	err := s.DB.Do(ctx, func(tx *db.Tx) (err error) {
		gone, err = tx.Exec(`
			DELETE FROM host_change WHERE (root, path_key, generation) IN (
				SELECT root, path_key, generation FROM host_change WHERE seen < ? ORDER BY seen LIMIT ?)`,
			tx.Now().Add(-keptFor), sweepSize)
		return err
	})
	return worker.Result{Did: int(gone)}, err
}

// contains is the pattern of LIKE for a part of a text; the text is compared in lower case.
func contains(words string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(words)) + "%"
}

func notFound(name string) error {
	return errs.NotFoundf("nothing is known of a host %q: it has sent no inventory", name)
}
