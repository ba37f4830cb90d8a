package format

import (
	"strings"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/flat"
)

// A record has at most this many lines, ...
const (
	MaxLines = 2_000
	// ... and bytes.
	MaxRecord = 1 << 20
)

// How much is looked at to find out the format.
const (
	detectLines = 100
	detectBytes = 256 << 10
)

// Parser makes rows of lines, one text after the other. Make it with New.
type Parser struct {
	Options
	// Kind is what the lines turned out to be; Auto until that is known.
	Kind Kind
	// taken gets each record: its row, and the number of its first line, from 1.
	taken func(row signal.Row, line int) error

	flat    flat.Flattener
	asked   bool
	early   []string // lines before the format is known
	size    int
	line    int             // number of the last line
	pending strings.Builder // record that may go on
	lines   int             // of the record
	begun   int             // number of its first line
	trace   bool            // a Python traceback goes on up to a line that is not indented
}

// New returns a parser that hands each record to taken. What taken returns as an error ends the
// parsing.
func New(o Options, taken func(row signal.Row, line int) error) *Parser {
	if o.Kind == "" {
		o.Kind = Auto
	}
	return &Parser{Options: o, Kind: o.Kind, asked: o.Kind != Auto, taken: taken}
}

// Line takes the next line, without its end.
func (p *Parser) Line(line []byte) error {
	text := string(line)
	if p.Kind != Auto {
		return p.next(text)
	}
	p.early = append(p.early, text)
	p.size += len(text)
	if len(p.early) < detectLines && p.size < detectBytes {
		return nil
	}
	return p.decide()
}

// Close hands over the last record.
func (p *Parser) Close() error {
	if p.Kind == Auto {
		if err := p.decide(); err != nil {
			return err
		}
	}
	return p.flush()
}

func (p *Parser) decide() error {
	p.Kind = Detect(p.early, p.Options)
	for _, line := range p.early {
		if err := p.next(line); err != nil {
			return err
		}
	}
	p.early = nil
	return nil
}

// next adds a line to the record that it belongs to.
func (p *Parser) next(line string) error {
	p.line++
	if p.goesOn(line) {
		p.pending.WriteByte('\n')
		p.pending.WriteString(line)
		p.lines++
		return nil
	}
	if err := p.flush(); err != nil {
		return err
	}
	if strings.TrimSpace(line) == "" {
		return nil
	}
	p.pending.WriteString(line)
	p.lines, p.begun = 1, p.line
	p.trace = isTraceback(line)
	return nil
}

// goesOn reports whether a line belongs to the record that is pending.
func (p *Parser) goesOn(line string) bool {
	if p.lines == 0 || p.lines >= MaxLines || p.pending.Len()+len(line) >= MaxRecord {
		return false
	}
	switch p.Kind {
	case Syslog3164, Syslog5424, Timestamped:
		return !begins(p.Kind, line, p.Options)
	case Access:
		return false
	}
	return p.resumes(line)
}

// resumes reports whether a line looks like the rest of a stack trace.
func (p *Parser) resumes(line string) bool {
	if isTraceback(line) {
		p.trace = true
		return true
	}
	if indented(line) && strings.TrimSpace(line) != "" {
		return true
	}
	if p.trace && line != "" { // the exception itself stands at its end
		p.trace = false
		return !strings.HasPrefix(line, "{")
	}
	return strings.HasPrefix(line, "Caused by: ")
}

func isTraceback(line string) bool {
	return strings.HasPrefix(line, "Traceback (most recent call last):")
}

// flush hands over the record that is pending.
func (p *Parser) flush() error {
	if p.lines == 0 {
		return nil
	}
	text := strings.TrimRight(p.pending.String(), "\n\r ")
	p.pending.Reset()
	p.lines = 0
	row, ok := p.one(p.Kind, text)
	if !ok {
		row, _ = p.one(Plain, text)
		if p.asked {
			row.Fault = "not in the format " + string(p.Kind)
		}
	}
	return p.taken(row, p.begun)
}
