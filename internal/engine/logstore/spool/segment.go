package spool

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// segment is one file of frames. Its offsets are positions less start.
type segment struct {
	start Position
	salt  uint32
	path  string
	size  int64 // durable bytes; what the file holds behind them is nothing
	gone  bool  // somebody removed its file
	holes []hole
	marks []mark
	// before is what had been counted when the segment began.
}

func (g *segment) end() Position { return g.start + Position(g.size) }

// count is a running number of frames and rows.
type count struct{ frames, rows int64 }

// mark is an entry of a segment's index in memory: what had been counted before the frame at a
// position, and when that frame was received (microseconds since 1970).
type mark struct {
	at       Position
	before   count
	received int64
}

// markEvery is how many bytes apart the marks of a segment are, at least: 4 GiB of the smallest
// frames cost some 40 MB of memory.
const markEvery = 4 << 10

// note counts a frame and puts a mark when the last one is far enough.
func (g *segment) note(at Position, h header, total *count) {
	if n := len(g.marks); n == 0 || at-g.marks[n-1].at >= markEvery {
		g.marks = append(g.marks, mark{at, *total, h.received.UnixMicro()})
	}
	total.frames++
	total.rows += int64(h.rows)
}

// markAt returns the last mark that is not behind a position.
func (g *segment) markAt(p Position) (mark, bool) {
	i := sort.Search(len(g.marks), func(i int) bool { return g.marks[i].at > p })
	if i == 0 {
		return mark{}, false
	}
	return g.marks[i-1], true
}

const suffix = ".log"

// fileName carries the salt too, so that frames can be told from their images without any other file.
func fileName(start Position, salt uint32) string {
	return fmt.Sprintf("%019d-%08x%s", start, salt, suffix)
}

func parseName(name string) (start Position, salt uint32, ok bool) {
	if !strings.HasSuffix(name, suffix) {
		return 0, 0, false
	}
	if _, err := fmt.Sscanf(name, "%019d-%08x"+suffix, &start, &salt); err != nil {
		return 0, 0, false
	}
	return start, salt, name == fileName(start, salt)
}

func newSalt() uint32 {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // crypto/rand.Read never fails since Go 1.24
	}
	return binary.LittleEndian.Uint32(b[:])
}

// listSegments returns the segments of a directory in order, with the sizes of their files. Of two
// that begin at the same position, which a crash while a failed one was replaced can leave, the
// larger comes first.
func listSegments(dir string) ([]*segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []*segment
	for _, e := range entries {
		start, salt, ok := parseName(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		list = append(list, &segment{start: start, salt: salt, path: filepath.Join(dir, e.Name()), size: info.Size()})
	}
	slices.SortFunc(list, func(a, b *segment) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.size, a.size))
	})
	return list, nil
}

// newSegment is an empty segment whose file is not made yet.
func newSegment(dir string, start Position) *segment {
	salt := newSalt()
	return &segment{start: start, salt: salt, path: filepath.Join(dir, fileName(start, salt))}
}

// createFile makes the file of a new segment. The directory is not synced yet.
func createFile(dir string, start Position) (*segment, *os.File, error) {
	g := newSegment(dir, start)
	f, err := os.OpenFile(g.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	return g, f, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
