package text_test

import (
	"strings"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
)

func TestNames(t *testing.T) {
	for s, ok := range map[string]bool{
		"payments": true, "l2": true, "4x4": true, "a-b-": true, strings.Repeat("a", 60): true,
		"": false, "-a": false, "A": false, "a_b": false, "a b": false, "é": false, "a/b": false, strings.Repeat("a", 61): false,
	} {
		if text.ValidName(s) != ok {
			t.Errorf("%q: want %v", s, ok)
		}
	}
}

func TestTextsThatCannotBeStoredOrShownAreRefused(t *testing.T) {
	type check func(c *errs.Check, path, s string)
	cases := []struct {
		name  string
		check check
		s     string
		ok    bool
	}{
		{"line", text.Line, "", true},
		{"line", text.Line, "Zahlungsverkehr Zürich 💶", true},
		{"line", text.Line, "two\nlines", false},
		{"line", text.Line, "nul\x00", false},
		{"line", text.Line, "bad\xff", false},
		{"line", text.Line, strings.Repeat("ü", text.MaxLine), true},
		{"line", text.Line, strings.Repeat("ü", text.MaxLine+1), false},
		{"block", text.Block, "one\n\ttwo\n", true},
		{"block", text.Block, "nul\x00", false},
		{"block", text.Block, "bell\a", false},
		{"block", text.Block, strings.Repeat("x", text.MaxBlock+1), false},
		{"url", text.URL, "", true},
		{"url", text.URL, "https://runbooks.bank.example/a?b=c#d", true},
		{"url", text.URL, "javascript:alert(1)", false},
		{"url", text.URL, "/relative", false},
		{"url", text.URL, "https://", false},
		{"url", text.URL, "https://a b.example/", false},
		{"url", text.URL, "https://x.example/" + strings.Repeat("a", text.MaxURL), false},
	}
	for _, c := range cases {
		var check errs.Check
		c.check(&check, "field", c.s)
		if err := check.Err("it"); (err == nil) != c.ok {
			t.Errorf("%s %.30q: %v", c.name, c.s, err)
		}
	}
}
