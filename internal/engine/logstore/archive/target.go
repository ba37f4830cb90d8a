package archive

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"mainstay/internal/base/errs"
)

// Target is where archives are: a directory or a bucket.
type Target interface {
	// Put stores what a reader of a known size has, whole or not at all, replacing what has the name.
	Put(ctx context.Context, name string, size int64, r io.ReadSeeker) error
	// Get returns what has a name; NotFound where nothing has.
	Get(ctx context.Context, name string) (io.ReadCloser, error)
	// List returns all names.
	List(ctx context.Context) ([]string, error)
	// String says where it is, without secrets.
	String() string
}

// Dir is a directory, of another disk or of another machine, best of all.
type Dir string

func (d Dir) String() string { return string(d) }

// Put writes under another name first.
func (d Dir) Put(_ context.Context, name string, size int64, r io.ReadSeeker) error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(string(d), ".unfinished-*")
	if err != nil {
		return err
	}
	n, err := io.Copy(f, r)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(string(d), name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return d.sync()
}

// sync makes a new name durable.
func (d Dir) sync() error {
	dir, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Get opens a file.
func (d Dir) Get(_ context.Context, name string) (io.ReadCloser, error) {
	f, err := os.Open(filepath.Join(string(d), filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.NotFoundf("there is no %s in %s", name, d)
	}
	return f, err
}

// List returns the names of files. A directory that is not there yet has none.
func (d Dir) List(context.Context) (names []string, err error) {
	entries, err := os.ReadDir(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names, err
}
