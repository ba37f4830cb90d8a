package host

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Inventory is what somebody says lies below a directory of a host.
type Inventory struct {
	Host, Root string
	Taken      time.Time // when it was looked at; zero means now
	// Files are read once. An error among them ends the reading, and nothing of the inventory counts.
	Files iter.Seq2[File, error]
}

// Summary says what an inventory was, compared with the one before.
type Summary struct {
	Files                     int64
	First                     bool // there was none before
	Created, Changed, Deleted int
}

// differs reports whether anything was different.
func (s Summary) differs() bool { return s.First || s.Created+s.Changed+s.Deleted > 0 }

// Differed is the payload of host.files-changed, and of host.files-known, which is the first
// inventory of a root. Paths are the first of those that differ, each with what became of it.
type Differed struct {
	Host    string  `json:"host"`
	Root    string  `json:"root"`
	Files   int64   `json:"files"`
	Created int     `json:"created,omitempty"`
	Changed int     `json:"changed,omitempty"`
	Deleted int     `json:"deleted,omitempty"`
	Paths   []Named `json:"paths,omitempty"`
}

// Named is one path of an event.
type Named struct {
	Path string `json:"path"`
	What Kind   `json:"what"`
}

// namedPaths is how many paths an event names.
const namedPaths = 50

// Receive stores the inventory of a root in place of the one before. Only when all of it has been
// read and stored does any of it count. An Unavailable error says that another inventory of the same
// root is on its way.
func (s *Service) Receive(ctx context.Context, by actor.Actor, in Inventory) (Summary, error) {
	if err := people.Allow(by, people.LogSend, people.Target{}); err != nil {
		return Summary{}, err
	}
	if err := in.check(); err != nil {
		return Summary{}, err
	}
	u := &upload{db: s.DB, ctx: ctx, by: by, in: in, seen: map[[16]byte]struct{}{}}
	if err := u.begin(); err != nil {
		return Summary{}, err
	}
	err := u.read()
	if err == nil {
		err = u.deletions()
	}
	if err == nil {
		err = u.finish()
	}
	if err != nil {
		u.abandon()
		return Summary{}, err
	}
	u.purge()
	return u.sum, nil
}

func (in Inventory) check() error {
	if err := checkHost(in.Host); err != nil {
		return err
	}
	var c errs.Check
	if problem := checkRoot(in.Root); problem != "" {
		c.Add("root", "%s", problem)
	}
	if !in.Taken.IsZero() {
		clock.Check(&c, "taken", in.Taken)
	}
	return c.Err("the inventory")
}

// upload is an inventory on its way into the database.
type upload struct {
	db    *db.DB
	ctx   context.Context //nolint:containedctx // it lives as long as the request
	by    actor.Actor
	in    Inventory
	host  ID
	root  Root
	token string
	now   time.Time // when it began
	batch []File
	seen  map[[16]byte]struct{} // hashes of the keys so far: a path may stand there once
	known int64                 // how many of them were in the inventory before
	bytes int64
	paths []Named
	sum   Summary
}

// batchSize is how many files are stored in one transaction: some 20 ms on SQLite, in which nobody
// else can write.
const batchSize = 1000

// read stores the files as they arrive.
func (u *upload) read() error {
	i := 0
	for f, err := range u.in.Files {
		if err != nil {
			return err
		}
		if err := u.take(i, f); err != nil {
			return err
		}
		i++
	}
	return u.flush()
}

func (u *upload) take(i int, f File) error {
	f, field, problem := f.normal()
	if problem != "" {
		return refused(i, field, problem)
	}
	if i == MaxFiles {
		return refused(i, "path", fmt.Sprintf("is too many: an inventory has up to %d files; let the agent watch less", MaxFiles))
	}
	sum := sha256.Sum256([]byte(keyOf(f.Path)))
	id := [16]byte(sum[:])
	if _, twice := u.seen[id]; twice {
		if strings.ContainsRune(f.Path, '\uFFFD') { // names that are not UTF-8 become alike
			return nil
		}
		return refused(i, "path", "stands there twice")
	}
	u.seen[id] = struct{}{}
	u.bytes += f.Size
	u.sum.Files++
	if u.batch = append(u.batch, f); len(u.batch) < batchSize {
		return nil
	}
	return u.flush()
}

func refused(i int, field, problem string) error {
	return &errs.E{Kind: errs.Invalid, Message: "the inventory is not valid",
		Fields: []errs.Field{{Path: fmt.Sprintf("files[%d].%s", i, field), Message: problem}}}
}

// flush stores what of the batch is not as it was.
func (u *upload) flush() error {
	before := map[string]File{}
	if u.root.generation > 0 {
		err := u.db.View(u.ctx, func(tx *db.Tx) (err error) {
			before, err = filesNamed(tx, u.root, u.batch)
			return err
		})
		if err != nil {
			return err
		}
	}
	u.known += int64(len(before))
	var changes []Change
	for _, f := range u.batch {
		switch old, known := before[f.Path]; {
		case !known:
			changes = append(changes, Change{Kind: Created, File: f})
		case f.differs(old):
			changes = append(changes, Change{Kind: Changed, File: f, OldSHA256: old.SHA256})
		}
	}
	u.batch = u.batch[:0]
	return u.stage(changes)
}

// deletions finds the files of the inventory before that this one has not.
func (u *upload) deletions() error {
	for after := ""; u.known < u.root.Files; {
		var files []File
		err := u.db.View(u.ctx, func(tx *db.Tx) (err error) {
			files, err = filesOf(tx, u.root, after, "", batchSize)
			return err
		})
		if err != nil || len(files) == 0 {
			return err
		}
		var gone []Change
		for _, f := range files {
			after = keyOf(f.Path)
			sum := sha256.Sum256([]byte(after))
			if _, there := u.seen[[16]byte(sum[:])]; !there {
				old := f.SHA256
				f.SHA256 = ""
				gone = append(gone, Change{Kind: Deleted, File: f, OldSHA256: old})
			}
		}
		if err := u.stage(gone); err != nil {
			return err
		}
	}
	return nil
}

// note counts changes and remembers the first.
func (u *upload) note(changes []Change) {
	if u.root.generation == 0 {
		return
	}
	for _, c := range changes {
		switch c.Kind {
		case Created:
			u.sum.Created++
		case Changed:
			u.sum.Changed++
		case Deleted:
			u.sum.Deleted++
		}
		if len(u.paths) < namedPaths {
			u.paths = append(u.paths, Named{c.Path, c.Kind})
		}
	}
}

// stage writes changes into the generation that is to come. Nobody sees them yet, and the upload's
// token keeps others from writing to it, so no more is needed than Claim.
func (u *upload) stage(changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	err := u.db.Claim(u.ctx, func(tx *db.Tx) error {
		if err := u.hold(tx, `UPDATE host_root SET upload_at = ? WHERE id = ? AND upload = ?`, tx.Now()); err != nil {
			return err
		}
		return writeChanges(tx, u.root, u.now, changes)
	})
	if err == nil {
		u.note(changes)
	}
	return err
}

// hold runs an update of the root that needs the upload to be still the present one.
func (u *upload) hold(tx *db.Tx, update string, args ...any) error {
	n, err := tx.Exec(update, append(args, string(u.root.ID), u.token)...)
	if err == nil && n == 0 {
		err = errs.Unavailablef("another inventory of %s on %s came in between: send this one again", u.in.Root, u.in.Host)
	}
	return err
}

// finish makes the new generation the present one.
func (u *upload) finish() error {
	u.sum.First = u.root.generation == 0
	return u.db.Do(u.ctx, func(tx *db.Tx) error {
		generation, changed, taken := u.root.generation, u.root.Changed, u.in.Taken
		if u.sum.differs() {
			generation, changed = generation+1, u.now
		}
		if taken.IsZero() {
			taken = tx.Now()
		}
		err := u.hold(tx, `
			UPDATE host_root SET generation = ?, files = ?, bytes = ?, taken = ?, received = ?, changed = ?, sender = ?, upload = '', upload_at = NULL
			WHERE id = ? AND upload = ?`, generation, u.sum.Files, u.bytes, clock.Micro(taken), tx.Now(), changed, u.by.Name)
		if err != nil {
			return err
		}
		return u.tell(tx)
	})
}

// tell writes the event. An inventory that says what was known already has none, unless nothing had
// been heard for long.
func (u *upload) tell(tx *db.Tx) error {
	d := Differed{Host: u.in.Host, Root: u.in.Root, Files: u.sum.Files, Created: u.sum.Created, Changed: u.sum.Changed, Deleted: u.sum.Deleted, Paths: u.paths}
	kind := "host.files-changed"
	switch {
	case u.sum.First:
		kind = "host.files-known"
	case !u.sum.differs() && u.root.Silent(tx.Now()):
		kind = "host.heard-again"
	case !u.sum.differs():
		return nil
	}
	return ledger.Append(tx, u.by, Record(u.host), kind, d)
}
