//go:build !windows

package eventlog

import "mainstay/internal/base/errs"

// Reader does not exist on this system.
type Reader struct{}

// Open says that this system has no event log.
func Open(Config) (*Reader, error) {
	return nil, errs.Invalidf("eventlog: only Windows has an event log: take it out of the configuration of this host")
}

// Step does nothing.
func (*Reader) Step() (int, error) { return 0, nil }

// Close does nothing.
func (*Reader) Close() error { return nil }
