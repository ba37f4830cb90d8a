// Package logfile looks whether a log file is written on, and at its last lines.
package logfile

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"

	"mainstay/internal/base/text"
	"mainstay/internal/probe"
	"mainstay/internal/probe/file"
)

const (
	usualLast = 100
	maxTail   = 1 << 20 // bytes at the end that are read
	maxShown  = 120     // characters of a line
)

// Make looks once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	l := s.Log
	name, at, err := file.Newest(ctx, l.Path)
	switch {
	case err != nil:
		return probe.Unsure("%s cannot be looked at: %s", l.Path, probe.Words(err))
	case name == "":
		return probe.Fail("there is no %s", l.Path)
	}
	age := e.Clock.Now().Sub(at)
	r := probe.Fine("%s was written %v ago", name, probe.Brief(age))
	r.Add("age", age.Seconds(), "s")
	l.Fresh.Judge(&r, name, probe.Span(age))
	if l.Matches == "" && l.Lacks == "" {
		return r
	}
	lines, err := tail(name, l.Last)
	if err != nil {
		r.Worsen(probe.Unknown, "%s cannot be read: %s", name, probe.Words(err))
		return r
	}
	judge(&r, l, lines)
	return r
}

// tail returns the last lines of a file.
func tail(name string, last int) ([][]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	from := max(0, size-maxTail)
	end := make([]byte, size-from)
	if _, err := f.ReadAt(end, from); err != nil && err != io.EOF {
		return nil, err
	}
	lines := bytes.Split(bytes.TrimRight(end, "\n"), []byte{'\n'})
	if from > 0 && len(lines) > 1 {
		lines = lines[1:] // begins in its middle
	}
	if last == 0 {
		last = usualLast
	}
	return lines[max(0, len(lines)-last):], nil
}

func judge(r *probe.Result, l *probe.Log, lines [][]byte) {
	matches, lacks := compiled(l.Matches), compiled(l.Lacks)
	fits := matches == nil
	for _, line := range lines {
		fits = fits || matches.Match(line)
		if lacks != nil && lacks.Match(line) {
			r.Worsen(probe.Failed, "it says: %s", text.OneLine(string(line), maxShown))
			lacks = nil
		}
	}
	if !fits {
		r.Worsen(probe.Failed, "none of the last %d lines matches %s", len(lines), l.Matches)
	}
}

func compiled(expression string) *regexp.Regexp {
	if expression == "" {
		return nil
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil // it was checked when it was written
	}
	return re
}
