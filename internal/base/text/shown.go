package text

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// colouring are the sequences with which programs colour a terminal (ECMA-48 §8.3.117).
var colouring = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

// Shown makes text that strangers wrote safe to look at, on a page, in a terminal and in a mail:
// colours go, other control characters and those that turn or hide text (Trojan Source,
// CVE-2021-42574) are shown as what they are: ‹U+202E›. Line ends and tabs stay.
func Shown(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for _, r := range colouring.ReplaceAllString(s, "") {
		if odd(r) {
			fmt.Fprintf(&b, "‹U+%04X›", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// odd reports whether a character does something to the text around it, or cannot be seen.
func odd(r rune) bool {
	if r < utf8.RuneSelf {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// lineEnds are shown where a text must stay on one line.
var lineEnds = strings.NewReplacer("\r\n", " ⏎ ", "\n", " ⏎ ", "\t", " ")

// OneLine is Shown on one line, with at most so many characters.
func OneLine(s string, most int) string {
	cut := s
	if len(cut) > 4*most {
		cut = cut[:4*most]
	}
	cut = Shown(lineEnds.Replace(cut))
	if utf8.RuneCountInString(cut) > most {
		cut = string([]rune(cut)[:most])
	} else if len(s) <= 4*most {
		return cut
	}
	return cut + " …"
}
