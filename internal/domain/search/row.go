package search

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// Row is one line, or one row of a table that a query makes.
type Row struct {
	// Time is zero where the query took it away.
	Time time.Time
	// Stream and StreamID tell which of the senders' streams it belongs to.
	Stream, StreamID string
	Message          string
	Level            Level
	// Guessed is set where the level is that of a word at the line's beginning: no field says it.
	Guessed bool
	// Fields are all others, in the engine's order.
	Fields []Field
	// ID tells the row from the others of its answer, and is the same in the next one.
	ID string
	// Mark tells lines of one stream and instant apart.
	Mark string
	// Bytes is how long the message is, which may have been cut.
	Bytes int
}

// Field is one name and value; the value may have been cut to MaxValue.
type Field struct {
	Name, Value string
	Bytes       int // of the whole value
}

// MaxValue is how many bytes of a value an answer holds, unless it is asked for whole.
const MaxValue = 16 << 10

// Get returns the value of a field, "" without it.
func (r Row) Get(name string) string {
	switch name {
	case signal.Message:
		return r.Message
	case signal.StreamField:
		return r.Stream
	}
	for _, f := range r.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Placed reports whether the line can be found again.
func (r Row) Placed() bool { return !r.Time.IsZero() && r.StreamID != "" }

// Place is where a line is: what its permanent address is made of.
type Place struct {
	Time     time.Time
	StreamID string
	Mark     string
}

// Place returns where the line is.
func (r Row) Place() Place { return Place{r.Time, r.StreamID, r.Mark} }

// reader reads an answer of the engine, one JSON object on each line.
type reader struct {
	lines *bufio.Reader
	whole bool // values are not cut
	seen  map[string]int
}

func newReader(r io.Reader) *reader {
	return &reader{lines: bufio.NewReaderSize(r, 64<<10), seen: map[string]int{}}
}

// next returns io.EOF at the end. An engine that fails in the middle says so in a line that is
// no object.
func (r *reader) next() (Row, error) {
	for {
		line, err := r.lines.ReadBytes('\n')
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '{' {
			return Row{}, said(string(line))
		}
		if len(line) > 0 {
			return r.row(line)
		}
		if err != nil {
			return Row{}, err
		}
	}
}

func (r *reader) row(line []byte) (Row, error) {
	pairs, err := object(line)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // of the row, not of the answer
	}
	if err != nil {
		return Row{}, fmt.Errorf("the log engine's answer: %w", err)
	}
	row := Row{ID: identity(pairs)}
	if r.seen[row.ID]++; r.seen[row.ID] > 1 {
		row.ID = fmt.Sprintf("%s-%d", row.ID, r.seen[row.ID])
	}
	for _, p := range pairs {
		row.take(p, r.whole)
	}
	level, severity := row.Get(levelField), row.Get(severityField)
	row.Level = LevelOf(level, severity, row.Message)
	row.Guessed = level == "" && severity == "" && row.Level != Unknown
	return row, nil
}

func (r *Row) take(p signal.Field, whole bool) {
	short := p.Value
	if !whole && len(short) > MaxValue {
		short = strings.Clone(strings.ToValidUTF8(short[:MaxValue], ""))
	}
	switch p.Name {
	case signal.TimeField:
		r.Time, _ = time.Parse(time.RFC3339Nano, p.Value) // a table may count by something else of this name
		if r.Time.IsZero() {
			r.Fields = append(r.Fields, Field{p.Name, short, len(p.Value)})
		}
	case signal.StreamField:
		r.Stream = p.Value
	case signal.StreamIDField:
		r.StreamID = p.Value
	case signal.Message:
		r.Message, r.Bytes, r.Mark = short, len(p.Value), digest(p.Value)
	default:
		r.Fields = append(r.Fields, Field{p.Name, short, len(p.Value)})
	}
}

// object reads a flat JSON object of texts in its order.
func object(line []byte) ([]signal.Field, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var out []signal.Field
	for d.More() {
		name, err := text(d)
		if err != nil {
			return nil, err
		}
		value, err := text(d)
		if err != nil {
			return nil, err
		}
		out = append(out, signal.Field{Name: name, Value: value})
	}
	_, err := d.Token()
	return out, err
}

func text(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", errors.New("a value is no text")
	}
	return s, nil
}

// identity is a digest of all that a row says; the engine may write its fields in any order.
func identity(pairs []signal.Field) string {
	sorted := slices.SortedFunc(slices.Values(pairs), func(a, b signal.Field) int { return cmp.Compare(a.Name, b.Name) })
	h := sha256.New()
	for _, p := range sorted {
		fmt.Fprintf(h, "%d %s %d %s", len(p.Name), p.Name, len(p.Value), p.Value)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
