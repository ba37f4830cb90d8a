package source

import (
	"regexp"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
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
		c.Require(err != nil || named(re), path+".regexp", "must have a named group, such as (?P<order>[0-9]+)")
	}
	c.Require(e.Format == "" || e.Format == JSON || e.Format == Logfmt, path+".format", "must be json or logfmt, not %q", e.Format)
}

func named(re *regexp.Regexp) bool {
	for _, n := range re.SubexpNames() {
		if n != "" {
			return true
		}
	}
	return false
}
