package syslog

import (
	"bufio"
	"errors"
	"io"
	"strconv"
)

// MaxMessage is the longest message that is taken as one, in bytes.
const MaxMessage = 1 << 20

// maxCount is how many digits an octet count may have.
const maxCount = 9

// frames reads messages from a connection.
type frames struct {
	r *bufio.Reader
	// left is how much of an octet-counted message that was too long is still to come.
	left int
	// going says that the last piece was of a message, ended by a delimiter, that was too long.
	going bool
}

func newFrames(r io.Reader) *frames { return &frames{r: bufio.NewReaderSize(r, 256<<10)} }

// next returns the next message. Cut says that it was too long and goes on with the next, or is the rest
// of one that was. At the end of the connection what is there is a message, too; then io.EOF.
func (f *frames) next() (message []byte, cut bool, err error) {
	if f.left > 0 {
		return f.counted(f.left, true)
	}
	if f.going {
		return f.delimited(true)
	}
	if err := f.skip(); err != nil {
		return nil, false, err
	}
	n, head := f.count()
	if n == 0 {
		return f.delimited(false)
	}
	if _, err := f.r.Discard(head); err != nil {
		return nil, false, err
	}
	return f.counted(n, false)
}

// skip passes over delimiters between messages: some senders put a line feed after counted ones.
func (f *frames) skip() error {
	for {
		b, err := f.r.ReadByte()
		if err != nil {
			return err
		}
		if b != '\n' && b != '\r' && b != 0 {
			return f.r.UnreadByte()
		}
	}
}

// count reads "123 <" without taking it: the length of a message that is counted, and of the count
// with its space. It is 0 when the message is not counted: then it begins with "<", or is a text that
// may begin with a number.
func (f *frames) count() (n, head int) {
	for size := 1; size <= maxCount+2; size++ {
		b, err := f.r.Peek(size)
		if err != nil {
			return 0, 0
		}
		c := b[size-1]
		switch {
		case c >= '0' && c <= '9' && size <= maxCount && (size > 1 || c != '0'):
			continue
		case c == ' ' && size > 1:
			next, err := f.r.Peek(size + 1)
			if err != nil || next[size] != '<' {
				return 0, 0
			}
			n, err := strconv.Atoi(string(next[:size-1])) // b went with the next Peek
			if err != nil {
				return 0, 0
			}
			return n, size
		}
		return 0, 0
	}
	return 0, 0
}

// counted reads n bytes, or of more the first MaxMessage.
func (f *frames) counted(n int, rest bool) ([]byte, bool, error) {
	size := min(n, MaxMessage)
	f.left = n - size
	b := make([]byte, 0, min(size, 4096))
	for len(b) < size {
		part, err := f.r.Peek(min(size-len(b), f.r.Size()/2))
		b = append(b, part...)
		_, _ = f.r.Discard(len(part)) // they are in the buffer
		if err != nil {
			f.left = 0
			if errors.Is(err, io.EOF) && len(b) > 0 {
				return b, true, nil // cut off, but kept
			}
			return nil, false, err
		}
	}
	return b, rest || f.left > 0, nil
}

// delimited reads up to a line feed or NUL, at most MaxMessage bytes.
func (f *frames) delimited(rest bool) ([]byte, bool, error) {
	var b []byte
	for {
		c, err := f.r.ReadByte()
		if err != nil {
			f.going = false
			if len(b) > 0 {
				return b, rest, nil
			}
			return nil, false, err
		}
		if c == '\n' || c == 0 {
			f.going = false
			if len(b) == 0 {
				return f.next()
			}
			return b, rest, nil
		}
		b = append(b, c)
		if len(b) == MaxMessage {
			f.going = true
			return b, true, nil
		}
	}
}
