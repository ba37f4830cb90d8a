package tail

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mainstay/internal/agent/glob"
)

// truncated begins a file anew, and goes on with what was not read of it in its copy.
func (t *Tailer) truncated(f *file, now time.Time) error {
	before := f.mark
	if copied := t.findCopy(f); copied != nil {
		t.files = append(t.files, copied)
	}
	f.mark = mark{ID: newID(f.File, f.Path, now), Name: f.Path, Path: f.Path, File: f.File}
	t.Log.Info("a log was truncated and is read from its start", "file", f.Path, "read_before", before.Offset)
	return t.save()
}

// findCopy returns the file that goes on where a truncated one was left: a copy of it in its folder.
func (t *Tailer) findCopy(f *file) *file {
	if f.Offset == 0 {
		return nil
	}
	var found *file
	t.search(filepath.Dir(f.Path), func(path string, id identity) bool {
		named := strings.HasPrefix(path, f.Path) || strings.HasPrefix(path, f.Name)
		if t.known(id) || !named && f.Offset < tailBytes {
			return false
		}
		c := &file{mark: f.mark, log: f.log, size: -1, grown: f.grown}
		c.Path, c.File = path, id
		if c.reopen() != nil || c.open == nil {
			return false
		}
		info, err := c.open.Stat()
		if err != nil || info.Size() < f.Offset || !c.fits(c.open) {
			c.close()
			return false
		}
		c.size, c.mtime, found = info.Size(), info.ModTime(), c
		return true
	})
	return found
}

func (t *Tailer) known(id identity) bool {
	for _, f := range t.files {
		if f.File == id && !f.gone {
			return true
		}
	}
	return false
}

// discover takes up files that patterns name and that are not known, and reports whether it did.
func (t *Tailer) discover(now time.Time) (found bool) {
	known := make(map[identity]bool, len(t.files))
	for _, f := range t.files {
		known[f.File] = known[f.File] || !f.gone
	}
	for i := range t.Logs {
		log := &t.Logs[i]
		for _, pattern := range log.Paths {
			err := glob.Files(pattern, func(path string, info fs.FileInfo) {
				if log.skips(path) {
					return
				}
				if id, err := identify(path); err == nil && !known[id] && t.take(log, path, id, info, now) {
					known[id], found = true, true
				}
			})
			if err != nil {
				t.complain("a folder of logs cannot be read", pattern, err)
			}
		}
	}
	t.vacant = slices.DeleteFunc(t.vacant, func(path string) bool {
		_, err := identify(path)
		return err == nil || len(t.vacant) > maxFiles
	})
	found = found || t.first // so that the next start is not the first
	t.first = false
	return found
}

// take adds a file, unless it is a copy that is being made of one that is read already: should that
// be truncated next, the copy is continued where the reading was, and else there is nothing new.
func (t *Tailer) take(log *Log, path string, id identity, info fs.FileInfo, now time.Time) bool {
	if len(t.files) >= maxFiles {
		t.complain("too many logs", path, errors.New("no further files are read: make the patterns narrower"))
		return false
	}
	f := &file{log: log, size: -1, grown: now, mark: mark{ID: newID(id, path, now), Name: path, Path: path, File: id}}
	if err := f.reopen(); err != nil || f.open == nil {
		if err != nil {
			t.complain("a log cannot be read", path, err)
		}
		return false
	}
	if t.copies(f) {
		f.close()
		return false
	}
	if t.first && t.FromEnd {
		m, err := f.at(f.open, info.Size(), 0)
		if err != nil {
			f.close()
			return false
		}
		f.mark = m
	}
	if now, err := f.open.Stat(); err == nil {
		f.size, f.mtime = now.Size(), now.ModTime()
	}
	t.files = append(t.files, f)
	return true
}

// copies reports whether a new file looks like the copy of a known one whose name it extends.
func (t *Tailer) copies(candidate *file) bool {
	for _, f := range t.files {
		if f.gone || f.size == 0 || f.Path == candidate.Path || !strings.HasPrefix(candidate.Path, f.Path) {
			continue
		}
		if f.reopen() == nil && f.open != nil && sameContent(f.open, candidate.open) {
			return true
		}
	}
	return false
}

// forget lets go of files that were read to their end and will not grow, and reports whether there
// were any.
func (t *Tailer) forget(now time.Time) bool {
	kept := t.files[:0]
	for _, f := range t.files {
		if t.done(f, now) {
			f.close()
			continue
		}
		kept = append(kept, f)
	}
	forgot := len(kept) < len(t.files)
	clear(t.files[len(kept):])
	t.files = kept
	return forgot
}

func (t *Tailer) done(f *file, now time.Time) bool {
	read, quiet := f.Offset == f.size, now.Sub(f.grown)
	switch {
	case f.gone && f.open == nil:
		if !read {
			t.Log.Warn("a log was deleted before it was read to its end", "file", f.Name, "read", f.Offset)
		}
		return true
	case f.gone:
		return read && quiet > LineWait
	}
	return read && quiet > rotatedWait && !f.log.wants(f.Path)
}

// rescue puts what was not delivered of deleted files into the disk buffer: only this process can
// still read it.
func (t *Tailer) rescue() error {
	for _, f := range t.files {
		for f.gone && f.open != nil {
			b := Batch{MaxBytes: t.MaxLine, MaxLines: 10_000}
			if err := t.read(f, &b); err != nil {
				t.complain("a deleted log cannot be read to its end", f.Name, err)
			}
			if b.ends == nil {
				break
			}
			if err := t.Buffer.Append(b.Body); err != nil {
				return err
			}
			if err := t.Commit(&b); err != nil {
				return err
			}
		}
	}
	return nil
}
