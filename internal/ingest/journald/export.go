package journald

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/format"
)

// maxEntry is how large an entry may be, in bytes.
const maxEntry = receive.MaxLine

// maxName is how long the name of a field may be (systemd, journal-file.c).
const maxName = 64

// entries reads a journal in the export format.
type entries struct {
	r      *bufio.Reader
	number int // of the entry that is being read, from 1
	size   int // of the entry so far
	line   []byte
}

func newEntries(r io.Reader) *entries { return &entries{r: bufio.NewReaderSize(r, 64<<10)} }

// next returns the fields of the next entry, io.EOF after the last. A last entry counts without the
// empty line after it.
func (e *entries) next() ([]signal.Field, error) {
	var fields []signal.Field
	e.size = 0
	e.number++
	for {
		line, err := e.text()
		if errors.Is(err, io.EOF) && len(line) == 0 {
			if len(fields) > 0 {
				return fields, nil
			}
			return nil, io.EOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if len(line) == 0 {
			if len(fields) > 0 {
				return fields, nil
			}
			continue
		}
		f, err := e.field(line)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
}

// field is a line NAME=value, or NAME with its value behind it.
func (e *entries) field(line []byte) (signal.Field, error) {
	name, value, ok := bytes.Cut(line, []byte("="))
	if ok && len(name) > 0 {
		return signal.Field{Name: string(name), Value: string(value)}, nil
	}
	if !validName(line) {
		return signal.Field{}, e.broken("%.40q is neither NAME=value nor the name of a field", line)
	}
	field := signal.Field{Name: string(line)}
	var head [8]byte
	if _, err := io.ReadFull(e.r, head[:]); err != nil {
		return field, e.cut(err)
	}
	size := binary.LittleEndian.Uint64(head[:])
	if size > uint64(maxEntry-e.size) {
		return field, e.broken("is larger than %d bytes", maxEntry)
	}
	e.size += int(size)
	// The length is only believed as far as the bytes come: a lie must not cost memory.
	var b bytes.Buffer
	if _, err := io.CopyN(&b, e.r, int64(size)); err != nil {
		return field, e.cut(err)
	}
	end, err := e.r.ReadByte()
	if err != nil {
		return field, e.cut(err)
	}
	if end != '\n' {
		return field, e.broken("field %s does not end where its length says", field.Name)
	}
	field.Value = b.String()
	return field, nil
}

// text reads a line without its end, valid until the next call.
func (e *entries) text() ([]byte, error) {
	e.line = e.line[:0]
	for {
		part, err := e.r.ReadSlice('\n')
		e.line = append(e.line, part...)
		if e.size+len(e.line) > maxEntry {
			return nil, e.broken("is larger than %d bytes", maxEntry)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			e.size += len(e.line)
			return bytes.TrimSuffix(e.line, []byte("\n")), err
		}
	}
}

func (e *entries) broken(format string, args ...any) error {
	return errs.Invalidf("entry %d "+format, append([]any{e.number}, args...)...)
}

func (e *entries) cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return e.broken("ends in the middle of a field")
	}
	return err
}

func validName(name []byte) bool {
	if len(name) == 0 || len(name) > maxName || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	return !slices.ContainsFunc(name, func(c byte) bool {
		return c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	})
}

// rowOf makes a row of an entry. A time that cannot be read is kept and marked.
func rowOf(fields []signal.Field, params *receive.Params) signal.Row {
	row := signal.Row{Fields: make([]signal.Field, 0, len(fields)+1), Stream: stream}
	for _, f := range fields {
		switch {
		case slices.Contains(params.Time, f.Name):
			micro, err := strconv.ParseInt(f.Value, 10, 64)
			if err == nil {
				row.Time = time.UnixMicro(micro).UTC()
				continue
			}
			row.Fault = f.Name + " is not a number of microseconds"
		case slices.Contains(params.Message, f.Name):
			f.Name = signal.Message
		case strings.HasPrefix(f.Name, "__"):
			continue
		case f.Name == "PRIORITY":
			if level := levelOf(f.Value); level != "" {
				row.Fields = append(row.Fields, signal.Field{Name: "level", Value: level})
			}
		}
		row.Fields = append(row.Fields, f)
	}
	return row
}

func levelOf(priority string) string {
	n, err := strconv.Atoi(priority)
	if err != nil {
		return ""
	}
	return format.Severity(n)
}
