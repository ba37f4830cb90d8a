package format

import (
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/flat"
)

// Kind is how lines are written.
type Kind string

// The kinds; Auto finds out from the first lines.
const (
	Auto        Kind = "auto"
	Plain       Kind = "plain"
	JSON        Kind = "json"
	Logfmt      Kind = "logfmt"
	Access      Kind = "access"
	Syslog3164  Kind = "rfc3164"
	Syslog5424  Kind = "rfc5424"
	Timestamped Kind = "timestamped"
)

// kinds are what is tried, the surest first.
var kinds = []Kind{JSON, Syslog5424, Access, Syslog3164, Timestamped, Logfmt}

// Named is the kind of a name, "" being Auto; an unknown one is an Invalid error.
func Named(name string) (Kind, error) {
	switch k := Kind(name); k {
	case "":
		return Auto, nil
	case Auto, Plain, JSON, Logfmt, Access, Syslog3164, Syslog5424, Timestamped:
		return k, nil
	}
	return "", errs.Invalidf("format must be auto, plain, json, logfmt, access, rfc3164, rfc5424 or timestamped, not %.40q", name)
}

// Options are what lines do not say themselves.
type Options struct {
	// Kind is the format asked for; then a record that is written otherwise is marked with a
	// parse error. With Auto ("" is the same) it is kept as plain text, which is no error.
	Kind Kind
	Zone *time.Location // nil is UTC
	Now  time.Time      // for times without a year
}

func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// Detect finds the kind in which most of the lines begin records, Plain when none does. Lines that
// are indented are the rest of something and do not count.
func Detect(lines []string, o Options) Kind {
	found, counted := map[Kind]int{}, 0
	for _, line := range lines {
		if line == "" || indented(line) {
			continue
		}
		counted++
		for _, k := range kinds {
			if begins(k, line, o) {
				found[k]++
				break
			}
		}
	}
	best := Plain
	for _, k := range kinds {
		if found[k]*5 >= counted && found[k] > found[best] {
			best = k
		}
	}
	return best
}

// begins reports whether a line begins a record of a kind.
func begins(k Kind, line string, o Options) bool {
	switch k {
	case JSON:
		if !strings.HasPrefix(line, "{") || !strings.HasSuffix(strings.TrimRight(line, " "), "}") {
			return false
		}
		var f flat.Flattener
		_, err := f.Object([]byte(line))
		return err == nil
	case Syslog5424:
		return begins5424(line)
	case Syslog3164:
		return begins3164(line, o.zone(), o.Now)
	case Access:
		_, ok := accessLine(line)
		return ok
	case Logfmt:
		_, ok := logfmtLine(line, o.zone())
		return ok
	case Timestamped:
		_, _, _, ok := stampedTime(line, o.zone())
		return ok
	}
	return false
}

func indented(line string) bool { return line != "" && (line[0] == ' ' || line[0] == '\t') }

// one reads a record of one kind.
func (p *Parser) one(k Kind, text string) (signal.Row, bool) {
	switch k {
	case JSON:
		first, rest, more := strings.Cut(text, "\n")
		fields, err := p.flat.Object([]byte(first))
		if err != nil {
			return signal.Row{}, false
		}
		row := signal.Row{Fields: fields}
		named(&row, p.zone())
		return continued(row, rest, more)
	case Logfmt:
		first, rest, more := strings.Cut(text, "\n")
		row, ok := logfmtLine(first, p.zone())
		if !ok {
			return row, false
		}
		return continued(row, rest, more)
	case Access:
		return accessLine(text)
	case Syslog3164:
		return RFC3164(text, p.zone(), p.Now)
	case Syslog5424:
		return RFC5424(text)
	case Timestamped:
		return stampedRecord(text, p.zone())
	}
	row := signal.Row{Fields: []signal.Field{{Name: signal.Message, Value: text}}}
	if level := levelIn(text); level != "" {
		row.Fields = append(row.Fields, signal.Field{Name: "level", Value: level})
	}
	return row, true
}

// continued adds the lines that follow to the message of the first.
func continued(row signal.Row, rest string, more bool) (signal.Row, bool) {
	if more {
		row.Set(signal.Message, strings.TrimPrefix(row.Get(signal.Message)+"\n"+rest, "\n"))
	}
	return row, true
}
