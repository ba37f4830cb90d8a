package spool

import (
	"bytes"
	"io"
)

// window reads a segment file in large pieces.
type window struct {
	r     io.ReaderAt
	limit int64  // nothing is read at or behind this offset
	size  int    // bytes read at a time
	reuse bool   // the bytes returned are valid until the next call only
	room  []byte // for what is read first

	at  int64
	buf []byte
}

// bytes returns n bytes at an offset, fewer where the file ends.
func (w *window) bytes(off int64, n int) ([]byte, error) {
	n = int(min(int64(n), max(w.limit-off, 0)))
	if i := off - w.at; i < 0 || i+int64(n) > int64(len(w.buf)) {
		if err := w.fill(off, n); err != nil {
			return nil, err
		}
	}
	i := int(off - w.at)
	return w.buf[i:min(i+n, len(w.buf)):min(i+n, len(w.buf))], nil
}

// ahead returns what is at hand from an offset on, and reads on when that is less than a header:
// a payload full of magics must not make the window be read again for each.
func (w *window) ahead(off int64) ([]byte, error) {
	if i := off - w.at; i < 0 || i+headerSize > int64(len(w.buf)) {
		if err := w.fill(off, headerSize); err != nil {
			return nil, err
		}
	}
	return w.buf[off-w.at:], nil
}

func (w *window) fill(off int64, n int) error {
	n = int(max(min(int64(max(n, w.size)), w.limit-off), 0))
	switch {
	case cap(w.room) >= n:
		w.buf, w.room = w.room[:n], nil
	case !w.reuse || cap(w.buf) < n:
		w.buf = make([]byte, n)
	}
	got, err := w.r.ReadAt(w.buf[:n], off)
	w.at, w.buf = off, w.buf[:got]
	if err == io.EOF {
		return nil
	}
	return err
}

// finding is what stands at an offset.
type finding int

const (
	sound    finding = iota
	rotten           // a header that can be trusted, with a payload that cannot
	nonsense         // no header, or of a frame that does not end before the limit
)

// segmentReader finds frames in the bytes of one segment.
type segmentReader struct {
	window
	start Position
	salt  uint32
}

// frame reads what stands at an offset. The header is right unless it is nonsense.
func (r *segmentReader) frame(off int64) (header, []byte, finding, error) {
	b, err := r.bytes(off, headerSize)
	if err != nil {
		return header{}, nil, nonsense, err
	}
	h, ok := parseHeader(b, r.start+Position(off), r.salt)
	if !ok || off+h.size() > r.limit {
		return header{}, nil, nonsense, nil
	}
	b, err = r.bytes(off, int(h.size()))
	if err != nil || int64(len(b)) < h.size() {
		return header{}, nil, nonsense, err
	}
	payload := b[headerSize:]
	if checksum(payload) != h.crc {
		return h, nil, rotten, nil
	}
	return h, payload, sound, nil
}

// next returns the offset of the first sound frame behind a bad one, the limit when there is none.
func (r *segmentReader) next(bad int64) (int64, error) {
	for off := bad; off < r.limit; {
		h, _, found, err := r.frame(off)
		switch {
		case err != nil:
			return 0, err
		case found == sound:
			return off, nil
		case found == rotten:
			off += h.size()
		default:
			if off, err = r.candidate(off + 1); err != nil {
				return 0, err
			}
		}
	}
	return r.limit, nil
}

// candidate returns the offset at or behind which the magic stands, the limit when it does not.
func (r *segmentReader) candidate(off int64) (int64, error) {
	for off < r.limit {
		b, err := r.ahead(off)
		if err != nil {
			return 0, err
		}
		if i := bytes.Index(b, []byte(magic)); i >= 0 {
			return off + int64(i), nil
		}
		if len(b) < len(magic) {
			break
		}
		off += int64(len(b) - len(magic) + 1)
	}
	return r.limit, nil
}

// hole is a range of bytes in a segment that are no frames, as offsets.
type hole struct{ from, to int64 }

// scan visits every sound frame in order and returns what lies between them. Holes do not touch.
func (r *segmentReader) scan(visit func(off int64, h header)) ([]hole, error) {
	var holes []hole
	for off := int64(0); off < r.limit; {
		h, _, found, err := r.frame(off)
		if err != nil {
			return nil, err
		}
		if found == sound {
			visit(off, h)
			off += h.size()
			continue
		}
		to, err := r.next(off)
		if err != nil {
			return nil, err
		}
		holes = append(holes, hole{off, to})
		off = to
	}
	return holes, nil
}
