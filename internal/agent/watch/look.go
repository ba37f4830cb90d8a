package watch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mainstay/internal/agent/glob"
	"mainstay/internal/base/clock"
)

// look is one walk through the directory, beside the baseline in the same order.
type look struct {
	watcher *Watcher
	ctx     context.Context //nolint:containedctx // it lives as long as the walk
	now     time.Time
	old     *reader
	out     *writer
	first   bool
	pace    pace
	events  []byte
}

// eventBytes is how many bytes of events are gathered before they go to the disk buffer.
const eventBytes = 256 << 10

func (l *look) run() error {
	if err := l.folder(""); err != nil {
		return err
	}
	for l.old.more {
		if err := l.deleted(); err != nil {
			return err
		}
	}
	return l.flush()
}

// folder visits what a folder holds, in the order of names; rel is its path below the root.
func (l *look) folder(rel string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(l.full(rel))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		l.watcher.Log.Warn("a watched folder cannot be read; what was known of it stays", "folder", l.full(rel), "err", err)
		return l.keepBelow(rel)
	}
	for _, e := range entries {
		name := e.Name()
		if rel != "" {
			name = rel + "/" + name
		}
		switch {
		case e.IsDir() && !l.leaves(name):
			err = l.folder(name)
		case !e.IsDir() && l.watches(name):
			err = l.file(name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *look) full(rel string) string { return filepath.Join(l.watcher.Path, filepath.FromSlash(rel)) }

func (l *look) leaves(name string) bool { return glob.Any(l.watcher.Exclude, name) }

func (l *look) watches(name string) bool {
	return (len(l.watcher.Include) == 0 || glob.Any(l.watcher.Include, name)) && !l.leaves(name)
}

// keepBelow keeps the baseline of a folder.
func (l *look) keepBelow(rel string) error {
	for l.old.more {
		switch c := order(l.old.now.Path, rel); {
		case below(l.old.now.Path, rel):
			if err := l.keep(l.old.now); err != nil {
				return err
			}
		case c < 0:
			if err := l.deleted(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (l *look) keep(e entry) error {
	if err := l.out.write(e); err != nil {
		return err
	}
	return l.old.next()
}

// file visits one file or link.
func (l *look) file(name string) error {
	for l.old.more && order(l.old.now.Path, name) < 0 {
		if err := l.deleted(); err != nil {
			return err
		}
	}
	var before entry
	known := l.old.more && l.old.now.Path == name
	if known {
		before = l.old.now
	}
	after, err := l.examine(name, before)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // deleted meanwhile: what the baseline has of it is found gone
	case l.ctx.Err() != nil:
		return l.ctx.Err()
	case err != nil:
		l.watcher.Log.Warn("a watched file cannot be read", "file", l.full(name), "err", err)
		if known {
			return l.keep(before)
		}
		return nil
	}
	if after.Path == "" {
		return nil // neither file nor link
	}
	if known {
		if err := l.old.next(); err != nil {
			return err
		}
	}
	if err := l.out.write(after); err != nil || l.first {
		return err
	}
	switch {
	case !known:
		return l.report("file.created", entry{}, after)
	case after.differs(before):
		return l.report("file.changed", before, after)
	}
	return nil
}

func (l *look) deleted() error {
	e := l.old.now
	if err := l.old.next(); err != nil {
		return err
	}
	return l.report("file.deleted", e, entry{})
}

func (l *look) report(event string, before, after entry) error {
	l.events = append(l.events, l.watcher.event(l.now, event, before, after)...)
	if len(l.events) < eventBytes {
		return nil
	}
	return l.flush()
}

func (l *look) flush() error {
	err := l.watcher.Buffer.Append(l.events)
	l.events = l.events[:0]
	return err
}

// examine returns the file as it is now, hashed only when it may be another than before.
func (l *look) examine(name string, before entry) (entry, error) {
	info, err := os.Lstat(l.full(name))
	if err != nil {
		return entry{}, err
	}
	owner, inode := l.watcher.owners.of(info)
	e := entry{Path: name, Size: info.Size(), Mode: info.Mode().String(), Owner: owner, Inode: inode, Modified: info.ModTime().UTC(), SHA256: before.SHA256}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(l.full(name))
		sum := sha256.Sum256([]byte(target))
		e.SHA256 = hex.EncodeToString(sum[:])
		return e, err
	case !info.Mode().IsRegular():
		return entry{}, nil
	case before.SHA256 != "" && !e.touched(before):
		return e, nil
	}
	e.SHA256, err = l.hash(l.full(name))
	return e, err
}

func (l *look) hash(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	buf := make([]byte, 256<<10)
	for {
		n, err := f.Read(buf)
		h.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
		if err := l.pace.wait(l.ctx, int64(n)); err != nil {
			return "", err
		}
	}
}

// pace bounds how fast files are read.
type pace struct {
	rate  int64 // bytes per second, 0 without a bound
	clock clock.Clock
	owed  int64 // bytes read and not waited for
}

// wait pauses once a tenth of a second's bytes were read.
func (p *pace) wait(ctx context.Context, n int64) error {
	if p.rate == 0 {
		return ctx.Err()
	}
	if p.owed += n; p.owed < p.rate/10 {
		return ctx.Err()
	}
	pause := time.Duration(float64(p.owed) / float64(p.rate) * float64(time.Second))
	p.owed = 0
	select {
	case <-ctx.Done():
		return errStopped
	case <-p.clock.After(pause):
		return nil
	}
}
