package settings

import (
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"mainstay/internal/base/text"
)

// Checks are what the server may have looked at from this host.
type Checks struct {
	// Every is how often the server is asked for checks; when it has not been asked for that long and some
	// seconds, it takes this host for silent.
	Every   time.Duration `yaml:"every"`
	Scripts []Script      `yaml:"scripts"`
}

// Script is a command that a check may run, by its name. Nothing else can be run.
type Script struct {
	Name    string   `yaml:"name"`
	Command []string `yaml:"command"` // the program and its arguments, which may hold $1 to $9
	// Arguments are expressions of what $1, $2 … may be.
	Arguments []string `yaml:"arguments"`

	// Expressions are Arguments, compiled.
	Expressions []*regexp.Regexp `yaml:"-"`
}

const (
	defaultAsk   = 10 * time.Second
	maxArguments = 9
)

func (k *Checks) check(c *check) {
	if k == nil {
		return
	}
	c.require(k.Every >= time.Second && k.Every <= 5*time.Minute, "checks.every", "must be from 1s to 5m, not %s", k.Every)
	names := map[string]bool{}
	for i := range k.Scripts {
		s, at := &k.Scripts[i], fmt.Sprintf("checks.scripts[%d]", i)
		c.require(text.ValidName(s.Name), at+".name", "must be lower-case letters, digits and dashes, not %q", s.Name)
		c.require(!names[s.Name], at+".name", "stands here a second time")
		names[s.Name] = true
		s.check(c, at)
	}
}

func (s *Script) check(c *check, at string) {
	c.require(len(s.Command) > 0 && filepath.IsAbs(s.Command[0]), at+".command", "must begin with the full path of a program")
	c.require(len(s.Arguments) <= maxArguments, at+".arguments", "must be at most %d", maxArguments)
	for i, a := range s.Arguments {
		re, err := regexp.Compile(`^(?:` + a + `)$`)
		c.require(err == nil, fmt.Sprintf("%s.arguments[%d]", at, i), "is not an expression: %v", err)
		s.Expressions = append(s.Expressions, re)
	}
}
