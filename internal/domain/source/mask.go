package source

import (
	"regexp"
	"slices"

	"mainstay/internal/base/errs"
)

// Mask hides something before it is stored.
type Mask struct {
	What    string `yaml:"what,omitempty" json:"what,omitempty" doc:"card, iban or secret; none alone stores everything as it comes."`
	Regexp  string `yaml:"regexp,omitempty" json:"regexp,omitempty" doc:"Regular expression (RE2) of what to hide; with a group, that group alone."`
	Replace string `yaml:"replace,omitempty" json:"replace,omitempty" doc:"What stands there instead; [masked] when left out."`
}

func (m Mask) validate(c *errs.Check, path string) {
	c.Require((m.What == "") != (m.Regexp == ""), path, "must have one of what and regexp")
	c.Require(m.What == "" || slices.Contains([]string{"card", "iban", "secret", "none"}, m.What), path+".what",
		"must be card, iban, secret or none, not %q", m.What)
	if m.Regexp != "" {
		re, err := regexp.Compile(m.Regexp)
		c.Require(err == nil, path+".regexp", "is no regular expression: %v", err)
		c.Require(err != nil || !re.MatchString(""), path+".regexp", "matches the empty text, so it would hide everything")
	}
}
