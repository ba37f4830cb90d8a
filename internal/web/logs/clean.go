package logs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// colouring are the sequences with which programs colour a terminal (ECMA-48 §8.3.117).
var colouring = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

// clean makes text of a line safe to look at: colours go, other control characters and those that
// turn or hide text are shown as what they are. Line ends and tabs stay.
func clean(s string) string {
	s = colouring.ReplaceAllString(strings.ToValidUTF8(s, "�"), "")
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
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
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// oneLine is clean for a row of a table, short has at most so many characters.
func oneLine(s string, most int) string {
	cut := s
	if len(cut) > 4*most {
		cut = cut[:4*most]
	}
	cut = strings.NewReplacer("\r\n", " ⏎ ", "\n", " ⏎ ", "\t", " ").Replace(clean(cut))
	if utf8.RuneCountInString(cut) > most {
		cut = string([]rune(cut)[:most])
	} else if len(s) <= 4*most {
		return cut
	}
	return cut + " …"
}

// block is clean for several lines, at most so many bytes; whole reports that nothing was cut.
func block(s string, most int) (shown string, whole bool) {
	if len(s) <= most {
		return clean(s), true
	}
	return clean(s[:most]), false
}

// count writes a number with commas: 13,294.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes a number of bytes.
func size(n int) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
	case n >= 1<<10:
		return strconv.Itoa(n>>10) + " kB"
	}
	return strconv.Itoa(n) + " bytes"
}
