// Package tcp connects to ports, and listens to what they say.
package tcp

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
)

const maxSaid = 64 << 10

// Make connects once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	t := s.TCP
	took := clock.Stopwatch()
	conn, err := e.Dial(ctx, "tcp", t.Address)
	if err != nil {
		return probe.Broken(err)
	}
	defer conn.Close()
	r := probe.Fine("connected to %s", conn.RemoteAddr())
	r.Add("phase_connect", took().Seconds(), "s")
	if err := Limit(ctx, conn); err != nil {
		return probe.Broken(err)
	}
	if t.Send != "" {
		if _, err := io.WriteString(conn, t.Send); err != nil {
			return probe.Broken(err)
		}
	}
	if t.Expect != "" {
		listen(&r, conn, t.Expect)
	}
	return r
}

// Limit makes a connection end when its context does.
func Limit(ctx context.Context, conn net.Conn) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		return nil
	}
	context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // a connection that is closed already needs none
	return conn.SetDeadline(deadline)
}

// listen reads until what it has read matches.
func listen(r *probe.Result, from io.Reader, expression string) {
	re, err := regexp.Compile(expression)
	if err != nil {
		r.Worsen(probe.Unknown, "the expression cannot be used: %v", err)
		return
	}
	in := bufio.NewReader(io.LimitReader(from, maxSaid))
	var said []byte
	for {
		part := make([]byte, 1024)
		n, err := in.Read(part)
		said = append(said, part[:n]...)
		switch {
		case re.Match(said):
			r.Message += ", which says what it should"
			return
		case err == nil:
		case errors.Is(err, io.EOF):
			r.Worsen(probe.Failed, "it said %q", said[:min(len(said), 100)])
			return
		default:
			r.Worsen(probe.Failed, "%s; it said %q", probe.Words(err), said[:min(len(said), 100)])
			return
		}
	}
}
