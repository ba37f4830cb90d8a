package syslog

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultQueue is how many bytes of UDP messages wait when Config says nothing else.
const DefaultQueue = 64 << 20

// gather is how long messages are collected before they are stored together, at most.
const gather = 50 * time.Millisecond

// maxDatagram is the largest UDP message that there can be.
const maxDatagram = 64 << 10

// datagram is one UDP message.
type datagram struct {
	peer netip.Addr
	text string
}

// queue holds UDP messages between the socket and the store. It is bounded in bytes.
type queue struct {
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

func newQueue(most int) *queue { return &queue{most: most, ready: make(chan struct{}, 1)} }

// put adds a message, or counts it as lost when there is no room.
func (r *queue) put(d datagram) {
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
func (r *queue) take() (items []datagram, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	items, r.items, r.size = r.items, nil, 0
	return items, r.ended
}

func (r *queue) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

// packets is what messages over UDP are read from.
type packets interface {
	ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error)
}

// readUDP fills the queue, as fast as it can. An error that lasts is said once, and tried again
// after a pause.
func (s *Server) readUDP(ctx context.Context, from packets) {
	buffer := make([]byte, maxDatagram)
	failing := false
	for {
		n, from, err := from.ReadFromUDPAddrPort(buffer)
		if closed(err) {
			return
		}
		if err != nil && !failing {
			s.Log.WarnContext(ctx, "UDP messages cannot be read; it is tried again every second", "err", err)
		}
		if failing = err != nil; failing {
			select {
			case <-ctx.Done():
				return
			case <-s.Clock.After(pause):
			}
			continue
		}
		s.queue.put(datagram{from.Addr().Unmap(), string(buffer[:n])})
	}
}

// drain stores what is in the queue, again and again, up to its end.
func (s *Server) drain(ctx context.Context) {
	for {
		<-s.queue.ready
		select { // more come together
		case <-s.Clock.After(gather):
		case <-ctx.Done():
		}
		items, ended := s.queue.take()
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
		in.shared = true
		for _, text := range peers[peer] {
			in.add(ctx, text, false)
		}
		in.flush(ctx)
	}
}
