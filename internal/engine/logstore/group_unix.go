//go:build unix

package logstore

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// ownGroup keeps an interrupt from the terminal away from the child: the parent gets it and ends
// the child in its own time.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitPredecessor waits a little for the engine of a server that was killed: it writes what it
// holds and ends by itself, and until then its data is locked.
func (s *supervisor) awaitPredecessor() {
	f, err := os.Open(filepath.Join(s.dir, "flock.lock"))
	if err != nil {
		return // there has been none
	}
	defer f.Close()
	for range int(stopTimeout / healthEvery) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return // closing the file lets go of the lock
		}
		<-s.clock.After(healthEvery)
	}
}
