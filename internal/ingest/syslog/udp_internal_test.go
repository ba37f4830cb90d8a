package syslog

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
)

// broken are packets that cannot be read some times, then one, and then the end.
type broken struct {
	errors int
	reads  int
}

func (b *broken) ReadFromUDPAddrPort(buffer []byte) (int, netip.AddrPort, error) {
	b.reads++
	switch {
	case b.reads <= b.errors:
		return 0, netip.AddrPort{}, errors.New("no such device")
	case b.reads == b.errors+1:
		return copy(buffer, "hello"), netip.MustParseAddrPort("10.0.0.1:514"), nil
	}
	return 0, netip.AddrPort{}, net.ErrClosed
}

// counting is a clock that counts how often somebody waits, and lets nobody wait.
type counting struct {
	clock.Clock
	waits []time.Duration
}

func (c *counting) After(d time.Duration) <-chan time.Time {
	c.waits = append(c.waits, d)
	now := make(chan time.Time, 1)
	now <- time.Time{}
	return now
}

// TestAReadErrorThatLastsIsSaidOnceAndWaitedFor, and does not keep a processor and the log busy.
func TestAReadErrorThatLastsIsSaidOnceAndWaitedFor(t *testing.T) {
	var log strings.Builder
	c := &counting{}
	s := New(Config{Clock: c, Log: slog.New(slog.NewTextHandler(&log, nil))})
	from := &broken{errors: 5}
	s.readUDP(context.Background(), from)
	if got, _ := s.queue.take(); len(got) != 1 || got[0].text != "hello" {
		t.Errorf("read %v", got)
	}
	if len(c.waits) != 5 || c.waits[0] < time.Second {
		t.Errorf("waited %v", c.waits)
	}
	if n := strings.Count(log.String(), "no such device"); n != 1 {
		t.Errorf("said %d times: %s", n, log.String())
	}
}
