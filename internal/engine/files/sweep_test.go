package files_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/files"
)

// shelf is a store that is swept.
type shelf struct {
	*testing.T
	*files.Store
	db  *db.DB
	dir string
}

func eachShelf(t *testing.T, test func(*shelf)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		dir := t.TempDir()
		test(&shelf{T: t, Store: open(t, dir, 0), db: d, dir: dir})
	})
}

func (s *shelf) save(text string) files.Content {
	s.Helper()
	c, err := s.Save(strings.NewReader(text))
	if err != nil {
		s.Fatal(err)
	}
	return c
}

func (s *shelf) add(c files.Content) (f files.File) {
	s.Helper()
	err := s.db.Do(context.Background(), func(tx *db.Tx) (err error) {
		f, err = files.Add(tx, c, "note.txt", "text/plain")
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return f
}

// aged makes all files older.
func (s *shelf) aged(by time.Duration) {
	s.Helper()
	for _, path := range list(s.T, s.dir) {
		info, err := os.Stat(path)
		if err == nil {
			then := info.ModTime().Add(-by)
			err = os.Chtimes(path, then, then)
		}
		if err != nil {
			s.Fatal(err)
		}
	}
}

func (s *shelf) sweep() (gone int) {
	s.Helper()
	r, err := s.Sweep(context.Background(), s.db)
	if err != nil {
		s.Fatal(err)
	}
	return r.Did
}

func (s *shelf) read(f files.File) string {
	s.Helper()
	r, err := s.Store.Open(f)
	if err != nil {
		s.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		s.Fatal(err)
	}
	return string(text)
}

func (s *shelf) kept() (names []string) {
	for _, path := range list(s.T, s.dir) {
		names = append(names, filepath.Base(path))
	}
	return names
}

func TestContentWithoutARowGoesAfterDays(t *testing.T) {
	eachShelf(t, func(s *shelf) {
		needed := s.add(s.save("needed"))
		s.save("its transaction failed")
		s.aged(23 * time.Hour)
		if gone := s.sweep() + s.sweep(); gone != 0 || len(s.kept()) != 2 {
			t.Fatalf("young content: %d gone, %v kept", gone, s.kept())
		}
		s.aged(2 * time.Hour)
		if gone := s.sweep() + s.sweep(); gone != 0 || len(s.kept()) != 2 {
			t.Fatalf("what has just been put aside: %d gone, %v kept", gone, s.kept())
		}
		s.aged(25 * time.Hour)
		if gone := s.sweep() + s.sweep(); gone != 1 || !slices.Equal(s.kept(), []string{needed.SHA256}) {
			t.Fatalf("a day later: %d gone, %v kept", gone, s.kept())
		}
		if got := s.read(needed); got != "needed" {
			t.Errorf("what has a row reads %q", got)
		}
	})
}

func TestContentThatGetsItsRowAfterAllIsReadWhereverItIs(t *testing.T) {
	eachShelf(t, func(s *shelf) {
		c := s.save("slow")
		s.aged(25 * time.Hour)
		s.sweep()
		if got := s.kept(); len(got) != 1 || got[0] == c.SHA256 {
			t.Fatalf("not put aside: %v", got)
		}
		f := s.add(c)
		if got := s.read(f); got != "slow" {
			t.Errorf("put aside it reads %q", got)
		}
		s.aged(25 * time.Hour) // back it goes, however old
		s.sweep()
		if got := s.kept(); !slices.Equal(got, []string{c.SHA256}) || s.read(f) != "slow" {
			t.Errorf("not put back: %v", got)
		}
	})
}

func TestTemporaryFilesAreSweptToo(t *testing.T) {
	eachShelf(t, func(s *shelf) {
		for _, name := range []string{"upload-old", "upload-new"} {
			if err := os.WriteFile(filepath.Join(s.dir, "tmp", name), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
			if name == "upload-old" {
				s.aged(25 * time.Hour)
			}
		}
		s.sweep()
		if got := s.kept(); !slices.Equal(got, []string{"upload-new"}) {
			t.Errorf("kept %v", got)
		}
	})
}

// Uploads of content that lies there old and without a row, while sweeps go on: every row
// has its content, at every moment.
func TestUploadsUnderWayLoseNothingToASweep(t *testing.T) {
	const rounds = 60
	eachShelf(t, func(s *shelf) {
		done := make(chan struct{})
		var sweeping sync.WaitGroup
		for range 2 { // two nodes
			sweeping.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					if _, err := s.Sweep(context.Background(), s.db); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := range rounds {
			text := strings.Repeat("x", i+1)
			c := s.save(text)
			path := filepath.Join(s.dir, c.SHA256[:2], c.SHA256)
			then := clock.Wall().Now().Add(-25 * time.Hour)
			_ = os.Chtimes(path, then, then) // unless it is put aside already
			f := s.add(s.save(text))
			if got := s.read(f); got != text {
				t.Errorf("round %d reads %d characters", i, len(got))
			}
		}
		close(done)
		sweeping.Wait()
		s.sweep()
		for _, name := range s.kept() {
			if strings.Contains(name, ".") {
				t.Errorf("%s is left aside though a row names it", name)
			}
		}
		if got := s.kept(); len(got) != rounds {
			t.Errorf("%d of %d kept", len(got), rounds)
		}
	})
}
