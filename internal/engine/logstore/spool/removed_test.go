package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadersGoOnBehindASegmentThatSomebodyRemoved(t *testing.T) {
	long := strings.Repeat("a", 60)
	for name, c := range map[string]struct {
		gone []int // of three segments
		want []string
	}{
		"the first":     {[]int{0}, []string{"b" + long, "c" + long}},
		"the second":    {[]int{1}, []string{"a" + long, "c" + long}},
		"the last":      {[]int{2}, []string{"a" + long, "b" + long}},
		"all":           {[]int{0, 1, 2}, nil},
		"but the first": {[]int{1, 2}, []string{"a" + long}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, Config{SegmentBytes: 100, Readers: []string{"forwarder", "rules"}})
			for _, f := range []string{"a", "b", "c"} {
				d.add(f + long)
			}
			files, bytes := d.files("*.log"), int64(0)
			for _, i := range c.gone {
				bytes += int64(len(readAll(t, files[i])))
				d.takeAway(files[i : i+1])
			}
			for range 2 { // readers
				d.wantAll(0, c.want...)
			}
			if got := d.Stats().Damage; got != (Damage{Removed: int64(len(c.gone)), RemovedBytes: bytes}) {
				t.Errorf("of %d bytes in %d files: %+v", bytes, len(c.gone), got)
			}
			_, _ = d.Append(t.Context(), Frame{Payload: []byte("finds out")})
			end := d.End()
			d.add("after")
			d.wantAll(end, "after")
			for _, r := range d.c.Readers {
				d.Release(r, d.End())
			}
			if got := d.Stats(); got.Bytes > int64(2*headerSize+len("after")+len("finds out")) {
				t.Errorf("removed segments still take room: %+v", got)
			}
		})
	}
}

// TestASpoolThatIsOutOfSightIsWaitedFor: of a disk that is not mounted nothing is lost.
func TestASpoolThatIsOutOfSightIsWaitedFor(t *testing.T) {
	d := newDesk(t, Config{Dir: filepath.Join(t.TempDir(), "spool")})
	d.add("a")
	if err := os.Rename(d.c.Dir, d.c.Dir+".away"); err != nil {
		t.Fatal(err)
	}
	for _, again := range []bool{false, true} {
		if again { // the empty directory under a mount
			if err := os.Mkdir(d.c.Dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if _, next, err := d.Read(0, 1<<16); !errors.Is(err, fs.ErrNotExist) || next != 0 {
			t.Fatalf("went on at %d: %v", next, err)
		}
	}
	if err := errors.Join(os.Remove(d.c.Dir), os.Rename(d.c.Dir+".away", d.c.Dir)); err != nil {
		t.Fatal(err)
	}
	d.wantAll(0, "a")
	if got := d.Stats().Damage; got != (Damage{}) {
		t.Fatalf("%+v", got)
	}
}

func TestReadersGoOnWhenTheWholeDirectoryWasRemoved(t *testing.T) {
	d := newDesk(t, Config{Dir: filepath.Join(t.TempDir(), "spool")})
	d.add("before")
	if err := os.RemoveAll(d.c.Dir); err != nil {
		t.Fatal(err)
	}
	d.wantAll(0)
	if got := d.Stats().Damage; got.Removed != 1 {
		t.Fatalf("%+v", got)
	}
	if err := os.Mkdir(d.c.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, _ = d.Append(t.Context(), Frame{Payload: []byte("finds out")})
	d.add("after")
	d.wantAll(0, "after")
}
