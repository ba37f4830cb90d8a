package syslog

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultRing is how many bytes of UDP messages wait when Config says nothing else.
const DefaultRing = 64 << 20

// gather is how long messages are collected before they are stored together, at most.
const gather = 50 * time.Millisecond

// maxDatagram is the largest UDP message that there can be.
const maxDatagram = 64 << 10

// datagram is one UDP message.
type datagram struct {
	peer netip.Addr
	text string
}

// ring holds UDP messages between the socket and the store. It is bounded in bytes.
type ring struct {
	lost atomic.Int64

	mu    sync.Mutex
	items []datagram
	size  int
	most  int
	ended bool
	ready chan struct{} // has one when there is something
}

// overhead is what a message costs beside its text, in bytes.
const overhead = 64

func newRing(most int) *ring { return &ring{most: most, ready: make(chan struct{}, 1)} }

// put adds a message, or counts it as lost when there is no room.
func (r *ring) put(d datagram) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.size+len(d.text)+overhead > r.most {
		r.lost.Add(1)
		return
	}
	r.items = append(r.items, d)
	r.size += len(d.text) + overhead
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// take returns everything that waits.
func (r *ring) take() (items []datagram, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	items, r.items, r.size = r.items, nil, 0
	return items, r.ended
}

func (r *ring) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// readUDP fills the ring, as fast as it can.
func (s *Server) readUDP(ctx context.Context) {
	buffer := make([]byte, maxDatagram)
	for {
		n, from, err := s.udp.ReadFromUDPAddrPort(buffer)
		if closed(err) {
			return
		}
		if err != nil {
			s.Log.WarnContext(ctx, "a UDP message could not be read", "err", err)
			continue
		}
		s.ring.put(datagram{from.Addr().Unmap(), string(buffer[:n])})
	}
}

// drain stores what is in the ring, again and again, up to its end.
func (s *Server) drain(ctx context.Context) {
	for {
		<-s.ring.ready
		select { // more come together
		case <-s.Clock.After(gather):
		case <-ctx.Done():
		}
		items, ended := s.ring.take()
		s.storeAll(ctx, items)
		if ended {
			return
		}
	}
}

// storeAll stores messages, those of each peer under its source.
func (s *Server) storeAll(ctx context.Context, items []datagram) {
	peers := map[netip.Addr][]string{}
	var order []netip.Addr
	for _, d := range items {
		if _, seen := peers[d.peer]; !seen {
			order = append(order, d.peer)
		}
		peers[d.peer] = append(peers[d.peer], d.text)
	}
	for _, peer := range order {
		in, err := s.sink(ctx, peer)
		if err != nil {
			s.turnAway(ctx, peer, len(peers[peer]), err)
			continue
		}
		for _, text := range peers[peer] {
			in.add(ctx, text, false)
		}
		in.flush(ctx)
	}
}
