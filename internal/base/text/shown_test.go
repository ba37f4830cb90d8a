package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mainstay/internal/base/text"
)

func TestWhatTurnsOrHidesTextIsShownAsWhatItIs(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\nsecond":         "plain\ttext\nsecond",
		"\x1b[31mred\x1b[0m \x1b[2J":  "red ‹U+001B›[2J",
		"a\u202egnp.exe\a\u200b":      "a‹U+202E›gnp.exe‹U+0007›‹U+200B›",
		"\u2066x\u2069 \x9b1m \u2028": "‹U+2066›x‹U+2069› ‹U+FFFD›1m ‹U+2028›",
		"\u009b1m é \xff":             "‹U+009B›1m é \uFFFD",
		"over\rwritten":               "over‹U+000D›written",
	} {
		want = strings.ReplaceAll(want, "‹U+FFFD›", "\uFFFD")
		if got := text.Shown(in); got != want {
			t.Errorf("%+q became %q, want %q", in, got, want)
		}
	}
}

func TestATextOnOneLineIsOneAndNoLongerThanAsked(t *testing.T) {
	if got := text.OneLine("a\r\nb\nc\td", 20); got != "a ⏎ b ⏎ c d" {
		t.Errorf("%q", got)
	}
	if got := text.OneLine("abcdef", 3); got != "abc …" {
		t.Errorf("%q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 40).Draw(t, "most")
		got := text.OneLine(rapid.OneOf(rapid.String(), rapid.StringMatching("[\x00-\x7f\u2028\u202e]*")).Draw(t, "s"), most)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > most+2 || strings.ContainsFunc(got, func(r rune) bool {
			return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
		}) {
			t.Fatalf("%q", got)
		}
	})
}
