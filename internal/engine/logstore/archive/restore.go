package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/valyala/fastjson"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// held are the days that were brought back. It is a file, so that a restore goes on after a crash.
type held struct {
	Days []Restoring `json:"days"`
}

// until is when the store may let restored days go, zero when it keeps none.
func (h held) until() (until time.Time) {
	for _, r := range h.Days {
		if r.Held && r.Until.After(until) {
			until = r.Until
		}
	}
	return until
}

// over reports whether the time of some day is over: of all that the store keeps, as they go together, or of one
// that it does not.
func (h held) over(now time.Time) bool { return len(h.rest(now)) < len(h.Days) }

// rest are the days whose time is not over.
func (h held) rest(now time.Time) (rest []Restoring) {
	until := h.until()
	for _, r := range h.Days {
		if r.Held && now.Before(until) || !r.Held && now.Before(r.Until) {
			rest = append(rest, r)
		}
	}
	return rest
}

const (
	heldFile   = "restored.json"
	maxHold    = 90 * day
	restoreTry = 3
)

func readHeld(work string) (h held, err error) {
	text, err := os.ReadFile(filepath.Join(work, heldFile))
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, fmt.Errorf("which days were restored cannot be read from %s: %w", filepath.Join(work, heldFile), err)
	}
	return h, nil
}

// HeldFor is how long the store must keep lines at least, because days were restored: what a store
// is opened with, before there is an Archive.
func HeldFor(work string) (map[signal.Class]time.Duration, error) {
	h, err := readHeld(work)
	return h.keep(), err
}

// keep is, for each class, the age that its oldest restored day has when it may go.
func (h held) keep() map[signal.Class]time.Duration {
	keep := map[signal.Class]time.Duration{}
	until := h.until()
	for _, r := range h.Days {
		at, err := r.Of().start()
		if err == nil && r.Held {
			class := r.Of().Class
			keep[class] = max(keep[class], until.Sub(at)+2*day) // the engine counts in whole days
		}
	}
	return keep
}

// Restore brings a day back for some time, the lines of all classes. The work is done by the next Steps: first they
// read the archive, and only when it is whole the store keeps the day, and so all other days of those classes for longer too. Lines of a class that is not there any
// more come back as standard ones.
func (a *Archive) Restore(date string, hold time.Duration) error {
	all, err := a.archivesOf(date)
	if err != nil {
		return err
	}
	if hold < day || hold > maxHold {
		return errs.Invalidf("a restored day is kept for 1 to %d days", maxHold/day)
	}
	if err := a.fit(date, all); err != nil {
		return err
	}
	a.mu.Lock()
	var h held
	for _, m := range all {
		r := Restoring{Day: m.Day, Class: m.Class, Until: a.Clock.Now().Add(hold)}
		for _, was := range a.held.Days {
			switch {
			case was.Day != date:
				continue
			case was.Of() == r.Of() && was.Held: // it stays at least as long as was promised
				r.Held = true
				if was.Until.After(r.Until) {
					r.Until = was.Until
				}
			}
		}
		h.Days = append(h.Days, r)
	}
	h.Days = append(slices.DeleteFunc(slices.Clone(a.held.Days), func(r Restoring) bool { return r.Day == date }), h.Days...)
	a.wait = time.Time{}
	a.mu.Unlock()
	return a.setHeld(h)
}

// fit refuses a day for which there is no room. A day takes about as much in the store as its archive, seldom twice that.
func (a *Archive) fit(date string, all []Manifest) error {
	packed := int64(0)
	for _, m := range all {
		packed += m.Packed
	}
	if free, ok := a.Store.Free(); ok && free < 2*packed {
		return errs.Conflictf("the disk has no room for %s: it may take %d MB and %d MB are free", date, 2*packed>>20, free>>20)
	}
	for _, m := range all {
		p := a.Store.Part(m.Of().Class)
		if p.MaxDisk == 0 {
			continue
		}
		total, err := taken(p)
		if err != nil {
			return err
		}
		if total+2*m.Packed > p.MaxDisk {
			return errs.Conflictf("%s does not fit into what %s log lines may take on the disk, and the engine would delete it at once: raise --logs-max-disk%s",
				date, p.Class, suffixOf(p.Class))
		}
	}
	return nil
}

// suffixOf ends the names of options of a class.
func suffixOf(class signal.Class) string {
	if class == signal.Standard {
		return ""
	}
	return "-" + string(class)
}

// taken is how many bytes the lines of a part take.
func taken(p *logstore.Part) (total int64, err error) {
	days, err := p.Days()
	for _, d := range days {
		total += d.Bytes
	}
	return total, err
}

func (a *Archive) setHeld(h held) error {
	if err := os.MkdirAll(a.Work, 0o700); err != nil {
		return err
	}
	if err := writeNotes(filepath.Join(a.Work, heldFile), h); err != nil {
		return err
	}
	a.mu.Lock()
	a.held = h
	a.mu.Unlock()
	keep := map[*logstore.Part]time.Duration{}
	for class, d := range h.keep() {
		p := a.Store.Part(class)
		keep[p] = max(keep[p], d)
	}
	for _, p := range a.Store.Parts() {
		if err := p.Keep(keep[p]); err != nil {
			return err
		}
	}
	return nil
}

// stepRestore brings back one day that is not back yet, or lets all go whose time is over.
func (a *Archive) stepRestore(ctx context.Context) (did int, err error) {
	a.mu.Lock()
	h := held{slices.Clone(a.held.Days)}
	a.mu.Unlock()
	if h.over(a.Clock.Now()) {
		return a.release(h)
	}
	i := slices.IndexFunc(h.Days, func(r Restoring) bool { return !r.Done && r.Err == "" })
	if i < 0 {
		return 0, nil
	}
	was := h.Days[i]
	r := was
	if r.Held {
		err = a.bringBack(ctx, &r)
	} else {
		err = a.take(ctx, &r)
	}
	switch {
	case err == nil:
	case errs.Is(err, errs.Invalid) || errs.Is(err, errs.NotFound): // no other try would end otherwise
		r.Err = err.Error()
		a.Log.Error("a day of log lines cannot be restored", "day", r.Of().String(), "err", err)
	default:
		return 0, err
	}
	return 1, a.replace(was, r)
}

// take reads the archive of a day that is to come back. When it is whole the store is to keep the day.
func (a *Archive) take(ctx context.Context, r *Restoring) error {
	a.doing("checking " + r.Of().String())
	m, err := readManifest(ctx, a.Target, r.Of())
	if err == nil {
		err = m.check(ctx, a.Target, eachRow)
	}
	r.Held = err == nil
	return err
}

func (a *Archive) bringBack(ctx context.Context, r *Restoring) error {
	a.doing("restoring " + r.Of().String())
	sent, err := a.restore(ctx, r.Of())
	if err != nil {
		return err
	}
	r.Done, r.Rows = true, r.Rows+sent
	a.Log.Info("a day of log lines was restored", "day", r.Of().String(), "lines", sent, "until", r.Until)
	return nil
}

// replace notes how far a day is. When it was asked for once more meanwhile it is looked at once more, and found to be there.
func (a *Archive) replace(was, now Restoring) error {
	a.mu.Lock()
	days := slices.Clone(a.held.Days)
	a.mu.Unlock()
	if i := slices.Index(days, was); i >= 0 {
		days[i] = now
		return a.setHeld(held{days})
	}
	return nil
}

// release lets the engine delete what is older than the retention again, once every such day is in an archive.
func (a *Archive) release(h held) (int, error) {
	due, err := a.Due()
	if err != nil || len(due) > 0 {
		return 0, err
	}
	a.Log.Info("the time of restored days is over; the log engine may delete them")
	return 1, a.setHeld(held{h.rest(a.Clock.Now())})
}

// forget lets restored days go where nothing is archived any more.
func (a *Archive) forget() error {
	a.mu.Lock()
	h := held{slices.Clone(a.held.Days)}
	a.mu.Unlock()
	if !h.over(a.Clock.Now()) {
		return nil
	}
	return a.setHeld(held{h.rest(a.Clock.Now())})
}

// restore sends what of a day is not in the store, until nothing is missing and the engine has lived on long enough to have
// it on its disk. It returns how many lines it sent.
func (a *Archive) restore(ctx context.Context, d Day) (sent int64, err error) {
	m, err := readManifest(ctx, a.Target, d)
	if err != nil {
		return 0, err
	}
	if err := m.check(ctx, a.Target, eachRow); err != nil { // nothing of a damaged archive is sent
		return 0, err
	}
	p := a.Store.Part(d.Class)
	for range restoreTry {
		engine := p.Condition()
		if !engine.Up {
			return sent, errs.Unavailablef("the log engine is down: %s", engine.Reason)
		}
		n, err := a.sendMissing(ctx, p, m)
		if sent += n; err != nil {
			return sent, err
		}
		if n > 0 {
			select {
			case <-ctx.Done():
				return sent, ctx.Err()
			case <-a.Clock.After(a.Settled):
			}
		}
		if now := p.Condition(); n == 0 || now.Up && now.Generation == engine.Generation {
			return sent, complete(ctx, p, m)
		}
	}
	return sent, errs.Unavailablef("the log engine was started again while %s was restored", d)
}

// complete compares the store with the manifest.
func complete(ctx context.Context, p *logstore.Part, m Manifest) error {
	d, err := m.Of().start()
	if err != nil {
		return err
	}
	if err := p.Visible(ctx); err != nil {
		return err
	}
	n, err := count(ctx, p, d.UnixNano(), d.Add(day).UnixNano())
	if err == nil && n < m.Rows {
		err = errs.Unavailablef("of %d lines of %s the store has only %d", m.Rows, m.Of(), n)
	}
	return err
}

// sendMissing goes through an archive and sends the lines that the store does not have.
func (a *Archive) sendMissing(ctx context.Context, p *logstore.Part, m Manifest) (sent int64, err error) {
	if err := p.Visible(ctx); err != nil {
		return 0, err
	}
	var some []signal.Row
	size := 0
	flush := func() error {
		n, err := a.send(ctx, p, some)
		sent += n
		some, size = nil, 0
		return err
	}
	err = m.check(ctx, a.Target, func(r signal.Row) error {
		if n := len(some); n > 0 && (n >= a.sliceRows || size > sliceBytes) && !some[n-1].Time.Equal(r.Time) {
			if err := flush(); err != nil {
				return err
			}
		}
		some = append(some, r)
		for _, f := range r.Fields {
			size += len(f.Name) + len(f.Value)
		}
		return nil
	})
	if err == nil && len(some) > 0 {
		err = flush()
	}
	return sent, err
}

// send sends those of some rows, which follow each other, that are not in the store.
func (a *Archive) send(ctx context.Context, p *logstore.Part, some []signal.Row) (int64, error) {
	from, to := some[0].Time.UnixNano(), some[len(some)-1].Time.UnixNano()+1
	there := map[string]int{}
	var parser fastjson.Parser
	n, err := count(ctx, p, from, to)
	if err == nil && n > 0 {
		err = ask(ctx, p, span(from, to), func(answer []byte) error {
			l, err := canonical(&parser, answer)
			if err != nil {
				return err
			}
			r, err := row(&parser, l.text)
			there[key(r)]++
			return err
		})
	}
	if err != nil {
		return 0, err
	}
	var missing []signal.Row
	for _, r := range some {
		k := key(r)
		if there[k] > 0 {
			there[k]--
			continue
		}
		r.Set(Restored, a.Clock.Now().Format(time.DateOnly)) // whatever was there
		missing = append(missing, r)
	}
	return int64(len(missing)), p.Put(ctx, missing)
}
