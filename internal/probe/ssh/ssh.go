// Package ssh reads the banner of SSH servers (RFC 4253 §4.2).
package ssh

import (
	"bufio"
	"context"
	"io"
	"strings"

	"mainstay/internal/probe"
	"mainstay/internal/probe/expect"
	"mainstay/internal/probe/tcp"
)

// A server may say other lines before its banner, but not many.
const (
	maxLines  = 50
	maxBanner = 16 << 10
)

// Make connects once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	conn, err := e.Dial(ctx, "tcp", s.SSH.Address)
	if err != nil {
		return probe.Broken(err)
	}
	defer conn.Close()
	if err := tcp.Limit(ctx, conn); err != nil {
		return probe.Broken(err)
	}
	if _, err := io.WriteString(conn, "SSH-2.0-Mainstay\r\n"); err != nil {
		return probe.Broken(err)
	}
	in := bufio.NewReader(io.LimitReader(conn, maxBanner))
	for range maxLines {
		line, err := in.ReadString('\n')
		if err != nil {
			return probe.Fail("no banner: %s", probe.Words(err))
		}
		line = strings.TrimRight(line, "\r\n")
		if !strings.HasPrefix(line, "SSH-") {
			continue
		}
		r := probe.Fine("%s", line)
		if s.SSH.Expect != "" && !expect.Matches(s.SSH.Expect, line) {
			r.Worsen(probe.Failed, "the banner is %q", line)
		}
		return r
	}
	return probe.Fail("no banner in the first %d lines", maxLines)
}
