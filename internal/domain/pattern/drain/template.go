package drain

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// ID identifies a template. It is made of the source, the service and the text at its birth, so
// that it is the same after a restart and on every node.
type ID string

// Origin is whose lines are clustered together.
type Origin struct{ Source, Service string }

// Template is what lines have in common.
type Template struct {
	ID ID
	Origin
	// Birth is the text that it began with, Text the one that it has now.
	Birth, Text string
	// Number orders the templates as they were born.
	Number int64
	// Example is a line of it, whole, or its first 2 KB; "" of a catch-all. Level is the line's.
	Example, Level string
	// First and Last are the instants of the earliest and the latest line.
	First, Last time.Time

	tokens []string
	wide   shapes // of its birth
}

// CatchAll reports whether it counts what belongs to no other.
func (t *Template) CatchAll() bool { return t.Birth == Any }

// Empty reports whether its lines have no message, only fields.
func (t *Template) Empty() bool { return t.Text == noMessage }

func idOf(o Origin, birth string) ID {
	sum := sha256.Sum256([]byte(o.Source + "\x00" + o.Service + "\x00" + birth))
	return ID(hex.EncodeToString(sum[:10]))
}

// Matches reports whether a line is one of the template's.
func (t *Template) Matches(message string) bool {
	var m masker
	m.message(message)
	return t.CatchAll() || t.wide == m.wide && fitsAll(t.tokens, m.tokens)
}

func fitsAll(template, line []string) bool {
	if len(template) != len(line) {
		return false
	}
	for i, want := range template {
		if want != line[i] && want != Any {
			return false
		}
	}
	return true
}

// generalise puts Any where a line differs.
func (t *Template) generalise(line []string) {
	next := slices.Clone(t.tokens)
	for i := range next {
		if next[i] != line[i] {
			next[i] = Any
		}
	}
	t.set(next)
}

// Widen gives it the text that it has got elsewhere, on another node.
func (t *Template) Widen(text string) { t.set(strings.Split(text, " ")) }

func (t *Template) set(tokens []string) { t.tokens, t.Text = tokens, strings.Join(tokens, " ") }

// wordOf says of a stored token what the masker said of it.
func wordOf(token string) word {
	if isStatus(token) {
		return pureWord
	}
	rest := token
	for _, w := range wildcards {
		rest = strings.ReplaceAll(rest, w, "")
	}
	has := false
	for i := range len(rest) {
		has = has || class[rest[i]]&letter != 0
	}
	switch {
	case !has:
		return noWord
	case rest == token:
		return pureWord
	}
	return maskedWord
}

// isStatus reports whether a token is the status of an HTTP answer: other numbers are masked.
func isStatus(token string) bool { return len(token) == 3 && allDigits(token) }

// Both is the text that fits the lines of two texts of one template.
func Both(a, b string) string {
	as, bs := strings.Split(a, " "), strings.Split(b, " ")
	if len(as) != len(bs) {
		return a
	}
	for i := range as {
		if as[i] != bs[i] {
			as[i] = Any
		}
	}
	return strings.Join(as, " ")
}
