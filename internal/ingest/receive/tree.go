package receive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"mainstay/internal/ingest/receive/flat"
)

// What a body may have that is parsed as a whole, and not line by line: what the parser makes of it is
// many times as large as what was sent.
const (
	// MaxTree is how many bytes it may have, unpacked: 16 MiB.
	MaxTree = 16 << 20
	// MaxRecords is how many records, and whatever else holds others, ...
	MaxRecords = 200_000
	// ... and MaxValues how many values. Real lines have 16 bytes for each and more.
	MaxValues = 1 << 20
)

// Size is what stands in a body that is not yet parsed.
type Size struct{ Records, Values int }

// What a record and a value count at the least in bytes, however short they are written.
const (
	recordLoad = 128
	valueLoad  = 16
	maxLoad    = MaxRecords*recordLoad + MaxValues*valueLoad // more than MaxTree
)

// load is what parsing the body counts at the gate.
func (s Size) load(body []byte) int64 {
	return max(int64(len(body)), int64(s.Records)*recordLoad+int64(s.Values)*valueLoad)
}

func (s Size) check() error {
	if s.Records > MaxRecords {
		return &TooMuch{fmt.Sprintf("the request has more than the %d records, objects and lists that are accepted at once: send less at a time", MaxRecords)}
	}
	if s.Values > MaxValues {
		return &TooMuch{fmt.Sprintf("the request has more than the %d values that are accepted at once: send less at a time", MaxValues)}
	}
	return nil
}

// TooMuch says that a request holds more than is accepted at once; the answer is 413.
type TooMuch struct{ Message string }

// Error is the sentence.
func (t *TooMuch) Error() string { return t.Message }

// JSONSize is the size of a JSON body.
func JSONSize(body []byte) (Size, error) {
	opened, values := flat.Count(body)
	return Size{opened, values}, nil
}

// Tree is a body to be parsed as a whole, unpacked as Body does it. It is measured before, without
// allocating, and waits until the parsing of all requests together has room for it. The caller calls
// done when nothing of the parsed body is needed any more. The error is http.MaxBytesError or TooMuch
// when it is too large, Unavailable when there was no room, else that of measure.
func (c Config) Tree(r *http.Request, usual string, measure func([]byte) (Size, error)) (body []byte, done func(), err error) {
	t := &Turn{gate: c.Parsing}
	if body, err = tree(r, usual, measure, t); err != nil {
		t.End()
		return nil, nil, limited(err)
	}
	return body, t.End, nil
}

func tree(r *http.Request, usual string, measure func([]byte) (Size, error), t *Turn) ([]byte, error) {
	// What was sent costs its sender as much; only then is there a turn, so that nobody slow holds one.
	body, err := io.ReadAll(named{&bounded{ReadCloser: r.Body, left: MaxTree, most: MaxTree}})
	if err != nil {
		return nil, err
	}
	if coding := codingOf(r, usual); !plain(coding) {
		if err := t.Hold(r.Context(), maxLoad); err != nil {
			return nil, err
		}
		if body, err = unpacked(body, coding); err != nil {
			return nil, err
		}
	}
	size, err := measure(body)
	if err != nil {
		return nil, err
	}
	if err := size.check(); err != nil {
		return nil, err
	}
	return body, t.Hold(r.Context(), size.load(body))
}

func unpacked(packed []byte, coding string) ([]byte, error) {
	body, err := unpack(bytes.NewReader(packed), coding, MaxTree)
	if err != nil {
		return nil, malformed(err)
	}
	defer body.Close()
	return io.ReadAll(named{&bounded{ReadCloser: body, left: MaxTree, most: MaxTree}})
}

// limited names the limit of trees where a decoder has stopped at one of its own.
func limited(err error) error {
	if _, big := errors.AsType[*http.MaxBytesError](err); big {
		return &http.MaxBytesError{Limit: MaxTree}
	}
	return err
}
