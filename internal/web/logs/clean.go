package logs

import (
	"strconv"

	"mainstay/internal/base/text"
)

// clean makes text of a line safe to look at. Line ends and tabs stay.
func clean(s string) string { return text.Shown(s) }

// oneLine is clean for a row of a table, short has at most so many characters.
func oneLine(s string, most int) string { return text.OneLine(s, most) }

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
