package logstore

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// DayUse is what the lines of one day (UTC) take on the disk.
type DayUse struct {
	Day   time.Time
	Bytes int64
}

func daysIn(partitions string) (days []DayUse, err error) {
	entries, err := os.ReadDir(partitions)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the engine has not started yet
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		day, err := time.Parse("20060102", e.Name())
		if err != nil {
			continue
		}
		size, err := sizeOf(filepath.Join(partitions, e.Name()))
		if err != nil {
			return nil, err
		}
		days = append(days, DayUse{day, size})
	}
	slices.SortFunc(days, func(a, b DayUse) int { return a.Day.Compare(b.Day) })
	return days, nil
}

// sizeOf adds up files. Those that the engine merges away meanwhile count nothing.
func sizeOf(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = e.Info(); err == nil {
				bytes += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return bytes, err
}

// Free is how many bytes the disk has left beyond what the engine must leave on it; ok is false where the
// system does not say.
func (s *Store) Free() (bytes int64, ok bool) {
	free := s.spool.Stats().Free
	return max(free-minFree, 0), free != math.MaxInt64
}
