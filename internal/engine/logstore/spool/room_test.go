package spool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"mainstay/internal/base/errs"
)

func TestSegmentGoesWhenEveryReaderHasReleasedIt(t *testing.T) {
	d := newDesk(t, Config{SegmentBytes: 100, Readers: []string{"forwarder", "rules"}})
	var ends []Position
	for range 4 {
		ends = append(ends, d.add(strings.Repeat("a", 90))) // one segment each
	}
	want := func(files int, start Position) {
		t.Helper()
		if got := len(d.files("*.log")); got != files || d.Start() != start {
			t.Fatalf("want %d files from %d, got %d from %d", files, start, got, d.Start())
		}
	}
	d.Release("forwarder", d.End())
	d.Release("stranger", d.End())
	want(4, 0)
	d.Release("rules", 0)
	want(4, 0)
	d.Release("rules", ends[1]-1)
	want(3, ends[0])
	d.Release("rules", ends[0]) // nothing is taken back
	want(3, ends[0])
	d.Release("rules", ends[2])
	want(1, ends[2])
	d.Release("rules", ends[3])
	want(1, ends[2])
	if got := d.all(0); len(got) != 1 || got[0].Start != ends[2] {
		t.Fatalf("a position before the start: %v", got)
	}
	d.reopen()
	d.Release("forwarder", d.End())
	want(1, ends[2])
	if got := d.Stats().Readers[1]; got.Frames != 1 {
		t.Fatalf("a release outlived the spool: %+v", got)
	}
}

func TestPositionsGoOnWhenEverythingWasReleased(t *testing.T) {
	d := newDesk(t, Config{SegmentBytes: 100})
	for range 5 {
		d.Release("forwarder", d.add(strings.Repeat("a", 90)))
	}
	end := d.End()
	d.reopen()
	if d.End() != end {
		t.Fatalf("the end was %d and is %d", end, d.End())
	}
	if got := d.add("b"); got != end+headerSize+1 {
		t.Fatalf("got %d", got)
	}
}

func TestPositionsGoOnWhenSegmentsWereTakenAway(t *testing.T) {
	for _, c := range []struct {
		name string
		keep int
	}{{"all", 0}, {"the newest", 1}} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, Config{SegmentBytes: 100})
			d.add(strings.Repeat("a", 90))
			end := d.add(strings.Repeat("b", 90))
			_ = d.Close()
			for _, f := range d.files("*.log")[c.keep:] {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
			d.open()
			if d.End() < end || len(d.all(0)) != c.keep {
				t.Fatalf("the end was %d and is %d", end, d.End())
			}
			d.add("c")
			d.reopen()
			if got := d.all(end); len(got) != 1 || string(got[0].Payload) != "c" {
				t.Fatalf("got %v", got)
			}
		})
	}
}

func TestFullSpoolRefusesUntilReadersCatchUp(t *testing.T) {
	d := newDesk(t, Config{MaxBytes: 1000, Readers: []string{"forwarder", "rules"}})
	frame := Frame{Rows: 1, Payload: make([]byte, 100)}
	var ends []Position
	for {
		p, err := d.Append(t.Context(), frame)
		if err != nil {
			d.wantUnavailable(err, "the log spool is full: 952 bytes of 1000 bytes wait for forwarder, rules")
			break
		}
		ends = append(ends, p)
	}
	if len(ends) != 7 || !d.Stats().Full || len(d.all(0)) != 7 {
		t.Fatalf("%d frames of 136 bytes in 1000, %+v", len(ends), d.Stats())
	}
	d.Release("forwarder", d.End())
	_, err := d.Append(t.Context(), frame)
	d.wantUnavailable(err, "wait for rules")
	d.Release("rules", ends[2])
	if d.Stats().Full {
		t.Fatal("full after a segment went")
	}
	if _, err := d.Append(t.Context(), frame); err != nil {
		t.Fatal(err)
	}
}

func TestSpoolThatHoldsNothingNeededTakesAFrameOfAnySize(t *testing.T) {
	d := newDesk(t, Config{MaxBytes: 1000})
	for range 5 {
		if _, err := d.Append(t.Context(), Frame{Payload: make([]byte, 900)}); err != nil {
			t.Fatal(err)
		}
		_, err := d.Append(t.Context(), Frame{Payload: make([]byte, 900)})
		d.wantUnavailable(err, "full")
		d.Release("forwarder", d.End())
	}
	if _, err := d.Append(t.Context(), Frame{Payload: make([]byte, 1000)}); !errs.Is(err, errs.Invalid) {
		t.Fatalf("a frame that never fits: %v", err)
	}
}

func TestDiskKeepsItsFreeBytes(t *testing.T) {
	d := newDesk(t, Config{})
	d.c.MinFree = 1000
	d.reopen()
	d.free.Store(1000 + headerSize + 9)
	_, err := d.Append(t.Context(), Frame{Payload: make([]byte, 10)})
	d.wantUnavailable(err, "the disk of the log spool is full")
	if !d.Stats().Full || len(d.all(0)) != 0 {
		t.Fatal("something was written to a full disk")
	}
	d.free.Store(1000 + headerSize + 10)
	if d.Stats().Full {
		t.Fatal("full although what was refused has room now")
	}
	d.add("0123456789")
	if d.Stats().Full {
		t.Fatal("full although there is room")
	}
}

// failing breaks the disk in one way and mends it.
var failing = map[string]struct{ fail, mend func(*desk) }{
	"sync":  {func(d *desk) { d.failSync.Store(true) }, func(d *desk) { d.failSync.Store(false) }},
	"write": {func(d *desk) { d.failWrite.Store(headerSize + 3) }, func(d *desk) { d.failWrite.Store(0) }},
}

func TestNothingOfAFailedWriteIsAcknowledgedShownOrInTheWay(t *testing.T) {
	for name, disk := range failing {
		for _, already := range []int{0, 2} {
			t.Run(name, func(t *testing.T) {
				d := newDesk(t, Config{})
				var want []string
				for range already {
					d.add("before")
					want = append(want, "before")
				}
				disk.fail(d)
				for range 3 {
					_, err := d.Append(t.Context(), Frame{Payload: []byte("failed")})
					d.wantUnavailable(err, "cannot write to its disk")
					if !errors.Is(err, syscall.EIO) && !errors.Is(err, syscall.ENOSPC) {
						t.Fatalf("the cause is missing: %v", err)
					}
				}
				if d.Stats().Failure == nil {
					t.Fatal("the failure is not shown")
				}
				d.wantAll(0, want...)
				behind := d.End()
				disk.mend(d)
				d.add("after")
				want = append(want, "after")
				d.wantAll(0, want...)
				d.wantAll(behind, "after")
				if d.Stats().Failure != nil || d.Stats().Frames != int64(len(want)) {
					t.Fatalf("after recovery: %+v", d.Stats())
				}
				d.reopen()
				d.wantAll(0, want...)
				if dm := d.Stats().Damage; dm != (Damage{}) {
					t.Fatalf("a failed write left damage: %+v", dm)
				}
			})
		}
	}
}

func TestAFailedSyncIsNotRepeatedOnTheSameFile(t *testing.T) {
	d := newDesk(t, Config{})
	d.add("before")
	d.failSync.Store(true)
	_, err := d.Append(t.Context(), Frame{Payload: []byte("failed")})
	d.wantUnavailable(err, "")
	d.failSync.Store(false)
	if end, failed := d.add("after"), Position(2*headerSize+len("beforefailed")); end != failed+headerSize+5 {
		t.Fatalf("the next frame ends at %d, though the failed one may be on the disk up to %d", end, failed)
	}
	files := d.files("*.log")
	if len(files) != 2 {
		t.Fatalf("want the sealed segment and a new one, got %v", files)
	}
	if b := readAll(t, files[0]); len(b) != headerSize+len("before") {
		t.Fatalf("the sealed segment has %d bytes", len(b))
	}
}

func TestSpoolStaysClosedForAppendsWhileItCannotGoOn(t *testing.T) {
	d := newDesk(t, Config{})
	d.add("before")
	d.failSync.Store(true)
	_, err := d.Append(t.Context(), Frame{Payload: []byte("failed")})
	d.wantUnavailable(err, "")
	d.failSync.Store(false)
	away := d.c.Dir + ".away"
	if err := os.Rename(d.c.Dir, away); err != nil {
		t.Fatal(err)
	}
	_, err = d.Append(t.Context(), Frame{Payload: []byte("failed too")})
	d.wantUnavailable(err, "cannot write")
	if err := os.Rename(away, d.c.Dir); err != nil {
		t.Fatal(err)
	}
	d.add("after")
	d.wantAll(0, "before", "after")
}

func TestShortOfSpaceAtANewSegmentLosesNothing(t *testing.T) {
	d := newDesk(t, Config{SegmentBytes: 100})
	d.add(strings.Repeat("a", 90))
	block := filepath.Join(d.c.Dir, headName+".new")
	if err := os.Mkdir(block, 0o700); err != nil { // the new head cannot be written
		t.Fatal(err)
	}
	_, err := d.Append(t.Context(), Frame{Payload: []byte("b")})
	if err == nil {
		_, err = d.Append(t.Context(), Frame{Payload: []byte("b")})
	}
	d.wantUnavailable(err, "cannot write")
	if err := os.Remove(block); err != nil {
		t.Fatal(err)
	}
	d.add("c")
	d.wantAll(0, strings.Repeat("a", 90), "c")
}

func TestStatsTellHowFarReadersAre(t *testing.T) {
	d := newDesk(t, Config{SegmentBytes: 1 << 20, Readers: []string{"forwarder", "rules"}})
	d.add("old")
	d.reopen()
	payload := make([]byte, markEvery)
	var ends []Position
	for i := range 5 {
		p, err := d.Append(t.Context(), Frame{Received: noon.Add(time.Duration(i+1) * time.Minute), Rows: 10, Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, p)
	}
	d.Release("forwarder", ends[2])
	st := d.Stats()
	want := []Lag{
		{"forwarder", int64(ends[4] - ends[2]), 2, 20, noon.Add(4 * time.Minute)},
		{"rules", int64(ends[4]), 6, 51, noon},
	}
	if st.Readers[0] != want[0] || st.Readers[1] != want[1] {
		t.Fatalf("want %+v, got %+v", want, st.Readers)
	}
	if st.Frames != 5 || st.Rows != 50 || !st.Oldest.Equal(noon) || st.Bytes != int64(ends[4]) || st.Segments != 1 || st.LastSync <= 0 {
		t.Fatalf("got %+v", st)
	}
	d.Release("forwarder", ends[4])
	d.Release("rules", ends[4])
	for _, l := range d.Stats().Readers {
		if l.Bytes != 0 || l.Frames != 0 || l.Rows != 0 || !l.Oldest.IsZero() {
			t.Fatalf("a reader that has everything: %+v", l)
		}
	}
}

func TestAppendsWaitWhileAGroupIsFull(t *testing.T) {
	d := newDesk(t, Config{})
	d.gate, d.entered = make(chan struct{}), make(chan struct{}, 10)
	answers := make(chan error, 3)
	add := func(n int) {
		_, err := d.Append(context.Background(), Frame{Payload: make([]byte, n)})
		answers <- err
	}
	go add(1)
	<-d.entered
	go add(groupBytes) // fills the group that gathers
	for d.gathered() == 0 {
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := d.enqueue(ctx, header{}, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	go add(1)
	close(d.gate)
	for range 3 {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	if n := len(d.all(0)); n != 3 {
		t.Fatalf("%d frames", n)
	}
}
