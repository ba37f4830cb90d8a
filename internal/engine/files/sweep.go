package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mainstay/internal/base/id"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

// A sweep removes content that no row names: of uploads whose transaction failed, or whose
// process died before it. No lock holds off an upload of the same content that is under way,
// perhaps on another node, so nothing is removed at once:
//
//	content  ──▶ put aside when it is old and no row names it
//	put aside ─▶ back as soon as a row names it; gone a day later when none does
//
// Whoever opens content that has been put aside finds it there all the same. An upload takes
// minutes at most, so its row is stored long before that day is over.

// abandoned is how old what nobody needs is before it goes.
const abandoned = 24 * time.Hour

func (s *Store) aside() string { return filepath.Join(s.dir, "aside") }

// asideName is a name that nobody else gives: what is put aside replaces nothing.
func (s *Store) asideName(sum string) string {
	return filepath.Join(s.aside(), sum+"."+id.New[string]())
}

// openAside opens content that has been put aside.
func (s *Store) openAside(sum string) (*os.File, error) {
	found, err := filepath.Glob(filepath.Join(s.aside(), sum+".*"))
	for _, path := range found {
		if r, err := os.Open(path); err == nil {
			return r, nil
		}
	}
	return nil, errors.Join(fs.ErrNotExist, err)
}

// Sweep removes what uploads that failed left behind. Did counts what is gone for good.
func (s *Store) Sweep(ctx context.Context, d *db.DB) (worker.Result, error) {
	if err := s.clean(); err != nil {
		return worker.Result{}, err
	}
	gone, err := s.empty(ctx, d)
	if err != nil {
		return worker.Result{}, err
	}
	return worker.Result{Did: gone}, s.putAside(ctx, d)
}

// empty goes through what was put aside: back with what is needed, away with what is old.
func (s *Store) empty(ctx context.Context, d *db.DB) (gone int, err error) {
	there, err := entries(s.aside())
	if err != nil || len(there) == 0 {
		return 0, err
	}
	named, err := namedIn(ctx, d) // read after the list: who was put aside before is in it
	if err != nil {
		return 0, err
	}
	for _, e := range there {
		path := filepath.Join(s.aside(), e.Name())
		sum, _, _ := strings.Cut(e.Name(), ".")
		switch {
		case named[sum]:
			err = s.putBack(path, sum)
		case s.old(e):
			err = ignoreGone(os.Remove(path))
			gone++
		}
		if err != nil {
			return gone, fmt.Errorf("file store: %w", err)
		}
	}
	return gone, nil
}

// putAside looks for content without a row.
func (s *Store) putAside(ctx context.Context, d *db.DB) error {
	var old []string
	shards, err := entries(s.dir)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		if !shard.IsDir() || len(shard.Name()) != shardLength {
			continue
		}
		content, err := entries(filepath.Join(s.dir, shard.Name()))
		if err != nil {
			return err
		}
		for _, e := range content {
			if s.old(e) {
				old = append(old, e.Name())
			}
		}
	}
	if len(old) == 0 {
		return nil
	}
	named, err := namedIn(ctx, d)
	if err != nil {
		return err
	}
	for _, sum := range old {
		if named[sum] {
			continue
		}
		if err := s.putOneAside(sum); err != nil {
			return fmt.Errorf("file store: %w", err)
		}
	}
	return ctx.Err()
}

// putOneAside moves content that was old a moment ago. If an upload has put the same there
// since, it is young, and goes back.
func (s *Store) putOneAside(sum string) error {
	to := s.asideName(sum)
	if err := os.Rename(s.path(sum), to); err != nil {
		return ignoreGone(err)
	}
	info, err := os.Stat(to)
	if err != nil {
		return ignoreGone(err)
	}
	if s.age(info) < abandoned {
		return s.putBack(to, sum)
	}
	now := s.clock.Now()
	return ignoreGone(os.Chtimes(to, now, now)) // its day begins
}

// putBack returns content to its place, unless the same is there again.
func (s *Store) putBack(path, sum string) error {
	err := os.Link(path, s.path(sum))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return ignoreGone(err)
	}
	return ignoreGone(os.Remove(path))
}

func (s *Store) old(e fs.DirEntry) bool {
	info, err := e.Info()
	return err == nil && info.Mode().IsRegular() && s.age(info) >= abandoned
}

func (s *Store) age(info fs.FileInfo) time.Duration { return s.clock.Now().Sub(info.ModTime()) }

// clean removes temporary files whose writers have surely died.
func (s *Store) clean() error {
	there, err := entries(s.temp())
	if err != nil {
		return err
	}
	for _, e := range there {
		if !s.old(e) {
			continue // somebody is still writing it
		}
		if err := ignoreGone(os.Remove(filepath.Join(s.temp(), e.Name()))); err != nil {
			return fmt.Errorf("file store: %w", err)
		}
	}
	return nil
}

// entries lists a directory; one that is not there is empty.
func entries(dir string) ([]fs.DirEntry, error) {
	out, err := os.ReadDir(dir)
	if err := ignoreGone(err); err != nil {
		return nil, fmt.Errorf("file store: %w", err)
	}
	return out, nil
}

// ignoreGone forgives that somebody else, such as another node, was faster.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// namedIn returns the hashes of all content that rows name.
func namedIn(ctx context.Context, d *db.DB) (map[string]bool, error) {
	named := map[string]bool{}
	err := d.View(ctx, func(tx *db.Tx) error {
		sums, err := db.All(tx, db.Value[string], `SELECT DISTINCT sha256 FROM file`)
		for _, sum := range sums {
			named[sum] = true
		}
		return err
	})
	return named, err
}
