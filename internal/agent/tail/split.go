package tail

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// record is one log line, or several that belong together.
type record struct {
	end        int // in the data it was cut from; the line end belongs to it
	text       string
	part       int  // from 1 when a line is too long and was cut, else 0
	last       bool // no further part follows
	unfinished bool // the line end had not been written when the wait was over
}

// A join says which lines continue the one before them.
type join struct {
	start *regexp.Regexp // a line that does not match continues
	trace bool           // what looks like the rest of a stack trace continues
}

func (j join) on() bool { return j.start != nil || j.trace }

// A splitter cuts data that begins at the start of a record, or in a line of which parts were sent.
type splitter struct {
	join join
	max  int // longest record in bytes
	part int // parts of the first line that came before
	// lines: nothing more follows for now, and the waits are over for the end of a group of
	// lines, and for the end of a line.
	groupDone, lineDone bool
}

// next returns the first record in data, and false when its end is not known yet.
func (s *splitter) next(data []byte) (record, bool) {
	end, whole := lineEnd(data, 0)
	if !whole && end == 0 {
		return record{}, false
	}
	if s.part == 0 && s.join.on() && whole {
		return s.group(data, end)
	}
	if end > s.max {
		return s.cut(data, s.max), true
	}
	if !whole && !s.lineDone {
		return record{}, false
	}
	return s.emit(data, end, !whole), true
}

// group adds the lines that continue the one that ends at end.
func (s *splitter) group(data []byte, end int) (record, bool) {
	t := traceOf(chomp(data[:end]))
	for {
		if end > s.max {
			return s.cut(data, s.max), true
		}
		next, whole := lineEnd(data, end)
		if next == end {
			return s.emit(data, end, false), s.groupDone
		}
		if !whole && !s.lineDone && len(data)-end <= s.max {
			return record{}, false // it may yet continue this one
		}
		switch s.continues(&t, data, end, next) {
		case no:
			return s.emit(data, end, false), true
		case unknown:
			return record{}, false
		}
		if end = next; !whole && end <= s.max {
			return s.emit(data, end, true), true
		}
	}
}

// continues reports whether the line from end to next continues the record before it.
func (s *splitter) continues(t *trace, data []byte, end, next int) verdict {
	line := chomp(data[end:next])
	if s.join.start != nil {
		if s.join.start.Match(line) {
			return no
		}
		return yes
	}
	return t.take(line, func() ([]byte, bool) {
		after, whole := lineEnd(data, next)
		return chomp(data[next:after]), whole || s.groupDone
	})
}

// cut ends a record before n bytes, not within a character.
func (s *splitter) cut(data []byte, n int) record {
	for back := 1; back < utf8.UTFMax && back < n; back++ {
		if utf8.RuneStart(data[n-back]) {
			if !utf8.FullRune(data[n-back : n]) {
				n -= back
			}
			break
		}
	}
	s.part++
	return record{end: n, text: string(data[:n]), part: s.part}
}

func (s *splitter) emit(data []byte, end int, unfinished bool) record {
	r := record{end: end, text: clean(data[:end]), unfinished: unfinished, last: true}
	if s.part > 0 {
		r.part = s.part + 1
	}
	s.part = 0
	return r
}

// lineEnd returns the end of the line that begins at from, its line end included.
func lineEnd(data []byte, from int) (end int, whole bool) {
	if i := bytes.IndexByte(data[from:], '\n'); i >= 0 {
		return from + i + 1, true
	}
	return len(data), false
}

func chomp(line []byte) []byte { return bytes.TrimRight(line, "\r\n") }

// clean takes the line ends away, those of CRLF inside of a group too, and the NULs that a file has
// at its start when it was truncated under a program that does not append.
func clean(data []byte) string {
	text := string(bytes.TrimLeft(chomp(data), "\x00"))
	return strings.ReplaceAll(text, "\r\n", "\n")
}
