package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// Config describes an Archive. Work and Log are required, and so is Target to archive anything.
type Config struct {
	Store  *logstore.Store
	Target Target
	// Work is a directory for days that are being written and for what is restored.
	Work string
	// Clock is the one of signals; nil is the wall's.
	Clock   clock.Clock
	Version string
	Log     *slog.Logger
	// Rest is how long to rest after each slice, as a multiple of what it took; 0 means 1, so that
	// archiving takes half of one processor at most.
	Rest float64
	// Settled is how long the engine must live on before what it took is durable; 0 means
	// logstore.Settled.
	Settled time.Duration

	sliceRows int // tests read smaller slices
}

// Archive writes days to a Target and brings them back. Make it with New.
type Archive struct {
	Config
	stepping sync.Mutex // one Step at a time

	mu        sync.Mutex
	manifests []Manifest // newest first
	bad       []string   // manifests that cannot be read
	listed    time.Time  // when; zero before the first time
	asked     []Day      // to check
	checked   map[Day]Check
	working   string // what is being done, "" for nothing
	failing   string // why the last attempt failed, "" when it went well
	since     time.Time
	wait      time.Time // before then nothing is tried again
	pause     time.Duration
	held      held
}

// Check is what became of reading an archive back.
type Check struct {
	At  time.Time
	Err string // "" when it is whole
}

const (
	day       = 24 * time.Hour
	listEvery = time.Hour
	firstWait = time.Minute
	lastWait  = time.Hour
	// grace is how long after the retention a day is archived: lines that were taken just
	// before are in the engine by then.
	grace = time.Hour
	// early is the part of the disk's limit from which on days are archived before their time,
	// and crowded the one from which on it is urgent.
	early, crowded = 0.7, 0.9
)

// New returns an archive that goes on where an earlier one was.
func New(c Config) (*Archive, error) {
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	if c.Rest == 0 {
		c.Rest = 1
	}
	if c.Settled == 0 {
		c.Settled = logstore.Settled
	}
	if c.sliceRows == 0 {
		c.sliceRows = sliceRows
	}
	a := &Archive{Config: c, checked: map[Day]Check{}}
	var err error
	a.held, err = readHeld(c.Work)
	return a, err
}

// Step does what is due: a day to restore, to check or to archive. What fails is kept in the status, logged, and tried
// again after a minute, then after longer ones.
func (a *Archive) Step(ctx context.Context) (worker.Result, error) {
	if !a.stepping.TryLock() {
		return worker.Result{}, nil
	}
	defer a.stepping.Unlock()
	if a.Target == nil {
		return worker.Result{}, a.forget()
	}
	if a.Clock.Now().Before(a.waitUntil()) || !a.Store.Status().Engine.Up {
		return worker.Result{}, nil
	}
	did, err := a.step(ctx)
	if ctx.Err() != nil {
		return worker.Result{}, nil
	}
	a.note(err)
	return worker.Result{Did: did}, nil
}

func (a *Archive) step(ctx context.Context) (did int, err error) {
	defer a.doing("")
	if err := a.list(ctx); err != nil {
		return 0, err
	}
	if next, ok := a.nextAsked(); ok {
		a.check(ctx, next)
		return 1, nil
	}
	did, err = a.stepRestore(ctx)
	if did > 0 || err != nil {
		return did, err
	}
	due, err := a.Due()
	if err != nil {
		return 0, err
	}
	if len(due) == 0 {
		return a.letGo()
	}
	return 1, a.archive(ctx, due[0])
}

func (a *Archive) waitUntil() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.wait
}

func (a *Archive) doing(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.working = what
}

// note remembers how it went.
func (a *Archive) note(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.Clock.Now()
	if err == nil {
		a.failing, a.since, a.wait, a.pause = "", time.Time{}, time.Time{}, 0
		return
	}
	if a.failing == "" {
		a.since = now
	}
	a.failing = err.Error()
	a.pause = min(max(2*a.pause, firstWait), lastWait)
	a.wait = now.Add(a.pause)
	a.Log.Warn("archiving or restoring log lines failed and is tried again", "err", err, "after", a.pause)
}

// list reads what is archived, once an hour.
func (a *Archive) list(ctx context.Context) error {
	a.mu.Lock()
	fresh := !a.listed.IsZero() && a.Clock.Now().Sub(a.listed) < listEvery
	a.mu.Unlock()
	if fresh {
		return nil
	}
	all, bad, err := manifests(ctx, a.Target)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.manifests, a.bad, a.listed = all, bad, a.Clock.Now()
	return nil
}

// manifest returns what is known of a day's archive.
func (a *Archive) manifest(d Day) (Manifest, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.manifests, func(m Manifest) bool { return m.Of() == d })
	if i < 0 {
		return Manifest{}, false
	}
	return a.manifests[i], true
}

// archive writes a day, reads it back, and then its manifest.
func (a *Archive) archive(ctx context.Context, of Day) error {
	d, err := of.start()
	if err != nil {
		return err
	}
	a.doing("archiving " + of.String())
	logs := a.Store.Part(of.Class)
	closed := closes(logs, d, a.Clock.Now())
	if m, there := a.manifest(of); there && !m.Closed {
		n, err := count(ctx, logs, d.UnixNano(), d.Add(day).UnixNano())
		if err != nil {
			return err
		}
		if n <= m.Rows { // as many as then, or the engine has begun to delete them
			m.Closed, m.Created = closed, a.Clock.Now()
			return a.publish(ctx, m)
		}
	}
	p, err := openPart(a.Work, of)
	if err != nil {
		return err
	}
	m, err := a.write(ctx, p, of, d)
	if err != nil {
		err = errors.Join(err, p.close())
		if errors.Is(err, errChanged) {
			err = errors.Join(err, p.remove())
		}
		return err
	}
	m.Closed = closed
	if err := a.put(ctx, p, m); err != nil {
		return errors.Join(err, p.close())
	}
	if err := m.check(ctx, a.Target, eachRow); err != nil {
		return errors.Join(fmt.Errorf("what was written reads back differently: %w", err), p.close(), p.remove())
	}
	if err := a.publish(ctx, m); err != nil {
		return errors.Join(err, p.close())
	}
	a.Log.Info("a day of log lines was archived", "day", of.String(), "lines", m.Rows, "bytes", m.Packed, "to", a.Target.String())
	return errors.Join(p.close(), p.remove())
}

// write reads what the part does not have yet and compares it with the engine's own count.
func (a *Archive) write(ctx context.Context, p *part, of Day, d time.Time) (Manifest, error) {
	logs := a.Store.Part(of.Class)
	to := d.Add(day).UnixNano()
	began := a.Clock.Now()
	r := &reader{logs: logs, rows: a.sliceRows, bytes: sliceBytes, emit: func(next int64, lines []line) error {
		if err := p.add(next, lines); err != nil || len(lines) == 0 {
			return err
		}
		rest := time.Duration(a.Rest * float64(a.Clock.Now().Sub(began)))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.Clock.After(min(rest, time.Minute)):
		}
		began = a.Clock.Now()
		return nil
	}}
	for from := p.Next; from < to; from = p.Next { // an hour at a time: counting a whole day again and again takes longer
		if err := r.read(ctx, from, min(time.Unix(0, from).Truncate(time.Hour).Add(time.Hour).UnixNano(), to)); err != nil {
			return Manifest{}, err
		}
	}
	n, err := count(ctx, logs, d.UnixNano(), to)
	if err != nil {
		return Manifest{}, err
	}
	if n != p.Rows {
		return Manifest{}, fmt.Errorf("%w: the engine counts %d on %s, and %d were read", errChanged, n, of, p.Rows)
	}
	sum, err := hashOf(p.file)
	return Manifest{
		Format: format, Day: of.Date, Class: classOf(of), Rows: p.Rows, First: time.Unix(0, p.First).UTC(), Last: time.Unix(0, p.Last).UTC(),
		Raw: p.Raw, Packed: p.Packed, SHA256: sum, Filter: "*", Created: a.Clock.Now(), Version: a.Version,
	}.named(), err
}

// classOf is the class as manifests have it: none for standard lines, as before there were classes.
func classOf(d Day) signal.Class {
	if d.Class == signal.Standard {
		return ""
	}
	return d.Class
}

func (m Manifest) named() Manifest {
	m.File = m.fileName()
	return m
}

func hashOf(f *os.File) (string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err := io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), err
}

func (a *Archive) put(ctx context.Context, p *part, m Manifest) error {
	return a.Target.Put(ctx, m.File, m.Packed, io.NewSectionReader(p.file, 0, m.Packed))
}

// publish writes the manifest, which makes the archive count.
func (a *Archive) publish(ctx context.Context, m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := a.Target.Put(ctx, nameOf(m.Of()), int64(len(text)), bytes.NewReader(text)); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.manifests = slices.DeleteFunc(a.manifests, func(o Manifest) bool { return o.Of() == m.Of() })
	i, _ := slices.BinarySearchFunc(a.manifests, m, newestFirst)
	a.manifests = slices.Insert(a.manifests, i, m)
	return nil
}

// archivesOf are the archives of a date, one for each class that had lines.
func (a *Archive) archivesOf(date string) (all []Manifest, err error) {
	if a.Target == nil {
		return nil, errs.Conflictf("nothing is archived here: start the server with --logs-archive")
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return nil, errs.Invalidf("the day must be like 2026-01-31, not %q", date)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range a.manifests {
		if m.Day == date {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil, errs.NotFoundf("there is no archive of %s in %s", date, a.Target)
	}
	return all, nil
}
