//go:build unix

package spool

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// present returns an error when nobody can find a file any more, because it was removed: what was
// written to it goes when it is closed.
func present(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink == 0 {
		return fmt.Errorf("%s has gone, somebody removed it: %w", f.Name(), fs.ErrNotExist)
	}
	return nil
}
