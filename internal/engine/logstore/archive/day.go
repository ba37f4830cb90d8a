package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/valyala/fastjson"

	"mainstay/internal/engine/signal"
)

// reader reads a range of time out of the store in slices that fit into memory.
type reader struct {
	logs  signal.Logs
	rows  int // at most in one slice
	bytes int
	emit  func(to int64, lines []line) error // everything before to has been read
}

// What a slice holds at most. One instant with more is one slice all the same.
const (
	sliceRows  = 20_000
	sliceBytes = 32 << 20
	tries      = 3 // to read a slice with as many lines as were counted
)

var (
	errTooMuch = errors.New("the slice is too large")
	errChanged = errors.New("lines were added while they were read")
)

// read emits the lines of [from, to) in order. A slice that is too large is read as two.
func (r *reader) read(ctx context.Context, from, to int64) error {
	n, err := count(ctx, r.logs, from, to)
	if err != nil {
		return err
	}
	single := to-from <= 1
	if n <= int64(r.rows) || single {
		lines, err := r.slice(ctx, from, to, n, single)
		if err == nil {
			return r.emit(to, lines)
		}
		if !errors.Is(err, errTooMuch) {
			return err
		}
	}
	middle := from + (to-from)/2
	if err := r.read(ctx, from, middle); err != nil {
		return err
	}
	return r.read(ctx, middle, to)
}

// slice reads as many lines as were counted.
func (r *reader) slice(ctx context.Context, from, to, n int64, whole bool) ([]line, error) {
	if n == 0 {
		return nil, nil
	}
	for range tries {
		lines, err := lines(ctx, r.logs, from, to, func(bytes int) error {
			if bytes > r.bytes && !whole {
				return errTooMuch
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if int64(len(lines)) == n {
			inOrder(lines)
			return lines, nil
		}
		if n, err = count(ctx, r.logs, from, to); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: %s", errChanged, span(from, to))
}

// lines reads a range, in the engine's order.
func lines(ctx context.Context, logs signal.Logs, from, to int64, room func(bytes int) error) (out []line, err error) {
	var parser fastjson.Parser
	size := 0
	err = ask(ctx, logs, span(from, to), func(answer []byte) error {
		l, err := canonical(&parser, answer)
		if err != nil {
			return err
		}
		out = append(out, l)
		size += len(l.text)
		return room(size)
	})
	return out, err
}

// count asks how many lines there are in [from, to).
func count(ctx context.Context, logs signal.Logs, from, to int64) (n int64, err error) {
	err = ask(ctx, logs, span(from, to)+" | stats count() n", func(answer []byte) error {
		v, err := fastjson.ParseBytes(answer)
		if err != nil {
			return err
		}
		n, err = strconv.ParseInt(string(v.GetStringBytes("n")), 10, 64)
		return err
	})
	return n, err
}

// span is a range of time in LogsQL.
func span(from, to int64) string {
	const nano = "2006-01-02T15:04:05.000000000Z"
	return "_time:[" + time.Unix(0, from).UTC().Format(nano) + "," + time.Unix(0, to).UTC().Format(nano) + ")"
}

// ask hands on each line of an answer. The engine cuts an answer off when it cannot go on, which counting shows.
func ask(ctx context.Context, logs signal.Logs, query string, each func([]byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer, err := logs.Select(ctx, "query", url.Values{"query": {query}}, signal.Scope{All: true})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return eachLine(answer.Body, each)
}

func eachLine(r io.Reader, each func([]byte) error) error {
	in := bufio.NewReaderSize(r, 256<<10)
	var long []byte
	for {
		part, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, part...)
			continue
		}
		text := part
		if len(long) > 0 {
			long = append(long, part...)
			text = long
		}
		if text = bytes.TrimSuffix(text, []byte("\n")); len(text) > 0 {
			if err := each(text); err != nil {
				return err
			}
		}
		long = long[:0]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
