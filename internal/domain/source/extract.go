package source

import (
	"fmt"
	"regexp"
	"slices"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/signal"
)

// Extract takes something out of a field into fields of their own.
type Extract struct {
	From    string `yaml:"from,omitempty" json:"from,omitempty" doc:"Field to read; the line itself (_msg) when left out."`
	Regexp  string `yaml:"regexp,omitempty" json:"regexp,omitempty" doc:"Regular expression (RE2) with named groups: (?P<order>ORD-[0-9]+)."`
	Pattern string `yaml:"pattern,omitempty" json:"pattern,omitempty" doc:"Text with named gaps: user=<user> ip=<ip>."`
	Format  Format `yaml:"format,omitempty" json:"format,omitempty" doc:"json or logfmt: take the whole field apart."`
}

func (e Extract) validate(c *errs.Check, path string) {
	text.Line(c, path+".from", e.From)
	n := 0
	for _, given := range []bool{e.Regexp != "", e.Pattern != "", e.Format != ""} {
		if given {
			n++
		}
	}
	c.Require(n == 1, path, "must have one of regexp, pattern and format")
	if e.Regexp != "" {
		re, err := regexp.Compile(e.Regexp)
		c.Require(err == nil, path+".regexp", "is no regular expression: %v", err)
		if err == nil {
			validateGroups(c, path+".regexp", re)
		}
	}
	if e.Pattern != "" {
		p, err := parsePattern(e.Pattern)
		c.Require(err == nil, path+".pattern", "%v", err)
		for _, g := range p.gaps {
			validateResult(c, path+".pattern", g.name)
		}
	}
	c.Require(e.Format == "" || e.Format == JSON || e.Format == Logfmt, path+".format", "must be json or logfmt, not %q", e.Format)
}

func validateGroups(c *errs.Check, path string, re *regexp.Regexp) {
	named := 0
	for _, name := range re.SubexpNames() {
		if name != "" {
			named++
			validateResult(c, path, name)
		}
	}
	c.Require(named > 0, path, "must have a named group, such as (?P<order>[0-9]+)")
}

// kept are fields that only the server sets: no rule may fill them.
var kept = []string{signal.TimeField, signal.StreamField, signal.StreamIDField, signal.Source, signal.ParseError,
	signal.TimeError, signal.OriginalTime, signal.Replay, signal.Restored, signal.Uploaded, moreFields, longNames}

// validateResult looks at the name of a field that a rule fills; "" is a gap without a name.
func validateResult(c *errs.Check, path, name string) {
	c.Require(!slices.Contains(kept, name), path, "must not fill %s, which the server sets", name)
	c.Require(len(name) <= maxName, path, "must not fill a field whose name is longer than %d bytes", maxName)
}

// extractor is a compiled rule. It may be used by several goroutines at once.
type extractor struct {
	from    string
	re      *regexp.Regexp // one of the three
	pattern *pattern
	format  Format

	literal string // in every text that the expression matches
	names   []string
}

func newExtractor(e Extract) (x extractor, err error) {
	x = extractor{from: e.From, format: e.Format}
	if x.from == "" {
		x.from = signal.Message
	}
	switch {
	case e.Regexp != "":
		if x.re, err = regexp.Compile(e.Regexp); err != nil {
			return x, fmt.Errorf("extraction %q: %w", e.Regexp, err)
		}
		x.literal, x.names = text.Literal(e.Regexp), x.re.SubexpNames()
	case e.Pattern != "":
		p, err := parsePattern(e.Pattern)
		if err != nil {
			return x, fmt.Errorf("extraction %q: %w", e.Pattern, err)
		}
		x.pattern = &p
	}
	return x, nil
}

// row fills fields from one of its own.
func (x *extractor) row(r *signal.Row) {
	value := r.Get(x.from)
	switch {
	case value == "":
	case x.re != nil:
		x.byExpression(r, value)
	case x.pattern != nil:
		x.pattern.each(value, func(name, found string) { fill(r, name, found) })
	case x.format == JSON:
		eachOfJSON(value, func(name, found string) { fill(r, name, found) })
	case x.format == Logfmt:
		eachOfLogfmt(value, func(name, found string) { fill(r, name, found) })
	}
}

func (x *extractor) byExpression(r *signal.Row, value string) {
	if !containsLiteral(value, x.literal) {
		return
	}
	at := x.re.FindStringSubmatchIndex(value)
	if at == nil {
		return
	}
	for g, name := range x.names {
		if name != "" && at[2*g] >= 0 {
			fill(r, name, value[at[2*g]:at[2*g+1]])
		}
	}
}

// fill gives a field a value when it has none. What the server sets is left alone.
func fill(r *signal.Row, name, value string) {
	if value == "" || name == "" || slices.Contains(kept, name) || r.Get(name) != "" {
		return
	}
	r.Set(name, value)
}
