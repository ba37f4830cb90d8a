package text

import (
	"strings"
	"unicode"
)

// Blank reports whether nothing of s can be seen: it is empty, or all of it is blanks and
// characters without a shape, such as zero-width spaces and joiners. Between other characters
// joiners have their work (emoji, Persian) and stay.
func Blank(s string) bool { return !strings.ContainsFunc(s, visible) }

// Trim takes the blanks around s away, and everything when nothing of it can be seen.
func Trim(s string) string {
	if Blank(s) {
		return ""
	}
	return strings.TrimSpace(s)
}

// brailleBlank is a pattern of no dots, which Unicode does not count among the spaces.
const brailleBlank = '\u2800'

// visible reports whether r leaves a mark by itself. What fonts ignore by default is listed in
// the Unicode Character Database (UAX #44, Default_Ignorable_Code_Point).
func visible(r rune) bool {
	return r != brailleBlank && !unicode.IsSpace(r) && !unicode.IsControl(r) &&
		!unicode.In(r, unicode.Z, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
