// Package keep writes the agent's small files so that a crash leaves the old or the new one, never
// a half, and sees that one process at a time uses a state directory.
package keep

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"mainstay/internal/base/errs"
)

// Dir makes a directory that only the agent's account can read.
func Dir(path string) error { return os.MkdirAll(path, 0o700) }

// Write replaces a file. When it returns nil, the new content survives a power cut.
func Write(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is renamed when all went well
	_, err = f.Write(data)
	return errors.Join(err, Replace(f, path))
}

// Replace closes f, which was written beside path, and puts it in the place of path.
func Replace(f *os.File, path string) error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes the names in a directory durable. Windows has no such call and does it by itself.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Save writes v as JSON.
func Save[T any](path string, v T) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return Write(path, append(text, '\n'))
}

// Load reads what Save wrote; found is false when there is nothing yet.
func Load[T any](path string) (v T, found bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return v, false, &errs.E{Kind: errs.Internal, Err: err,
			Message: "the agent's file " + path + " is damaged: move it away to begin anew (files are then read from their start)"}
	}
	return v, true, nil
}

// Lock takes a state directory for this process. The kernel gives it back when the process ends,
// however it ends; closing the file does too.
func Lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	busy, err := lock(f)
	if busy {
		err = errs.Conflictf("another agent is using %s: stop it first, or give this one another state directory", dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
