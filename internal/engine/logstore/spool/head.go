package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mainstay/internal/base/id"
)

// head is what the spool remembers besides its segments.
type head struct {
	id string
	// newest is where the segment that was made last begins.
	newest Position
	// reserve is behind every position that this segment can give.
	reserve Position
}

const (
	headName   = "head"
	headFormat = "mainstay spool 1\nid %s\nnewest %d\nreserve %d\nend\n"
)

// readHead returns a head with a new ID, which is not written yet, when there is none that can be
// read: readers then begin at Start, which repeats lines but loses none.
func readHead(dir string) (h head, fresh bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, headName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return head{}, false, err
	}
	if err == nil {
		if _, err := fmt.Sscanf(string(b), headFormat, &h.id, &h.newest, &h.reserve); err == nil && h.text() == string(b) {
			return h, false, nil
		}
	}
	return head{id: id.Secret()}, true, nil
}

func (h head) text() string { return fmt.Sprintf(headFormat, h.id, h.newest, h.reserve) }

// write replaces the file whole. It is durable when the directory has been synced.
func (h head) write(dir string, sys system) error {
	path := filepath.Join(dir, headName)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = sys.write(f, []byte(h.text()), 0)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
