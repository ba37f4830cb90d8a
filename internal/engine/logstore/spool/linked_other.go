//go:build !unix

package spool

import "os"

// present has nothing to look for: a file that is open cannot be removed here.
func present(*os.File) error { return nil }
