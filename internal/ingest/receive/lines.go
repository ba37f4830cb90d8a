package receive

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"mainstay/internal/base/errs"
)

// MaxLine is the longest line that is read, in bytes; the store cuts and splits lines long before.
const MaxLine = 32 << 20

// Lines reads a body line by line. Make it with NewLines.
type Lines struct {
	// Number is the number of the last line, from 1.
	Number int
	r      *bufio.Reader
	long   []byte
}

// readAhead is how much is read at once, in bytes. Longer lines are read in pieces.
const readAhead = 64 << 10

// NewLines returns a reader of lines.
func NewLines(r io.Reader) *Lines { return &Lines{r: bufio.NewReaderSize(r, readAhead)} }

// Next returns the next line without its end (LF or CR LF), valid until the next call; io.EOF
// after the last. A last line without an end counts.
func (l *Lines) Next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.longer(line)
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return nil, err
	}
	l.Number++
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

func (l *Lines) longer(start []byte) ([]byte, error) {
	l.long = append(l.long[:0], start...)
	for {
		more, err := l.r.ReadSlice('\n')
		l.long = append(l.long, more...)
		if len(l.long) > MaxLine {
			return nil, errs.Invalidf("line %d is longer than %d bytes", l.Number+1, MaxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return l.long, err
		}
	}
}
