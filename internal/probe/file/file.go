// Package file looks at files of the machine it runs on.
package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mainstay/internal/probe"
)

// maxFiles bounds how much of a directory is looked at.
const maxFiles = 200_000

// found is what the files of a pattern have in common.
type found struct {
	count            int
	youngest, oldest time.Time
	newest           string // path of the youngest
	largest          int64
	partly           bool // there are more than are looked at
}

// Make looks once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	f := s.File
	all, err := look(ctx, f.Path)
	if err != nil {
		return probe.Unsure("%s cannot be looked at: %s", f.Path, probe.Words(err))
	}
	if f.Absent {
		if all.count > 0 {
			return probe.Fail("%s is there", all.newest)
		}
		return probe.Fine("%s is not there", f.Path)
	}
	return judge(f, all, e.Clock.Now())
}

func judge(f *probe.File, all found, now time.Time) probe.Result {
	r := probe.Fine("%d files", all.count)
	r.Add("count", float64(all.count), "")
	if all.count == 0 {
		if !f.Count.Any() {
			return probe.Fail("there is no %s", f.Path)
		}
		f.Count.Judge(&r, "number of files", 0)
		return r
	}
	age, oldest := now.Sub(all.youngest), now.Sub(all.oldest)
	if all.count == 1 {
		r.Message = all.newest + ", " + probe.Number(float64(all.largest)) + " bytes, written " + probe.Span(age.Round(time.Second)).String() + " ago"
	}
	r.Add("age", age.Seconds(), "s")
	r.Add("oldest", oldest.Seconds(), "s")
	r.Add("size", float64(all.largest), "B")
	f.Count.Judge(&r, "number of files", float64(all.count))
	f.Size.Judge(&r, "size in bytes", float64(all.largest))
	f.Age.Judge(&r, all.newest, probe.Span(age))
	f.Oldest.Judge(&r, "the oldest file", probe.Span(oldest))
	if all.partly {
		r.Worsen(probe.Degraded, "there are more than %d files: only so many are looked at", maxFiles)
	}
	return r
}

// look finds the files of a path: itself, those of a directory, or those that fit a pattern.
func look(ctx context.Context, path string) (all found, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		all.add(path, info)
		return all, nil
	case err == nil:
		return list(ctx, path)
	case !errors.Is(err, fs.ErrNotExist):
		return all, err
	}
	names, err := filepath.Glob(path)
	if err != nil {
		return all, err
	}
	for _, name := range names {
		if all.full(ctx) {
			break
		}
		if info, err := os.Stat(name); err == nil && !info.IsDir() { // one that is gone meanwhile is not there
			all.add(name, info)
		}
	}
	return all, ctx.Err()
}

func list(ctx context.Context, dir string) (all found, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return all, err
	}
	defer d.Close()
	for !all.full(ctx) {
		entries, err := d.ReadDir(1000)
		for _, entry := range entries {
			if info, err := entry.Info(); err == nil && !info.IsDir() {
				all.add(filepath.Join(dir, entry.Name()), info)
			}
		}
		if err != nil || len(entries) == 0 {
			break // all are read
		}
	}
	return all, ctx.Err()
}

func (f *found) full(ctx context.Context) bool {
	f.partly = f.count >= maxFiles
	return f.partly || ctx.Err() != nil
}

func (f *found) add(path string, info fs.FileInfo) {
	f.count++
	f.largest = max(f.largest, info.Size())
	if at := info.ModTime(); f.newest == "" || at.After(f.youngest) {
		f.youngest, f.newest = at, path
	}
	if at := info.ModTime(); f.oldest.IsZero() || at.Before(f.oldest) {
		f.oldest = at
	}
}

// Newest returns the file of a path that was written last, "" when there is none.
func Newest(ctx context.Context, path string) (name string, at time.Time, err error) {
	all, err := look(ctx, path)
	return all.newest, all.youngest, err
}
