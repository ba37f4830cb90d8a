// Package crashtest kills a server at random moments while alerts arrive, starts it again,
// and then asks what was promised: every alert that the server acknowledged has its
// incident, every incident its page or its timer, and the auditor finds nothing.
//
// The child is the test binary itself, so that nothing needs to be built first.
package crashtest
