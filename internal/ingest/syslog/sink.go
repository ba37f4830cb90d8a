package syslog

import (
	"context"
	"net/netip"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
	"mainstay/internal/ingest/receive"
)

// sink stores the messages of one peer.
type sink struct {
	s      *Server
	peer   netip.Addr
	d      *receive.Delivery
	zone   *time.Location
	marked int64
	// shared says that others wait behind it: what is refused to its source alone is given up.
	shared bool
}

// pause is how long to wait before lines are offered to the store again.
const pause = time.Second

// sink finds the source of a peer. The error is Forbidden when no source names its address, and what
// went wrong when that could not be found out before the server stopped.
func (s *Server) sink(ctx context.Context, peer netip.Addr) (*sink, error) {
	lasting := context.WithoutCancel(ctx) // what was read is stored although the server stops
	for {
		from, err := s.Sources.SenderAt(lasting, peer)
		if err == nil {
			in := &sink{s: s, peer: peer, d: receive.NewDelivery(lasting, s.Sources, from)}
			in.d.Repeat = true
			in.zone = receive.TextOptions(from.Source, time.Time{}).Zone
			return in, nil
		}
		if errs.Is(err, errs.Forbidden) || !s.wait(ctx, err) {
			return nil, err
		}
	}
}

// wait waits until a failed act may be tried again; false when the server stops.
func (s *Server) wait(ctx context.Context, err error) bool {
	s.blocked(ctx, err.Error())
	select {
	case <-ctx.Done():
		return false
	case <-s.Clock.After(pause):
		return true
	}
}

// add takes a message; cut says that it is a piece of one that was too long.
func (in *sink) add(ctx context.Context, message string, cut bool) {
	row := rowOf(message, in.zone, in.s.Clock.Now())
	if cut {
		row.Fault = "the message is longer than 1 MiB or was cut off: this is a piece of it"
	}
	if row.Fault != "" {
		in.marked++
	}
	if err := in.d.Add(row); err != nil {
		in.flush(ctx)
	}
}

// flush stores what waits, however long that takes. When the server stops it tries once.
//
// A sink with others behind it waits for the store alone: what its source may not send is counted and
// gone, as UDP knows no way to make a sender wait.
func (in *sink) flush(ctx context.Context) {
	for {
		err := in.d.Flush()
		in.count()
		if err == nil {
			break
		}
		if in.shared && source.OfOne(err) {
			in.marked = 0
			in.s.turnedAway(ctx, in.d.Source().Name, in.d.Discard(), err)
			break
		}
		if !in.s.wait(ctx, err) {
			in.s.Log.ErrorContext(ctx, "syslog messages could not be stored before the end", "lines", in.d.Waiting(), "remote", in.peer.String(), "err", err)
			return
		}
	}
	in.s.blocked(ctx, "")
}

// renew looks again what the source of the peer is: it may have been changed, or removed (false).
func (in *sink) renew(ctx context.Context) bool {
	lasting := context.WithoutCancel(ctx)
	from, err := in.s.Sources.SenderAt(lasting, in.peer)
	if errs.Is(err, errs.Forbidden) {
		return false
	}
	if err == nil { // else what is known will do
		in.d.Renew(lasting, from)
		in.zone = receive.TextOptions(from.Source, time.Time{}).Zone
	}
	return true
}

// count moves what has become safe to the server's figures.
func (in *sink) count() {
	in.s.taken.Add(int64(in.d.Stored))
	in.d.Stored = 0
	if in.d.Waiting() == 0 {
		in.s.marked.Add(in.marked)
		in.marked = 0
	}
}
