package source

import (
	"errors"
	"fmt"
	"html"
	"strconv"
	"strings"
)

// pattern is text with gaps, in the syntax of the pipe "extract" of LogsQL:
//
//	user=<user> ip=<ip>
//
// The text in front of the first gap is looked for anywhere; a gap reaches to the text behind it,
// the last one to the end. A gap that begins with a quote is a text in quotes, without them,
// unless it is <plain:name>. <_> and <> fill nothing. &lt; and &gt; are < and >.
//
// https://docs.victoriametrics.com/victorialogs/logsql/#extract-pipe
type pattern struct {
	before string // in front of the first gap
	gaps   []gap
}

type gap struct {
	name  string // "" fills nothing
	plain bool
	after string // text behind it
}

func parsePattern(s string) (p pattern, err error) {
	before, rest, ok := strings.Cut(s, "<")
	p.before = html.UnescapeString(before)
	named := false
	for ok {
		inside, after, closed := strings.Cut(rest, ">")
		if !closed {
			return p, fmt.Errorf("has a gap without its end: <%.40s", inside)
		}
		g := gap{name: strings.TrimSpace(inside)}
		if name, plain := strings.CutPrefix(g.name, "plain:"); plain {
			g.name, g.plain = strings.TrimSpace(name), true
		}
		if g.name == "_" || g.name == "*" {
			g.name = ""
		}
		after, rest, ok = strings.Cut(after, "<")
		g.after = html.UnescapeString(after)
		if g.after == "" && ok {
			return p, fmt.Errorf("needs text between <%s> and the next gap, to know where one ends", inside)
		}
		named = named || g.name != ""
		p.gaps = append(p.gaps, g)
	}
	if !named {
		return p, errors.New("must have a named gap, such as user=<user>")
	}
	return p, nil
}

// each tells what fills the gaps, up to the first that does not fit.
func (p *pattern) each(s string, found func(name, value string)) {
	at := strings.Index(s, p.before)
	if at < 0 {
		return
	}
	s = s[at+len(p.before):]
	for _, g := range p.gaps {
		value, rest, ok := g.read(s)
		if !ok {
			return
		}
		found(g.name, value)
		s = rest
	}
}

func (g gap) read(s string) (value, rest string, ok bool) {
	if !g.plain && s != "" && (s[0] == '"' || s[0] == '`') {
		if quoted, err := strconv.QuotedPrefix(s); err == nil {
			value, err = strconv.Unquote(quoted)
			rest, ok = strings.CutPrefix(s[len(quoted):], g.after)
			return value, rest, ok && err == nil
		}
	}
	if g.after == "" {
		return s, "", true
	}
	return strings.Cut(s, g.after)
}

func containsLiteral(s, literal string) bool { return literal == "" || strings.Contains(s, literal) }
