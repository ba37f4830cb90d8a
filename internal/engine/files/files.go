// Package files keeps attachments and archives: the content in a directory, under the hash
// of itself, and a row that gives it a name.
//
//	Save   streams content to a temporary file, syncs it, and renames it into place
//	Add    writes the row, in the transaction of the record that the file belongs to
//
// In that order, so that whenever the process dies there may be content without a row,
// which wastes a little space until Sweep removes it, but never a row without content. The same content saved
// twice is kept once. Files are never changed, so a reader needs no lock.
//
// Name and Type are what the sender said: whoever serves a file decides for itself what a
// browser may do with it.
//
// Table: file.
package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

// DefaultLimit is the largest file that is taken when none is configured, in bytes.
const DefaultLimit = 25 << 20

// ID identifies a file.
type ID string

// File is a stored file. Name and Type come from the sender.
type File struct {
	ID      ID
	Name    string // without a folder
	Type    string // media type (RFC 6838)
	Size    int64  // bytes
	SHA256  string // hex
	Created time.Time
}

// Content is what Save has made safe.
type Content struct {
	SHA256 string // hex
	Size   int64  // bytes
}

// Config says where files are kept.
type Config struct {
	// Dir is made when it does not exist. Nodes on one PostgreSQL share it.
	Dir string
	// Limit is the largest file in bytes; 0 means DefaultLimit.
	Limit int64
	// Clock tells the age of files, so it is the wall's.
	Clock clock.Clock
}

// Store keeps files in a directory.
type Store struct {
	dir   string
	limit int64
	clock clock.Clock
}

// Open opens the store and removes what uploads that were cut off left behind.
func Open(c Config) (*Store, error) {
	s := &Store{dir: c.Dir, limit: c.Limit, clock: c.Clock}
	if s.limit == 0 {
		s.limit = DefaultLimit
	}
	for _, dir := range []string{s.temp(), s.aside()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("file store: %w", err)
		}
	}
	return s, s.clean()
}

// Limit is the largest file that is taken, in bytes.
func (s *Store) Limit() int64 { return s.limit }

func (s *Store) temp() string { return filepath.Join(s.dir, "tmp") }

// shardLength is how much of its hash names the directory of content.
const shardLength = 2

func (s *Store) path(sum string) string { return filepath.Join(s.dir, sum[:shardLength], sum) }

// Save reads all of r and makes it safe on disk. Content over the limit is Invalid; then,
// and after any other error, nothing is kept.
func (s *Store) Save(r io.Reader) (c Content, err error) {
	f, err := os.CreateTemp(s.temp(), "upload-*")
	if err != nil {
		return c, fmt.Errorf("file store: %w", err)
	}
	defer func() {
		_ = f.Close()
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if c, err = s.copy(f, r); err != nil {
		return Content{}, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return Content{}, fmt.Errorf("file store: %w", err)
	}
	return c, s.place(f.Name(), c)
}

func (s *Store) copy(f *os.File, r io.Reader) (Content, error) {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(r, s.limit+1))
	if err != nil {
		return Content{}, fmt.Errorf("file store: %w", err)
	}
	if n > s.limit {
		return Content{}, &errs.E{Kind: errs.Invalid, Message: "the file is too large",
			Fields: []errs.Field{{Path: "file", Message: fmt.Sprintf("must be at most %s", size(s.limit))}}}
	}
	return Content{SHA256: hex.EncodeToString(sum.Sum(nil)), Size: n}, nil
}

// place renames a finished temporary file to where it stays, and makes that durable too.
func (s *Store) place(temp string, c Content) error {
	to := s.path(c.SHA256)
	shard := filepath.Dir(to)
	if err := os.Mkdir(shard, 0o700); err == nil {
		if err := syncDir(s.dir); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("file store: %w", err)
	}
	if err := os.Rename(temp, to); err != nil {
		return fmt.Errorf("file store: %w", err)
	}
	return syncDir(shard)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("file store: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("file store: %w", err)
	}
	return nil
}

// Open opens the content of a file for reading.
func (s *Store) Open(f File) (*os.File, error) {
	if len(f.SHA256) != 2*sha256.Size {
		return nil, fmt.Errorf("file %s has no hash", f.ID)
	}
	r, err := os.Open(s.path(f.SHA256))
	if errors.Is(err, fs.ErrNotExist) {
		r, err = s.openAside(f.SHA256)
	}
	if errors.Is(err, fs.ErrNotExist) {
		r, err = os.Open(s.path(f.SHA256)) // put back between the two looks
	}
	if err != nil {
		return nil, fmt.Errorf("content of file %s: %w", f.ID, err)
	}
	return r, nil
}

// Add gives saved content a name, in the transaction of the record that it belongs to.
func Add(tx *db.Tx, c Content, name, mediaType string) (File, error) {
	f := File{ID: id.New[ID](), Name: baseName(name), Type: cleanType(mediaType), Size: c.Size, SHA256: c.SHA256, Created: tx.Now()}
	_, err := tx.Exec(`INSERT INTO file (id, name, type, size, sha256, created) VALUES (?, ?, ?, ?, ?, ?)`,
		string(f.ID), f.Name, f.Type, f.Size, f.SHA256, f.Created)
	return f, err
}

// ByID returns the file or NotFound.
func ByID(tx *db.Tx, id ID) (File, error) {
	f, err := db.One(tx, scan, `SELECT id, name, type, size, sha256, created FROM file WHERE id = ?`, string(id))
	return f, db.OrNotFound(err, "there is no file %s", id)
}

func scan(r db.Scanner) (f File, err error) {
	return f, r.Scan(&f.ID, &f.Name, &f.Type, &f.Size, &f.SHA256, db.Time(&f.Created))
}

const maxName = 150

// baseName keeps the last part of what a sender calls the file, on one line, not too long.
func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "�"), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name))
	if name == "" || name == "." || name == ".." || name == "/" {
		return "file"
	}
	if utf8.RuneCountInString(name) > maxName {
		runes := []rune(name)
		return string(runes[:maxName/2]) + "…" + string(runes[len(runes)-maxName/2+1:])
	}
	return name
}

// cleanType keeps type and subtype of a media type, octets when it is none.
func cleanType(s string) string {
	t, _, err := mime.ParseMediaType(s)
	if err != nil || !strings.Contains(t, "/") || len(t) > maxName {
		return "application/octet-stream"
	}
	return t
}

func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d MB", n>>20)
}
