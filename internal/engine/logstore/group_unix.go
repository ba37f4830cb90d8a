//go:build unix

package logstore

import "syscall"

// ownGroup keeps an interrupt from the terminal away from the child: the parent gets it and ends
// the child in its own time.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
