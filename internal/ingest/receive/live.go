package receive

import (
	"context"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// JournaldPath is where bodies have no end.
const JournaldPath = "/insert/journald/upload"

// BodyLimit is how large the body of a request to a protocol of logs or samples may be, packed, in bytes; 0
// when the path is none of theirs. It is for edge.Config.BodyLimit.
func BodyLimit(path string) int64 {
	switch {
	case path == JournaldPath:
		return math.MaxInt64
	case strings.HasPrefix(path, "/insert/"), strings.HasPrefix(path, "/services/collector"), path == "/_bulk", path == "/v1/logs", path == "/api/v2/logs", path == "/loki/api/v1/push",
		path == "/v1/metrics", strings.HasPrefix(path, "/prometheus/api/v1/"), path == "/api/v1/write", path == "/api/v1/import/prometheus", strings.HasPrefix(path, "/metrics/job"):
		return MaxBody
	}
	return 0
}

// quiet is how long a live body may bring nothing until it is given up. Edge's own, shorter patience
// is for bodies that have an end.
const quiet = time.Hour

const chunkSize = 64 << 10

// Live is a request's body that goes on for as long as the sender likes. Make it with
// Config.NewLive and
// close it before the handler returns.
type Live struct {
	ctx     context.Context // of the request
	stop    <-chan struct{}
	control *http.ResponseController
	chunks  chan chunk
	done    chan struct{} // closed by Close
	ended   chan struct{} // closed by the pump
	idle    func() error
	rest    []byte
	err     error
}

type chunk struct {
	b   []byte
	err error
}

// NewLive reads on in the background. When there is nothing to read at the moment, idle is called, in
// the goroutine that calls Read: the time to store what has come so far. Its error ends the reading, and so do the
// request's and the server's.
func (c Config) NewLive(w http.ResponseWriter, r *http.Request, idle func() error) *Live {
	l := &Live{ctx: r.Context(), stop: c.Stopping, control: http.NewResponseController(w), chunks: make(chan chunk, 4),
		done: make(chan struct{}), ended: make(chan struct{}), idle: idle}
	go l.pump(r.Body)
	return l
}

func (l *Live) pump(body io.Reader) {
	defer close(l.ended)
	for {
		_ = l.control.SetReadDeadline(clock.Wall().Now().Add(quiet)) // sockets live on the wall's time
		c := chunk{b: make([]byte, chunkSize)}
		n, err := body.Read(c.b)
		c.b, c.err = c.b[:n], err
		select {
		case l.chunks <- c:
		case <-l.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// Read reads what has come.
func (l *Live) Read(p []byte) (int, error) {
	for len(l.rest) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		c, err := l.next()
		if err != nil {
			return 0, err
		}
		l.rest, l.err = c.b, c.err
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func (l *Live) next() (chunk, error) {
	select {
	case c := <-l.chunks:
		return c, nil
	default:
	}
	if err := l.idle(); err != nil {
		return chunk{}, err
	}
	select {
	case c := <-l.chunks:
		return c, nil
	case <-l.ctx.Done():
		return chunk{}, l.ctx.Err()
	case <-l.stop:
		return chunk{}, errs.Unavailablef("the server stops: send again from the last upload that succeeded")
	}
}

// Close ends the reading and waits for that, where the connection can be made to stop. What the
// sender still sends is then not read any more.
func (l *Live) Close() error {
	close(l.done)
	select {
	case <-l.ended:
		return nil
	default:
	}
	err := l.control.SetReadDeadline(clock.Wall().Now().Add(-time.Second))
	if err == nil {
		<-l.ended
	}
	return err
}
