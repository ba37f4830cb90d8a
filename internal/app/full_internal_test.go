package app

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"mainstay/internal/base/errs"
)

// TestAStartOnAFullDiskSaysWhatToDo: whichever part finds out, and no other failure is taken for it.
func TestAStartOnAFullDiskSaysWhatToDo(t *testing.T) {
	a := &App{Options: Options{DataDir: "/srv/desk"}}
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		cause := fmt.Errorf("key file: %w", &os.PathError{Op: "write", Path: "key", Err: full})
		err := a.onFullDisk(errors.Join(errors.New("first"), cause))
		if !errs.Is(err, errs.Unavailable) || !errors.Is(err, full) || !strings.Contains(err.Error(), "Make room on the disk of /srv/desk") {
			t.Errorf("%v", err)
		}
	}
	for _, other := range []error{nil, errors.New("x"), &os.PathError{Op: "open", Path: "key", Err: syscall.EACCES}} {
		if err := a.onFullDisk(other); err != other { //nolint:errorlint // the same one
			t.Errorf("%v became %v", other, err)
		}
	}
}
