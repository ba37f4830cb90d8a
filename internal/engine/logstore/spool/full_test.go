package spool

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// onFullDisk returns a spool that was closed, with a disk on which nothing more can be written.
func onFullDisk(t *testing.T, frames ...string) (*desk, Position) {
	t.Helper()
	d := newDesk(t, Config{SegmentBytes: 100})
	for _, f := range frames {
		d.add(f)
	}
	end := d.End()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d.failWrite.Store(1)
	return d, end
}

func (d *desk) wantFull() {
	d.t.Helper()
	_, err := d.Append(d.t.Context(), Frame{Payload: []byte("refused")})
	d.wantUnavailable(err, "cannot write")
	if st := d.Stats(); !st.Full || !errors.Is(st.Failure, syscall.ENOSPC) {
		d.t.Fatalf("a full disk is not shown: %+v", st)
	}
}

// takeAway removes segments of a closed spool.
func (d *desk) takeAway(files []string) {
	d.t.Helper()
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			d.t.Fatal(err)
		}
	}
}

func TestSpoolOpensOnAFullDiskAndTakesFramesWhenThereIsRoom(t *testing.T) {
	long := strings.Repeat("a", 60)
	for name, c := range map[string]struct {
		harm func(*desk)
		want []string
	}{
		"as it was":               {func(*desk) {}, []string{long, "b", "c"}},
		"no segments":             {func(d *desk) { d.takeAway(d.files("*.log")) }, nil},
		"the newest taken":        {func(d *desk) { d.takeAway(d.files("*.log")[1:]) }, []string{long}},
		"a torn tail":             {func(d *desk) { d.tear(1, 1) }, []string{long, "b"}},
		"nothing but a torn tail": {func(d *desk) { d.tear(1, headerSize+2) }, []string{long}},
		"torn in the middle": {func(d *desk) {
			d.takeAway(d.files("*.log")[1:])
			d.tear(0, 30)
		}, nil},
		"no head": {func(d *desk) { d.takeAway(d.files(headName)) }, []string{long, "b", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, end := onFullDisk(t, long, "b", "c")
			c.harm(d)
			for range 2 { // a restart in between makes it no worse
				d.open()
				if st := d.Stats(); !st.Full || !errors.Is(st.Failure, syscall.ENOSPC) {
					t.Fatalf("right after opening: %+v", st)
				}
				if d.End() < end-headerSize-2 {
					t.Fatalf("the end was %d and is %d", end, d.End())
				}
				d.wantAll(0, c.want...)
				d.wantFull()
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
			}
			d.open()
			given := d.End()
			d.failWrite.Store(0)
			if p := d.add("after"); p < given+headerSize+5 {
				t.Fatalf("position %d was given twice: the end was %d", p, given)
			}
			if st := d.Stats(); st.Full || st.Failure != nil {
				t.Fatalf("with room: %+v", st)
			}
			d.wantAll(0, append(c.want, "after")...)
			d.reopen()
			d.wantAll(0, append(c.want, "after")...)
			d.wantAll(given, "after")
			if dm := d.Stats().Damage; dm != (Damage{}) {
				t.Fatalf("a full disk left damage: %+v", dm)
			}
		})
	}
}

// tear takes bytes off the end of a segment.
func (d *desk) tear(segment int, n int64) {
	d.t.Helper()
	path := d.files("*.log")[segment]
	if err := os.Truncate(path, int64(len(readAll(d.t, path)))-n); err != nil {
		d.t.Fatal(err)
	}
}

func TestNewSpoolOpensOnAFullDisk(t *testing.T) {
	d, _ := onFullDisk(t)
	d.takeAway(d.files("*"))
	d.open()
	d.wantAll(0)
	d.wantFull()
	d.failWrite.Store(0)
	d.add("a")
	d.reopen()
	d.wantAll(0, "a")
}

func TestReleasesMakeRoomOnAFullDisk(t *testing.T) {
	d, _ := onFullDisk(t, strings.Repeat("a", 60), strings.Repeat("b", 60), "c")
	d.open()
	d.Release("forwarder", d.End())
	if n := len(d.files("*.log")); n != 1 {
		t.Fatalf("%d files are left of what nobody needs", n)
	}
	d.wantAll(0, "c")
	d.wantFull()
	d.failWrite.Store(0)
	d.add("after")
	d.wantAll(0, "after")
}

func TestOpenReadsWhatADiskHasNoRoomToSync(t *testing.T) {
	d, end := onFullDisk(t, "a")
	d.failWrite.Store(0)
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		sys := d.system()
		sys.sync = func(*os.File) error { return os.NewSyscallError("fdatasync", full) }
		s, err := open(d.c, sys)
		if err != nil {
			t.Fatal(err)
		}
		d.Spool = s
		d.wantAll(0, "a")
		if st := d.Stats(); !st.Full || !errors.Is(st.Failure, full) || d.End() != end {
			t.Fatalf("got %+v", st)
		}
		if _, err := d.Append(t.Context(), Frame{}); err == nil {
			t.Fatal("acknowledged without a sync")
		}
		_ = d.Close()
	}
	d.open()
	d.add("b")
	d.wantAll(0, "a", "b")
}

func TestNothingIsAcknowledgedInAFileThatHasGone(t *testing.T) {
	d := newDesk(t, Config{})
	end := d.add("before")
	gone := d.files("*.log")
	d.takeAway(gone)
	_, err := d.Append(t.Context(), Frame{Payload: []byte("nowhere")})
	d.wantUnavailable(err, "cannot write")
	if st := d.Stats(); st.Failure == nil || !strings.Contains(st.Failure.Error(), gone[0]+" has gone") {
		t.Fatalf("the failure does not name %s: %v", gone[0], st.Failure)
	}
	if d.End() != end {
		t.Fatalf("the end moved to %d", d.End())
	}
	after := d.add("after")
	if after <= end+headerSize+Position(len("nowhere")) {
		t.Fatalf("position %d was given twice", after)
	}
	if d.Stats().Failure != nil || len(d.files("*.log")) != 1 {
		t.Fatalf("want a new segment, got %v, %v", d.files("*.log"), d.Stats().Failure)
	}
	d.wantAll(end, "after")
	d.reopen()
	d.wantAll(0, "after")
}

func TestAppendsAreUnavailableWhileTheDirectoryIsGone(t *testing.T) {
	d := newDesk(t, Config{Dir: filepath.Join(t.TempDir(), "spool")})
	d.add("before")
	end := d.End()
	if err := os.RemoveAll(d.c.Dir); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err := d.Append(t.Context(), Frame{Payload: []byte("nowhere")})
		d.wantUnavailable(err, "cannot write")
		if d.Stats().Failure == nil {
			t.Fatal("the failure is not shown")
		}
	}
	if err := os.Mkdir(d.c.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d.add("after")
	d.wantAll(end, "after")
}
