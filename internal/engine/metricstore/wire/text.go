package wire

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"mainstay/internal/base/errs"
)

// Text appends what a target exposes: Prometheus' text format, or OpenMetrics, or Prometheus' protobuf when the
// Content-Type says so. Samples without an instant of their own get the one given.
func Text(body []byte, contentType string, at time.Time, stamp Stamp, into Into) error {
	p, err := parser(body, contentType)
	if err != nil {
		return err
	}
	s := newSeries(stamp, into)
	for {
		entry, err := next(p)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wrongLine(body, contentType, err)
		}
		if err := s.entry(p, entry, at.UnixMilli()); err != nil {
			return err
		}
	}
}

func parser(body []byte, contentType string) (textparse.Parser, error) {
	p, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{FallbackContentType: "text/plain"})
	if p == nil {
		return nil, errs.Invalidf("the body cannot be read: %v", err)
	}
	return p, nil
}

// next is the next entry. The library can panic on what no sender writes; that is a bad request.
func next(p textparse.Parser) (entry textparse.Entry, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = errs.Invalidf("%v", caught)
		}
	}()
	return p.Next()
}

func (s *series) entry(p textparse.Parser, entry textparse.Entry, now int64) error {
	var ls labels.Labels
	switch entry {
	case textparse.EntrySeries:
		_, at, value := p.Series()
		p.Labels(&ls)
		s.begin(ls)
		s.examples(p)
		return s.add(0, or(at, now), value, nil, nil)
	case textparse.EntryHistogram:
		_, at, h, fh := p.Histogram()
		p.Labels(&ls)
		s.begin(ls)
		s.examples(p)
		return s.add(0, or(at, now), 0, h, fh)
	}
	return nil // what a metric means, and comments
}

func (s *series) examples(p textparse.Parser) {
	for {
		var e exemplar.Exemplar
		if !p.Exemplar(&e) {
			return
		}
		if e.HasTs { // the others cannot be told apart when a body is repeated
			s.exemplars = append(s.exemplars, e)
		}
	}
}

func or(at *int64, now int64) int64 {
	if at == nil {
		return now
	}
	return *at
}

// wrongLine names the first line that cannot be read. The lines of the text format do not depend on each other.
func wrongLine(body []byte, contentType string, whole error) error {
	number := 0
	for line := range bytes.Lines(body) {
		number++
		if err := readable(line, contentType); err != nil {
			return errs.Invalidf("nothing was stored, because line %d cannot be read: %v: %.200q", number, err, bytes.TrimSpace(line))
		}
	}
	return errs.Invalidf("nothing was stored, because the body cannot be read: %v", whole)
}

func readable(line []byte, contentType string) error {
	p, err := parser(append(bytes.TrimRight(line, "\r\n"), '\n'), contentType)
	if err != nil {
		return err
	}
	for {
		switch entry, err := next(p); {
		case errors.Is(err, io.EOF), err != nil && missingEnd(err):
			return nil
		case err != nil:
			return err
		case entry == textparse.EntrySeries:
			var ls labels.Labels
			p.Labels(&ls)
		}
	}
}

// missingEnd reports whether OpenMetrics only misses its last line.
func missingEnd(err error) bool { return err.Error() == "data does not end with # EOF" }
