// Package text checks what people type: names that go into URLs, one-line titles, longer
// descriptions. Everything that passes is valid UTF-8 without NUL, which PostgreSQL cannot
// store, and without control characters, which make one line look like two.
package text

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/internal/base/errs"
)

// The longest texts, in characters.
const (
	MaxName  = 60
	MaxLine  = 200
	MaxBlock = 20_000
	MaxURL   = 2_000
)

// ValidName reports whether s is a name: a lower-case letter or digit, then letters, digits and
// dashes, 60 at most.
func ValidName(s string) bool {
	if s == "" || len(s) > MaxName || s[0] == '-' {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}

// Name refuses what is not a name.
func Name(c *errs.Check, path, s string) {
	c.Require(ValidName(s), path, "must be 1 to %d lower-case letters, digits and dashes, not %q", MaxName, short(s))
}

// Line refuses what is not one line of at most 200 characters; "" passes.
func Line(c *errs.Check, path, s string) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		c.Add(path, "must be plain text on one line")
		return
	}
	c.Require(utf8.RuneCountInString(s) <= MaxLine, path, "must be at most %d characters long", MaxLine)
}

// Block refuses text of several lines that is longer than 20,000 characters or has control
// characters other than line ends and tabs; "" passes.
func Block(c *errs.Check, path, s string) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		c.Add(path, "must be plain text")
		return
	}
	c.Require(utf8.RuneCountInString(s) <= MaxBlock, path, "must be at most %d characters long", MaxBlock)
}

// URL refuses what is not an absolute http or https address; "" passes.
func URL(c *errs.Check, path, s string) {
	c.Require(s == "" || ValidURL(s), path, "must be an address that starts with https:// or http://, not %q", short(s))
}

// ValidURL reports whether s is an absolute http or https address, which a page may lead to.
func ValidURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(s) <= MaxURL &&
		!strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) })
}

// short cuts what a message quotes.
func short(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if utf8.RuneCountInString(s) <= MaxName {
		return s
	}
	return string([]rune(s)[:MaxName]) + "…"
}
