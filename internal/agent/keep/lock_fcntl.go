//go:build solaris || aix

package keep

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// lock uses the POSIX lock, which these systems have instead of flock. It keeps other processes
// out, not this one.
func lock(f *os.File) (busy bool, err error) {
	whole := syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
	err = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &whole)
	return errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EAGAIN), err
}
