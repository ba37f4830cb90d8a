package tail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strconv"
	"time"
)

// identity tells files apart, whatever their names: device and inode, on Windows volume and index.
type identity struct {
	Dev uint64 `json:"dev"`
	Ino uint64 `json:"ino"`
}

// A mark is how far a file was delivered: the checkpoint.
type mark struct {
	// ID is what lines carry as file_id. A file that is truncated gets a new one.
	ID string `json:"id"`
	// Name is the path at which the file was found, which lines carry as file; Path is where it is
	// now, after it was rotated.
	Name string   `json:"name"`
	Path string   `json:"path"`
	File identity `json:"file"`
	// Offset is the first byte that was not delivered; Part counts the parts of its line that were.
	Offset int64 `json:"offset"`
	Part   int   `json:"part,omitempty"`
	// Head and Tail recognise the content before Offset: its first and its last bytes. Another file
	// can get the same inode, and a truncated file can grow again.
	Head fingerprint `json:"head"`
	Tail fingerprint `json:"tail"`
}

// fingerprint recognises some bytes of a file.
type fingerprint struct {
	At  int64  `json:"at"`
	Len int    `json:"len"`
	Sum string `json:"sum"`
}

// The sizes of fingerprints, in bytes.
const (
	headBytes = 1024
	tailBytes = 256
)

func takePrint(f io.ReaderAt, at int64, n int) (fingerprint, error) {
	buf := make([]byte, n)
	if _, err := f.ReadAt(buf, at); err != nil && !(errors.Is(err, io.EOF) && n == 0) {
		return fingerprint{}, err
	}
	sum := sha256.Sum256(buf)
	return fingerprint{at, n, hex.EncodeToString(sum[:8])}, nil
}

// at returns the mark moved to an offset of the file.
func (m mark) at(f io.ReaderAt, offset int64, part int) (mark, error) {
	m.Offset, m.Part = offset, part
	var err error
	if m.Head.Len < headBytes {
		if m.Head, err = takePrint(f, 0, int(min(offset, headBytes))); err != nil {
			return m, err
		}
	}
	n := min(offset, tailBytes)
	m.Tail, err = takePrint(f, offset-n, int(n))
	return m, err
}

// fits reports whether f has the content that was delivered.
func (m mark) fits(f io.ReaderAt) bool {
	for _, p := range []fingerprint{m.Head, m.Tail} {
		now, err := takePrint(f, p.At, p.Len)
		if err != nil || p.Len > 0 && now.Sum != p.Sum {
			return false
		}
	}
	return true
}

// newID makes the identity of a file's content from where and when it was found.
func newID(file identity, name string, now time.Time) string {
	text := strconv.FormatUint(file.Dev, 10) + " " + strconv.FormatUint(file.Ino, 10) + " " + name + " " + now.Format(time.RFC3339Nano)
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// sameContent reports whether the first bytes of two files, and those up to the end of the shorter one,
// are equal: so looks a copy that is being made.
func sameContent(original, copied *os.File) bool {
	a, errA := original.Stat()
	b, errB := copied.Stat()
	if errA != nil || errB != nil || b.Size() > a.Size() {
		return false
	}
	n := min(b.Size(), 4096)
	for _, at := range []int64{0, b.Size() - n} {
		x, y := make([]byte, n), make([]byte, n)
		_, errA := original.ReadAt(x, at)
		_, errB := copied.ReadAt(y, at)
		if errA != nil && !errors.Is(errA, io.EOF) || errB != nil && !errors.Is(errB, io.EOF) || !bytes.Equal(x, y) {
			return false
		}
	}
	return true
}
