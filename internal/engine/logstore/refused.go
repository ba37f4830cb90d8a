package logstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mainstay/internal/engine/logstore/spool"
)

// refusals are the deliveries that the engine will never take: a file for each in a folder, as it was
// in the spool. How many lines there are is told by the files, so it outlives every restart and
// ends when somebody has dealt with them.
type refusals struct{ dir string }

// keep makes a frame durable in a file of its own and returns its path. The same frame has the same
// file, however often it is refused.
func (r refusals) keep(spoolID string, f spool.Frame) (path string, err error) {
	path = filepath.Join(r.dir, fmt.Sprintf("%s-%019d-%d", spoolID, int64(f.Start), f.Rows))
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return path, err
	}
	if err := replaceFile(path, f.Payload); err != nil {
		return path, err
	}
	return path, syncDir(filepath.Dir(r.dir))
}

// rows counts the lines that are kept. A folder that is not there has none.
func (r refusals) rows() (n int64) {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return 0
	}
	for _, e := range entries {
		name := e.Name()
		if rows, err := strconv.ParseInt(name[strings.LastIndexByte(name, '-')+1:], 10, 64); err == nil {
			n += rows
		}
	}
	return n
}

// replaceFile writes a file that is whole and on the disk when it has its name.
func replaceFile(path string, text []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
