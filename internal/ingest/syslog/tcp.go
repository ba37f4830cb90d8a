package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"mainstay/internal/base/clock"
)

// handshake is how long a sender has to begin TLS.
const handshake = 10 * time.Second

// accept takes connections up to the bound.
func (s *Server) accept(ctx context.Context, l net.Listener) {
	for {
		c, err := l.Accept()
		if closed(err) {
			return
		}
		if err != nil {
			s.Log.WarnContext(ctx, "a connection could not be taken", "err", err)
			select {
			case <-ctx.Done():
				return
			case <-s.Clock.After(pause): // such as too many open files
			}
			continue
		}
		if !s.hold(ctx, c) {
			_ = c.Close()
			continue
		}
		s.done.Go(func() {
			defer s.release(c)
			s.serve(ctx, c)
		})
	}
}

// hold remembers a connection; false when there are too many, or the server stops.
func (s *Server) hold(ctx context.Context, c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	if len(s.conns) >= s.Connections {
		if s.over.Add(1) == 1 {
			s.Log.WarnContext(ctx, "there are too many connections of syslog, new ones are closed", "most", s.Connections)
		}
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) release(c net.Conn) {
	_ = c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// serve reads one connection to its end.
func (s *Server) serve(ctx context.Context, c net.Conn) {
	remote, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return
	}
	peer := remote.Addr().Unmap()
	in, err := s.sink(ctx, peer)
	if err != nil {
		s.turnAway(ctx, peer, 1, err)
		return
	}
	if t, ok := c.(*tls.Conn); ok && !s.greet(ctx, t) {
		return
	}
	messages := newFrames(&eager{c, ctx, in})
	for {
		message, cut, err := messages.next()
		if err != nil {
			if !errors.Is(err, io.EOF) && !closed(err) {
				s.Log.InfoContext(ctx, "a connection of syslog broke off", "remote", peer.String(), "err", err)
			}
			break
		}
		in.add(ctx, string(message), cut)
	}
	in.flush(ctx)
}

// greet begins TLS. Sockets live on the wall's time.
func (s *Server) greet(ctx context.Context, c *tls.Conn) bool {
	_ = c.SetDeadline(clock.Wall().Now().Add(handshake))
	if err := c.HandshakeContext(ctx); err != nil {
		s.Log.WarnContext(ctx, "TLS with a sender of syslog failed", "remote", c.RemoteAddr().String(), "err", err)
		return false
	}
	_ = c.SetDeadline(time.Time{})
	return true
}

// eager is a connection that stores what it has brought before it is read further. So what waits is
// never more than what one read brought, and while nothing can be stored nothing is read.
type eager struct {
	net.Conn
	ctx context.Context // of the connection, whose Read has none
	in  *sink
}

func (e *eager) Read(p []byte) (int, error) {
	e.in.flush(e.ctx)
	if e.ctx.Err() != nil || !e.in.renew(e.ctx) {
		return 0, net.ErrClosed
	}
	return e.Conn.Read(p)
}
