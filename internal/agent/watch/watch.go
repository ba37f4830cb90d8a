// Package watch tells when files of watched directories are created, changed or deleted.
//
// A baseline holds what was there at the last look: path, size, mode, owner, time of change and
// SHA-256. Each look compares, writes a new baseline, and puts one event for each difference into
// the disk buffer before the baseline counts, so that a crash repeats events and loses none. The
// first look makes the baseline and reports nothing.
//
// Baselines lie on disk in the order of paths and are compared as they are read, so memory is
// bounded by the largest single folder and not by the directory. A file is read only when its size,
// time of change, mode, owner or identity is another than before, and then not faster than the
// configured rate.
//
// Links are watched for where they lead to (the hash is that of the target's name) and not
// followed. A folder that cannot be read keeps what the baseline says of it: unknown is not deleted.
package watch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"mainstay/internal/agent/keep"
	"mainstay/internal/agent/line"
	"mainstay/internal/agent/ship"
	"mainstay/internal/base/clock"
)

// Root is one watched directory.
type Root struct {
	Path string
	// Include and Exclude are patterns of paths below Path; without Include everything is watched.
	Include, Exclude []string
	// Every is the pause between two looks.
	Every time.Duration
	// Rate bounds the reading, in bytes per second; 0 is no bound.
	Rate int64
	// Fields are added to every event.
	Fields []line.Field
}

// InventoryEvery is how often an inventory is posted that has not changed.
const InventoryEvery = 24 * time.Hour

// Config says what is needed to watch one directory.
type Config struct {
	Root
	Host string
	// Dir holds the baseline.
	Dir    string
	Buffer interface{ Append(lines []byte) error }
	Sender *ship.Sender
	Clock  clock.Clock
	Log    *slog.Logger
}

// Watcher watches one directory. It is not safe for concurrent use.
type Watcher struct {
	Config
	owners owners
	state  state
	looked time.Time
	base   string // the names of its files begin with this
}

// state is what the watcher remembers beside the baseline.
type state struct {
	Root string `json:"root"`
	// Taken is the instant of the look that made the baseline, zero before the first.
	Taken time.Time `json:"taken"`
	// Sum is the hash of the baseline, Posted that of the inventory that the server has, and
	// PostedAt when it was posted.
	Sum      string    `json:"sum"`
	Posted   string    `json:"posted"`
	PostedAt time.Time `json:"posted_at"`
}

// New returns a watcher that goes on from its baseline.
func New(c Config) (*Watcher, error) {
	if err := keep.Dir(c.Dir); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(c.Path))
	w := &Watcher{Config: c, owners: owners{}, base: filepath.Join(c.Dir, hex.EncodeToString(sum[:8]))}
	var err error
	w.state, _, err = keep.Load[state](w.stateFile())
	w.state.Root = c.Path
	return w, err
}

func (w *Watcher) stateFile() string { return w.base + ".json" }
func (w *Watcher) baseline() string  { return w.base + ".baseline" }

// Step looks at the directory when it is time to and posts the inventory when it has to be. It
// returns when it wants to run again.
func (w *Watcher) Step(ctx context.Context) (time.Time, error) {
	now := w.Clock.Now()
	if w.looked.IsZero() || !now.Before(w.looked.Add(w.Every)) {
		if err := w.look(ctx, now); err != nil {
			return now.Add(time.Minute), err
		}
		w.looked = now
	}
	next := w.looked.Add(w.Every)
	if !w.due(now) {
		return next, nil
	}
	if ready := w.Sender.Ready(); ready.After(now) {
		return earlier(next, ready), nil
	}
	if err := w.post(ctx, now); err != nil {
		return next, err
	}
	if ready := w.Sender.Ready(); ready.After(now) {
		next = earlier(next, ready)
	}
	return next, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (w *Watcher) due(now time.Time) bool {
	return w.state.Posted != w.state.Sum || !now.Before(w.state.PostedAt.Add(InventoryEvery))
}

// look compares the directory with the baseline.
func (w *Watcher) look(ctx context.Context, now time.Time) (err error) {
	out, err := os.CreateTemp(w.Dir, filepath.Base(w.baseline())+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) //nolint:errcheck // it is renamed when all went well
	defer out.Close()
	old, err := openBaseline(w.baseline())
	if err != nil {
		return err
	}
	defer old.close()
	l := look{watcher: w, ctx: ctx, now: now, old: old, out: newWriter(out), first: w.state.Taken.IsZero(),
		pace: pace{rate: w.Rate, clock: w.Clock}}
	if err := l.run(); err != nil {
		return err
	}
	sum, err := l.out.finish()
	if err != nil {
		return err
	}
	if sum == w.state.Sum && !l.first {
		return nil
	}
	if err := keep.Replace(out, w.baseline()); err != nil {
		return err
	}
	w.state.Taken, w.state.Sum = now, sum
	return keep.Save(w.stateFile(), w.state)
}

// post sends the inventory. What the server refuses is tried again after a day, or when it changes.
func (w *Watcher) post(ctx context.Context, now time.Time) error {
	outcome, why := w.Sender.Send(ctx, ship.Body{
		Path: "/api/v1/hosts/" + url.PathEscape(w.Host) + "/files",
		Type: "application/json",
		Open: func() (io.ReadCloser, error) { return w.inventory() },
	})
	switch outcome {
	case ship.Later:
		return nil
	case ship.Refused, ship.TooLarge:
		w.Log.Error("the server refuses the inventory of a watched directory", "root", w.Path, "why", why)
	case ship.Stored:
	}
	w.state.Posted, w.state.PostedAt = w.state.Sum, now
	return keep.Save(w.stateFile(), w.state)
}

// inventory returns the baseline as the server wants it, written as it is read.
func (w *Watcher) inventory() (io.ReadCloser, error) {
	old, err := openBaseline(w.baseline())
	if err != nil {
		return nil, err
	}
	pr, pw := io.Pipe()
	go func() {
		err := writeInventory(pw, w.state, old)
		old.close()
		pw.CloseWithError(err) // nil means the end
	}()
	return pr, nil
}

// listed is one file of an inventory.
type listed struct {
	Path     string    `json:"path"`
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"size"`
	Mode     string    `json:"mode"`
	Owner    string    `json:"owner"`
	Modified time.Time `json:"modified"`
}

func writeInventory(to io.Writer, s state, old *reader) error {
	head, err := json.Marshal(struct {
		Root  string    `json:"root"`
		Taken time.Time `json:"taken"`
	}{s.Root, s.Taken})
	if err != nil {
		return err
	}
	if _, err := to.Write(append(head[:len(head)-1], `,"files":[`...)); err != nil {
		return err
	}
	for comma := false; old.more; comma = true {
		text, err := json.Marshal(listed{old.now.Path, old.now.SHA256, old.now.Size, old.now.Mode, old.now.Owner, old.now.Modified})
		if err != nil {
			return err
		}
		if comma {
			text = append([]byte{','}, text...)
		}
		if _, err := to.Write(text); err != nil {
			return err
		}
		if err := old.next(); err != nil {
			return err
		}
	}
	_, err = io.WriteString(to, "]}")
	return err
}

// event is the log line of one difference; before is the zero Entry for what is new, after for what
// is gone.
func (w *Watcher) event(now time.Time, name string, before, after entry) []byte {
	e := after
	if after.Path == "" {
		e = before
	}
	sum, old := after.SHA256, before.SHA256
	path := filepath.Join(w.Path, filepath.FromSlash(e.Path))
	return line.Append(nil, append([]line.Field{
		{Name: "_time", Value: now.Format(time.RFC3339Nano)},
		{Name: "_msg", Value: name + " " + path},
		{Name: "host", Value: w.Host},
		{Name: "file", Value: w.Path},
		{Name: "event", Value: name},
		{Name: "path", Value: path},
		{Name: "sha256", Value: sum},
		{Name: "old_sha256", Value: old},
		{Name: "size", Value: strconv.FormatInt(e.Size, 10)},
		{Name: "mode", Value: e.Mode},
		{Name: "owner", Value: e.Owner},
		{Name: "modified", Value: e.Modified.Format(time.RFC3339Nano)},
	}, w.Fields...))
}

var errStopped = errors.New("stopped while a file was read")
