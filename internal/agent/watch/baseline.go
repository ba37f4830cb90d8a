package watch

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// entry is one file or link of a baseline. Paths are below the root and have slashes.
type entry struct {
	Path string `json:"path"`
	// Raw is Path when that is no UTF-8, which JSON cannot hold.
	Raw      []byte    `json:"raw,omitempty"`
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"size"`
	Mode     string    `json:"mode"`
	Owner    string    `json:"owner"`
	Inode    uint64    `json:"inode"`
	Modified time.Time `json:"modified"`
}

// touched reports whether the content may be another than before.
func (e entry) touched(before entry) bool {
	return e.Size != before.Size || e.Inode != before.Inode || !e.Modified.Equal(before.Modified) || e.Mode != before.Mode || e.Owner != before.Owner
}

// differs reports whether anything is another that people care about: content, mode or owner.
func (e entry) differs(before entry) bool {
	return e.SHA256 != before.SHA256 || e.Mode != before.Mode || e.Owner != before.Owner
}

// order compares paths as a walk meets them: folder by folder, names in byte order.
func order(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, "/")
		y, b, _ = strings.Cut(b, "/")
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return len(a) - len(b)
}

func below(path, folder string) bool { return folder == "" || strings.HasPrefix(path, folder+"/") }

// reader reads a baseline entry by entry; now is valid while more.
type reader struct {
	file *os.File
	json *json.Decoder
	now  entry
	more bool
}

// openBaseline opens a baseline; one that does not exist is empty.
func openBaseline(name string) (*reader, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &reader{}, nil
	}
	if err != nil {
		return nil, err
	}
	r := &reader{file: f, json: json.NewDecoder(bufio.NewReader(f))}
	if err := r.next(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return r, nil
}

func (r *reader) next() error {
	r.now = entry{}
	err := r.json.Decode(&r.now)
	r.more = err == nil
	if len(r.now.Raw) > 0 {
		r.now.Path, r.now.Raw = string(r.now.Raw), nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("the baseline %s is damaged: move it away to make a new one: %w", r.file.Name(), err)
	}
	return nil
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
	}
}

// writer writes a baseline and hashes it.
type writer struct {
	buf *bufio.Writer
	sum hash.Hash
}

func newWriter(f *os.File) *writer {
	sum := sha256.New()
	return &writer{bufio.NewWriter(io.MultiWriter(f, sum)), sum}
}

func (w *writer) write(e entry) error {
	if !utf8.ValidString(e.Path) {
		e.Raw = []byte(e.Path)
	}
	return json.NewEncoder(w.buf).Encode(e)
}

func (w *writer) finish() (sum string, err error) {
	err = w.buf.Flush()
	return hex.EncodeToString(w.sum.Sum(nil)), err
}
