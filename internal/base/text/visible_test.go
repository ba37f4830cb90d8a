package text_test

import (
	"testing"

	"mainstay/internal/base/text"
)

func TestWhatCannotBeSeenIsBlank(t *testing.T) {
	for name, s := range map[string]string{
		"nothing": "", "blanks": " \t\u00a0\u2003\u3000", "zero-width space": "\u200b", "joiners": "\u200c\u200d\u2060", "byte order mark": "\ufeff",
		"marks of direction": "\u200e\u200f\u202a\u202e\u2066\u2069", "soft hyphen": "\u00ad", "Hangul fillers": "\u115f\u1160\u3164\uffa0",
		"variation selectors": "\ufe0f\U000e0101", "tags": "\U000e0041\U000e007f", "grapheme joiner": "\u034f", "Mongolian": "\u180b\u180e",
		"braille blank": "\u2800", "a mixture": " \u200b \ufeff\n", "line separators": "\u2028\u2029", "musical": "\U0001d173",
	} {
		if !text.Blank(s) || text.Trim(s) != "" {
			t.Errorf("%s: %+q is not taken for blank", name, s)
		}
	}
}

func TestJoinersInsideATextStay(t *testing.T) {
	for _, s := range []string{"a", "می\u200cخواهم", "👩\u200d💻", "❤\ufe0f", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "क\u094d\u200dष", "."} {
		if text.Blank(s) || text.Trim(" "+s+"\t") != s {
			t.Errorf("%+q became %+q", s, text.Trim(" "+s+"\t"))
		}
	}
}
