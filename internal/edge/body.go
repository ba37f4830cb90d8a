package edge

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

const (
	// DefaultBodyTime is how long a body may be on its way when Config says nothing else, ...
	DefaultBodyTime = 30 * time.Second
	// ... and slowest is how many bytes of it earn another second.
	slowest = 64 << 10
)

// SlowBody says that a body did not arrive in time. It answers 408.
type SlowBody struct{ errs.E }

// Unwrap gives the kind and the sentence.
func (e *SlowBody) Unwrap() error { return &e.E }

// timed is a body that must keep arriving: whoever sends a byte now and then would otherwise
// hold a connection, and what its handler holds, for as long as they like. Sockets live on the
// wall's time.
type timed struct {
	io.ReadCloser
	control *http.ResponseController
	started time.Time
	patient time.Duration
	read    int64
}

// inTime bounds how long the body of a request may take. The bound holds from now on, so that
// a body that no handler reads does not hold the connection either.
func inTime(w http.ResponseWriter, body io.ReadCloser, patient time.Duration) io.ReadCloser {
	if patient == 0 {
		patient = DefaultBodyTime
	}
	t := &timed{ReadCloser: body, control: http.NewResponseController(w), started: clock.Wall().Now(), patient: patient}
	t.extend()
	return t
}

// extend moves the deadline by what has arrived. A writer without deadlines (a test's) is fine.
func (t *timed) extend() {
	earned := time.Duration(t.read) * time.Second / slowest
	_ = t.control.SetReadDeadline(t.started.Add(t.patient + earned))
}

// Read reads on. At the end the deadline goes, because the connection is still listened to
// for the caller's leaving while the handler works.
func (t *timed) Read(b []byte) (int, error) {
	n, err := t.ReadCloser.Read(b)
	t.read += int64(n)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = &SlowBody{errs.E{Kind: errs.Invalid, Message: "the request took too long to arrive: send it again", Err: err}}
	case errors.Is(err, io.EOF):
		_ = t.control.SetReadDeadline(time.Time{})
	case err == nil:
		t.extend()
	}
	return n, err
}
