package spool

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// desk is a spool in a directory of its own, with a disk that can be made to fail.
type desk struct {
	t testing.TB
	c Config
	*Spool
	syncs     atomic.Int64
	failSync  atomic.Bool
	failWrite atomic.Int64 // bytes after which writes fail with ENOSPC; 0: never
	gate      chan struct{}
	entered   chan struct{}
	free      atomic.Int64
}

func newDesk(t testing.TB, c Config) *desk {
	t.Helper()
	d := &desk{t: t, c: c}
	if d.c.Dir == "" {
		d.c.Dir = t.TempDir()
	}
	if d.c.Readers == nil {
		d.c.Readers = []string{"forwarder"}
	}
	d.c.Clock = clock.NewFake(noon)
	d.c.MinFree = 1
	d.free.Store(1 << 50)
	d.open()
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func (d *desk) system() system {
	return system{
		write: func(f *os.File, b []byte, off int64) (int, error) {
			if n := d.failWrite.Load(); n > 0 && n < int64(len(b)) {
				_, _ = f.WriteAt(b[:n], off)
				return int(n), syscall.ENOSPC
			}
			return f.WriteAt(b, off)
		},
		sync: func(f *os.File) error {
			d.syncs.Add(1)
			if d.gate != nil {
				d.entered <- struct{}{}
				<-d.gate
			}
			if d.failSync.Load() {
				return syscall.EIO
			}
			return syncData(f)
		},
		free: func(string) (int64, error) { return d.free.Load(), nil },
	}
}

func (d *desk) open() {
	d.t.Helper()
	s, err := open(d.c, d.system())
	if err != nil {
		d.t.Fatal(err)
	}
	d.Spool = s
}

func (d *desk) reopen() {
	d.t.Helper()
	if err := d.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.open()
}

func (d *desk) add(payload string) Position {
	d.t.Helper()
	p, err := d.Append(context.Background(), Frame{Received: noon, Rows: 1, Payload: []byte(payload)})
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// all reads everything from a position on.
func (d *desk) all(from Position) []Frame {
	d.t.Helper()
	var got []Frame
	for {
		frames, next, err := d.Read(from, 1<<16)
		if err != nil {
			d.t.Fatal(err)
		}
		if len(frames) == 0 {
			if next != d.End() {
				d.t.Fatalf("reading ended at %d, the end is %d", next, d.End())
			}
			return got
		}
		got = append(got, frames...)
		from = next
	}
}

func (d *desk) wantAll(from Position, want ...string) {
	d.t.Helper()
	if got := payloads(d.all(from)); !equal(got, want) {
		d.t.Fatalf("from %d: want %d frames %.200q, got %d: %.200q", from, len(want), want, len(got), got)
	}
}

func payloads(frames []Frame) []string {
	var list []string
	for _, f := range frames {
		list = append(list, string(f.Payload))
	}
	return list
}

func equal(a, b []string) bool {
	return strings.Join(a, "\x00") == strings.Join(b, "\x00") && len(a) == len(b)
}

func (d *desk) files(pattern string) []string {
	d.t.Helper()
	list, err := filepath.Glob(filepath.Join(d.c.Dir, pattern))
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d *desk) wantUnavailable(err error, words string) {
	d.t.Helper()
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), words) {
		d.t.Fatalf("want an Unavailable error with %q, got %v", words, err)
	}
}

func (d *desk) gathered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.pending.buf)
}

func (d *desk) watched() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed != nil
}

func readAll(t testing.TB, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
