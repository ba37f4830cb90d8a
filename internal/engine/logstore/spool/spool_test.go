package spool

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

func TestFramesComeBackInOrderAsTheyWere(t *testing.T) {
	d := newDesk(t, Config{SegmentBytes: 200})
	var want []Frame
	at := Position(0)
	for i := range 20 {
		f := Frame{Received: noon.Add(time.Duration(i) * time.Microsecond), Rows: i, Kind: uint8(i % (MaxKind + 1)), Payload: bytes.Repeat([]byte{byte(i)}, i*7)}
		end, err := d.Append(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		f.Start, f.End, at = at, end, end
		want = append(want, f)
	}
	if len(d.files("*.log")) < 3 {
		t.Fatal("the test needs several segments")
	}
	for range 2 {
		for i, f := range d.all(0) {
			w := want[i]
			if !f.Received.Equal(w.Received) || f.Rows != w.Rows || f.Kind != w.Kind || !bytes.Equal(f.Payload, w.Payload) || f.Start != w.Start || f.End != w.End {
				t.Fatalf("frame %d: want %v, got %v", i, w, f)
			}
		}
		d.reopen()
	}
}

// TestFramesOfBeforeThereWereKindsAreReadAsTheFirst whose word for the rows was one number.
func TestFramesOfBeforeThereWereKindsAreReadAsTheFirst(t *testing.T) {
	old := appendHeader(nil, header{length: 3, received: noon})
	binary.LittleEndian.PutUint32(old[atRows:], 12_345_678)
	place(old, 0, 7)
	h, ok := parseHeader(old, 0, 7)
	if !ok || h.rows != 12_345_678 || h.kind != 0 || h.length != 3 {
		t.Errorf("it is read as %+v (%v)", h, ok)
	}
	d := newDesk(t, Config{})
	for _, f := range []Frame{{Kind: MaxKind + 1}, {Rows: MaxRows + 1}} {
		if _, err := d.Append(t.Context(), f); !errs.Is(err, errs.Invalid) {
			t.Errorf("%+v is taken: %v", f, err)
		}
	}
}

func TestReadReturnsOneFrameAtLeastAndNoMoreThanAskedFor(t *testing.T) {
	d := newDesk(t, Config{})
	first := d.add(strings.Repeat("a", 1000))
	d.add("b")
	d.add("c")
	if got, next, err := d.Read(0, 1); err != nil || len(got) != 1 || len(got[0].Payload) != 1000 || next != first {
		t.Fatalf("got %d frames, next %d, %v", len(got), next, err)
	}
	if got, _, _ := d.Read(first, headerSize+1); len(got) != 1 {
		t.Fatalf("got %d frames for the bytes of one", len(got))
	}
	if got, _, _ := d.Read(first, 2*(headerSize+1)); len(got) != 2 {
		t.Fatalf("got %d frames for the bytes of two", len(got))
	}
	if got, next, err := d.Read(d.End(), 1<<20); err != nil || len(got) != 0 || next != d.End() {
		t.Fatalf("at the end: %v, %d, %v", got, next, err)
	}
}

func TestZeroReceivedIsThePresent(t *testing.T) {
	d := newDesk(t, Config{})
	if _, err := d.Append(t.Context(), Frame{}); err != nil {
		t.Fatal(err)
	}
	if f := d.all(0); !f[0].Received.Equal(noon) {
		t.Fatalf("got %v", f[0].Received)
	}
}

func TestLargestFrameIsTakenAndOneByteMoreIsNot(t *testing.T) {
	d := newDesk(t, Config{})
	payload := make([]byte, MaxPayload+1)
	payload[MaxPayload-1] = 7
	if _, err := d.Append(t.Context(), Frame{Payload: payload}); !errs.Is(err, errs.Invalid) {
		t.Fatalf("want Invalid, got %v", err)
	}
	if _, err := d.Append(t.Context(), Frame{Payload: payload[:MaxPayload]}); err != nil {
		t.Fatal(err)
	}
	d.add("after")
	d.reopen()
	got := d.all(0)
	if len(got) != 2 || !bytes.Equal(got[0].Payload, payload[:MaxPayload]) || string(got[1].Payload) != "after" {
		t.Fatalf("got %d frames", len(got))
	}
}

func TestCallersPayloadIsNotKept(t *testing.T) {
	d := newDesk(t, Config{})
	b := []byte("first")
	if _, err := d.Append(t.Context(), Frame{Payload: b}); err != nil {
		t.Fatal(err)
	}
	copy(b, "XXXXX")
	d.wantAll(0, "first")
}

func TestIdentityStaysWithTheDirectory(t *testing.T) {
	d, other := newDesk(t, Config{}), newDesk(t, Config{})
	id := d.ID()
	if id == "" || id == other.ID() {
		t.Fatalf("identities %q and %q", id, other.ID())
	}
	d.reopen()
	if d.ID() != id {
		t.Fatal("another identity after reopening")
	}
}

func TestFramesSurviveALostIdentity(t *testing.T) {
	for name, harm := range map[string]func(path string) error{
		"gone":    os.Remove,
		"damaged": func(p string) error { return os.WriteFile(p, []byte("mainstay spool 1\nid x"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, Config{})
			id := d.ID()
			d.add("kept")
			_ = d.Close()
			if err := harm(filepath.Join(d.c.Dir, headName)); err != nil {
				t.Fatal(err)
			}
			d.open()
			if d.ID() == id || d.ID() == "" {
				t.Fatalf("identity %q", d.ID())
			}
			d.wantAll(0, "kept")
		})
	}
}

func TestSecondProcessIsKeptOut(t *testing.T) {
	d := newDesk(t, Config{})
	if _, err := Open(d.c); !errs.Is(err, errs.Conflict) {
		t.Fatalf("want Conflict, got %v", err)
	}
}

func TestConfigurationWithoutReadersIsRefused(t *testing.T) {
	if _, err := Open(Config{Dir: t.TempDir(), Clock: clock.Wall()}); !errs.Is(err, errs.Invalid) {
		t.Fatalf("want Invalid, got %v", err)
	}
}

func TestPositionBehindTheEndIsAConflict(t *testing.T) {
	d := newDesk(t, Config{})
	end := d.add("a")
	if _, _, err := d.Read(end+1, 1); !errs.Is(err, errs.Conflict) {
		t.Fatalf("want Conflict, got %v", err)
	}
	if err := d.Wait(t.Context(), end+1); err != nil {
		t.Fatalf("waiting behind the end must not block: %v", err)
	}
	d.Release("forwarder", end+1)
	if d.Stats().Readers[0].Frames != 1 {
		t.Fatal("a release behind the end counted")
	}
}

// A caller is many goroutines on one spool.
func TestConcurrentAppendsShareSyncs(t *testing.T) {
	d := newDesk(t, Config{})
	d.gate, d.entered = make(chan struct{}), make(chan struct{}, 100)
	before := d.syncs.Load()
	var wg sync.WaitGroup
	ends := make([]Position, 101)
	add := func(i int) {
		defer wg.Done()
		var err error
		if ends[i], err = d.Append(t.Context(), Frame{Payload: fmt.Append(nil, i)}); err != nil {
			t.Error(err)
		}
	}
	wg.Add(1)
	go add(100)
	<-d.entered // the writer is in the first sync; everybody else gathers
	for i := range 100 {
		wg.Add(1)
		go add(i)
	}
	for d.gathered() < 100*headerSize+190 {
		runtime.Gosched()
	}
	if got, _, _ := d.Read(0, 1<<20); len(got) != 0 {
		t.Fatal("a frame was shown before its sync")
	}
	d.gate <- struct{}{}
	<-d.entered
	d.gate <- struct{}{}
	wg.Wait()
	if n := d.syncs.Load() - before; n != 2 {
		t.Fatalf("101 appends took %d syncs, want 2", n)
	}
	for _, f := range d.all(0) {
		var i int
		if _, err := fmt.Sscan(string(f.Payload), &i); err != nil || ends[i] != f.End {
			t.Fatalf("frame %q ends at %d, its caller was told %d", f.Payload, f.End, ends[i])
		}
	}
	close(d.gate)
}

func TestAppendsThatWaitAreAnsweredByClose(t *testing.T) {
	d := newDesk(t, Config{})
	d.gate, d.entered = make(chan struct{}), make(chan struct{}, 10)
	answers := make(chan error, 2)
	add := func() {
		_, err := d.Append(context.Background(), Frame{Payload: []byte("x")})
		answers <- err
	}
	go add()
	<-d.entered
	go add()
	for d.gathered() == 0 {
		runtime.Gosched()
	}
	closed := make(chan error)
	go func() { closed <- d.Close() }()
	d.wantUnavailable(<-answers, "closed")
	close(d.gate)
	if err := <-answers; err != nil {
		t.Fatalf("what the writer was busy with: %v", err)
	}
	if err := errors.Join(<-closed, d.Close()); err != nil {
		t.Fatal(err)
	}
	_, err := d.Append(t.Context(), Frame{})
	d.wantUnavailable(err, "closed")
	_, _, err = d.Read(0, 1)
	d.wantUnavailable(err, "closed")
	d.wantUnavailable(d.Wait(t.Context(), 0), "closed")
}

func TestCancelledAppendReturnsAndItsFrameMayBeThere(t *testing.T) {
	d := newDesk(t, Config{})
	d.gate, d.entered = make(chan struct{}), make(chan struct{}, 10)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	b := []byte("mine")
	go func() {
		_, err := d.Append(ctx, Frame{Payload: b})
		answer <- err
	}()
	<-d.entered
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	copy(b, "XXXX") // the payload is the caller's again
	close(d.gate)
	if err := d.Wait(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	d.wantAll(0, "mine")
	if _, err := d.Append(ctx, Frame{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("append with a context that has ended: %v", err)
	}
}

func TestEveryReaderIsWokenForEveryFrame(t *testing.T) {
	d := newDesk(t, Config{SegmentBytes: 500})
	const frames, readers = 200, 4
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			at, seen := Position(0), 0
			for seen < frames {
				if err := d.Wait(t.Context(), at); err != nil {
					t.Error(err)
					return
				}
				got, next, err := d.Read(at, 300)
				if err != nil {
					t.Error(err)
					return
				}
				for _, f := range got {
					if string(f.Payload) != fmt.Sprint(seen) {
						t.Errorf("frame %d is %q", seen, f.Payload)
					}
					seen++
				}
				at = next
			}
		})
	}
	for i := range frames {
		d.add(fmt.Sprint(i))
	}
	wg.Wait()
}

func TestWaitEndsWithItsContextAndWithTheSpool(t *testing.T) {
	d := newDesk(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 2)
	go func() { answer <- d.Wait(ctx, 0) }()
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	go func() { answer <- d.Wait(t.Context(), 0) }()
	for !d.watched() {
		runtime.Gosched()
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.wantUnavailable(<-answer, "closed")
}

func TestAppendAllocatesLittle(t *testing.T) {
	d := newDesk(t, Config{})
	payload := make([]byte, 64<<10)
	d.add(string(payload))
	if n := testing.AllocsPerRun(100, func() {
		if _, err := d.Append(t.Context(), Frame{Received: noon, Payload: payload}); err != nil {
			t.Fatal(err)
		}
	}); n > 12 {
		t.Fatalf("%v allocations for each append", n)
	}
}

func TestOpenSyncsWhatAKilledProcessWrote(t *testing.T) {
	d := newDesk(t, Config{})
	d.add("written")
	_ = d.Close()
	d.syncs.Store(0)
	d.open()
	if d.syncs.Load() == 0 {
		t.Fatal("frames are shown that nobody has synced")
	}
	_ = d.Close()
	d.failSync.Store(true)
	if s, err := open(d.c, d.system()); err == nil {
		_ = s.Close()
		t.Fatal("opened although the disk cannot sync")
	}
	d.failSync.Store(false)
	d.open()
	d.wantAll(0, "written")
}

func TestDirectoryIsMadeWithItsParents(t *testing.T) {
	d := newDesk(t, Config{Dir: t.TempDir() + "/data/logs/spool"})
	d.add("a")
	d.reopen()
	d.wantAll(0, "a")
}
