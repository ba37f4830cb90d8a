//go:build unix && !solaris && !aix

package keep

import (
	"errors"
	"os"
	"syscall"
)

func lock(f *os.File) (busy bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	return errors.Is(err, syscall.EWOULDBLOCK), err
}
