// Package tail reads log files as they grow.
//
// Files are polled. Each is known by device and inode (on Windows volume and index) and by
// fingerprints of what was delivered of it, so that it is followed when it is renamed, begun anew
// when it is truncated or its inode is used again, and continued in its copy when it was rotated
// by copying and truncating. What is compressed is not read: by then it was read as text.
//
//	Poll     looks at all files; what is left of deleted ones goes to the disk buffer
//	Fill     puts lines that were not delivered yet into a batch
//	Commit   notes that a batch is safe at the server: the checkpoint, durable when it returns
//
// A batch that is not committed changes nothing: the next Fill reads the same lines again. So after
// a crash, or when the server's answer was lost, the last batch is sent twice and no line is lost.
// A repeated line has the same file_id and offset as the first.
//
// What cannot be had: lines that were written and deleted while the agent did not run or between
// two polls, and of files that were truncated without a copy, or compressed, before they were read.
package tail

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"mainstay/internal/agent/glob"
	"mainstay/internal/agent/keep"
	"mainstay/internal/agent/line"
	"mainstay/internal/base/clock"
)

// Log is a group of files that are read in the same way.
type Log struct {
	// Paths are patterns of files to read, Exclude of those not to.
	Paths, Exclude []string
	// Fields are added to every line.
	Fields []line.Field
	// Start begins a record of several lines; lines that do not match continue it.
	Start *regexp.Regexp
	// Trace joins stack traces to the line before them.
	Trace bool
}

// wants reports whether a path is one of the files to read.
func (l *Log) wants(name string) bool { return glob.Any(l.Paths, name) && !l.skips(name) }

func (l *Log) skips(name string) bool { return compressed(name) || glob.Any(l.Exclude, name) }

func compressed(name string) bool {
	switch filepath.Ext(name) {
	case ".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip", ".Z":
		return true
	}
	return false
}

// Config says what to read.
type Config struct {
	Host string
	Logs []Log
	// Checkpoints is the file that holds how far each log was delivered.
	Checkpoints string
	// FromEnd skips what logs hold at the first start; later files are read from their start.
	FromEnd bool
	// MaxLine is where longer lines are cut, in bytes.
	MaxLine int
	// Buffer takes the rests of deleted files.
	Buffer interface{ Append(lines []byte) error }
	Clock  clock.Clock
	Log    *slog.Logger
}

// Times and bounds.
const (
	// ScanEvery is how often patterns are looked up anew, less often where that takes long: at most a fiftieth of
	// the time goes into it. A file that was moved is noticed at once.
	ScanEvery = 2 * time.Second
	scanShare = 50
	// GroupWait is how long after the last growth of a file its last group of lines is complete.
	GroupWait = time.Second
	// LineWait is how long a line without its end waits to be finished.
	LineWait = 30 * time.Second

	rotatedWait = 5 * time.Minute // how long a rotated file that no pattern names is looked at
	idleWait    = time.Hour       // how long a file that does not grow is held open
	maxFiles    = 10_000
)

// Tailer reads the files of one configuration. It is not safe for concurrent use.
type Tailer struct {
	Config
	files []*file
	turn  int       // whose turn it is to be first in a batch
	first bool      // nothing was ever read
	scan  time.Time // when patterns are looked up next
	// vacant are the paths from which files were moved since the last look at the patterns that
	// found them filled again; the next file there may be moved soon, too.
	vacant []string
	said   string // the last complaint, which is not repeated
	chunk  []byte
}

// file is one log file under way.
type file struct {
	mark
	log   *Log
	open  *os.File // nil when it is idle
	size  int64
	mtime time.Time
	grown time.Time // when it was last seen to change, on the agent's clock
	gone  bool      // no name leads to it any more
}

// New returns a tailer that goes on where the checkpoints are.
func New(c Config) (*Tailer, error) {
	marks, found, err := keep.Load[[]mark](c.Checkpoints)
	if err != nil {
		return nil, err
	}
	t := &Tailer{Config: c, first: !found, chunk: make([]byte, 2*c.MaxLine+64<<10)}
	for _, m := range marks {
		if log := t.logOf(m.Name); log != nil {
			t.files = append(t.files, &file{mark: m, log: log, size: -1, grown: c.Clock.Now()})
		}
	}
	return t, nil
}

func (t *Tailer) logOf(name string) *Log {
	for i := range t.Logs {
		if t.Logs[i].wants(name) {
			return &t.Logs[i]
		}
	}
	return nil
}

// Close closes the files.
func (t *Tailer) Close() {
	for _, f := range t.files {
		f.close()
	}
}

func (f *file) close() {
	if f.open != nil {
		_ = f.open.Close() // it was only read
		f.open = nil
	}
}

// save writes the checkpoints.
func (t *Tailer) save() error {
	marks := make([]mark, 0, len(t.files))
	for _, f := range t.files {
		if !f.gone { // nothing can find it again, and its inode may be another file's soon
			marks = append(marks, f.mark)
		}
	}
	return keep.Save(t.Checkpoints, marks)
}

// Poll looks at all files. An error is about the checkpoints or the disk buffer; a file that cannot
// be read is logged and looked at again.
func (t *Tailer) Poll() error {
	now := t.Clock.Now()
	moved := false
	for _, f := range t.files {
		moved = t.locate(f) || moved
	}
	changed := moved
	for _, f := range slices.Clone(t.files) { // truncated files add their copies
		if err := t.look(f, now); err != nil {
			t.complain("a log cannot be read", f.Path, err)
		}
	}
	if moved || t.refilled() || !now.Before(t.scan) {
		began := t.Clock.Now()
		changed = t.discover(now) || changed
		ended := t.Clock.Now()
		t.scan = now.Add(max(ScanEvery, scanShare*ended.Sub(began)))
	}
	changed = t.forget(now) || changed
	if changed {
		if err := t.save(); err != nil {
			return err
		}
	}
	return t.rescue()
}

// locate finds where a file is now and reports whether that has changed.
func (t *Tailer) locate(f *file) bool {
	if f.gone {
		return false
	}
	id, err := identify(f.Path)
	if err == nil && id == f.File || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false // what cannot be looked at is not gone
	}
	t.vacant = append(t.vacant, f.Path)
	path := t.search(filepath.Dir(f.Path), func(_ string, id identity) bool { return id == f.File })
	if path != "" {
		f.Path = path
		return true
	}
	f.gone = true
	if f.open == nil { // rotated by copying, and then deleted, while the agent was away?
		if copied := t.findCopy(f); copied != nil {
			t.files = append(t.files, copied)
			f.size = f.Offset
		}
	}
	return true
}

// refilled reports whether there is a file again where one was moved away.
func (t *Tailer) refilled() bool {
	for _, path := range t.vacant {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

// search returns the first file of a folder that fits.
func (t *Tailer) search(dir string, fits func(path string, id identity) bool) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !e.Type().IsRegular() || compressed(path) {
			continue
		}
		if id, err := identify(path); err == nil && fits(path, id) {
			return path
		}
	}
	return ""
}

// look notices growth and truncation.
func (t *Tailer) look(f *file, now time.Time) error {
	if f.gone && f.open == nil {
		return nil
	}
	info, err := f.stat()
	if err != nil {
		return err
	}
	if info.Size() == f.size && info.ModTime().Equal(f.mtime) {
		if now.Sub(f.grown) > idleWait && f.Offset == f.size && !f.gone {
			f.close()
		}
		return nil
	}
	if err := f.reopen(); err != nil {
		return err
	}
	f.size, f.mtime, f.grown = info.Size(), info.ModTime(), now
	if f.size < f.Offset || !f.fits(f.open) {
		return t.truncated(f, now)
	}
	return nil
}

func (f *file) stat() (os.FileInfo, error) {
	if f.open != nil {
		return f.open.Stat()
	}
	return os.Stat(f.Path)
}

// reopen opens a file that is not open; one that was replaced meanwhile is located by the next Poll.
func (f *file) reopen() error {
	if f.open != nil {
		return nil
	}
	opened, err := open(f.Path)
	if err != nil {
		return err
	}
	if id, err := identityOf(opened); err != nil || id != f.File {
		return errors.Join(err, opened.Close())
	}
	f.open = opened
	return nil
}

// complain logs what is wrong with a file, once in a row.
func (t *Tailer) complain(what, path string, err error) {
	if text := what + path + err.Error(); text != t.said {
		t.said = text
		t.Log.Warn(what, "file", path, "err", err) //nolint:sloglint // what is a constant at each call
	}
}

// Files calls found for every file that would be read now.
func (l *Log) Files(found func(name string, size int64)) error {
	var problems []error
	for _, p := range l.Paths {
		problems = append(problems, glob.Files(p, func(name string, info fs.FileInfo) {
			if !l.skips(name) {
				found(name, info.Size())
			}
		}))
	}
	return errors.Join(problems...)
}
