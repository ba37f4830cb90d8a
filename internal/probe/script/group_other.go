//go:build !unix

package script

import "os/exec"

// group does nothing where there are no process groups: what a script starts may outlive it.
func group(*exec.Cmd) {}

func end(*exec.Cmd) {}
