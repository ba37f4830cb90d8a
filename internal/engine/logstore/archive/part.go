package archive

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
)

// part is a day's file while it is written: packed frames, one a slice, and a note of how far it has come.
type part struct {
	path, notes string
	file        *os.File
	packer      *zstd.Encoder
	progress
}

// progress is what has been written and is safe on the disk.
type progress struct {
	// Next is the instant (Unix, nanoseconds) before which all lines are in the file.
	Next        int64 `json:"next"`
	Rows        int64 `json:"rows"`
	Raw         int64 `json:"raw"`    // bytes of lines
	Packed      int64 `json:"packed"` // bytes of the file
	First, Last int64 // instants
}

// openPart goes on with a day that was begun, or begins one.
func openPart(dir string, of Day) (*part, error) {
	day, err := of.start()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p := &part{path: filepath.Join(dir, prefixOf(of.Class)+of.Date+".part")}
	p.notes = p.path + ".json"
	if p.packer, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, err
	}
	if p.file, err = os.OpenFile(p.path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	if err := p.resume(day); err != nil {
		return nil, errors.Join(err, p.file.Close())
	}
	return p, nil
}

// resume cuts off what was written after the last note.
func (p *part) resume(day time.Time) error {
	text, err := os.ReadFile(p.notes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	if json.Unmarshal(text, &p.progress) != nil || p.Packed > info.Size() || p.Next < day.UnixNano() {
		p.progress = progress{Next: day.UnixNano()}
	}
	if err := p.file.Truncate(p.Packed); err != nil {
		return err
	}
	_, err = p.file.Seek(0, io.SeekEnd)
	return err
}

// add writes a slice and notes it.
func (p *part) add(to int64, lines []line) error {
	next := p.progress
	next.Next = to
	if len(lines) > 0 {
		var raw []byte
		for _, l := range lines {
			raw = append(append(raw, l.text...), '\n')
		}
		packed := p.packer.EncodeAll(raw, nil)
		if _, err := p.file.Write(packed); err != nil {
			return err
		}
		if err := p.file.Sync(); err != nil {
			return err
		}
		if next.Rows == 0 {
			next.First = lines[0].at
		}
		next.Last = lines[len(lines)-1].at
		next.Rows += int64(len(lines))
		next.Raw += int64(len(raw))
		next.Packed += int64(len(packed))
	}
	p.progress = next
	return writeNotes(p.notes, next)
}

// writeNotes replaces a file of JSON, so that a crash leaves the old one or the new one.
func writeNotes(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// close leaves the part for later.
func (p *part) close() error { return errors.Join(p.packer.Close(), p.file.Close()) }

// remove forgets the part.
func (p *part) remove() error {
	err := os.Remove(p.notes)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, os.Remove(p.path))
}
