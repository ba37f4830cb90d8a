//go:build unix

package tail

import (
	"os"
	"syscall"
)

// open opens a log for reading, in a way that does not hinder its rotation.
func open(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe in its place does not block
}

// identify returns what tells an existing file apart from all others.
func identify(name string) (identity, error) {
	info, err := os.Stat(name)
	if err != nil {
		return identity{}, err
	}
	return identityIn(info)
}

// identityOf is identify of an open file.
func identityOf(f *os.File) (identity, error) {
	info, err := f.Stat()
	if err != nil {
		return identity{}, err
	}
	return identityIn(info)
}

func identityIn(info os.FileInfo) (identity, error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, os.ErrInvalid
	}
	return identity{uint64(stat.Dev), uint64(stat.Ino)}, nil //nolint:unconvert // their types differ by system
}
