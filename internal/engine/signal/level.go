package signal

import (
	"slices"
	"strings"
)

// levels are what programs write for a level, the worst level first: words that are found in the text of a line
// too; words that also begin ordinary sentences; and what means a level only as the value of a field: letters,
// severities of syslog (0 to 7, RFC 5424 §6.2.1) and the tens of JavaScript's loggers (10 is trace, 60 fatal).
var levels = []struct{ level, words, ordinary, values string }{
	{"fatal", "fatal critical crit alert emergency emerg panic dpanic", "", "f 0 1 2 60"},
	{"error", "error err severe", "failure", "e 3 50"},
	{"warn", "warning warn wrn", "", "w 4 40"},
	{"info", "info notice inf", "information informational", "i 5 6 30"},
	{"debug", "debug dbg", "fine config", "d 7 20"},
	{"trace", "trace", "finer finest verbose", "t v 10"},
}

var spoken, named = tables()

func tables() (spoken, named map[string]string) {
	spoken, named = map[string]string{}, map[string]string{}
	for _, l := range levels {
		for _, w := range strings.Fields(l.words + " " + l.ordinary) {
			spoken[w] = l.level
		}
		for _, w := range LevelValues(l.level) {
			named[w] = l.level
		}
	}
	return spoken, named
}

// Level normalises the word for a level: fatal, error, warn, info, debug or trace; "" when it is
// none that is known.
func Level(word string) string { return spoken[strings.ToLower(word)] }

// ReadLevel is Level for the value of a field that holds a level, which may be a letter or a number.
func ReadLevel(value string) string { return named[strings.ToLower(strings.TrimSpace(value))] }

// Severity is the level of a severity of syslog, 0 to 7 (RFC 5424 §6.2.1).
func Severity(n int) string {
	if n < 0 || n > 7 {
		return ""
	}
	return named[string(rune('0'+n))]
}

// LevelWords are the words with which a line at one of the levels may begin.
func LevelWords(of ...string) (out []string) {
	for _, l := range levels {
		if slices.Contains(of, l.level) {
			out = append(out, strings.Fields(l.words)...)
		}
	}
	return out
}

// LevelValues are all that ReadLevel takes for one of the levels, in small letters.
func LevelValues(of ...string) (out []string) {
	for _, l := range levels {
		if slices.Contains(of, l.level) {
			out = append(out, strings.Fields(l.words+" "+l.ordinary+" "+l.values)...)
		}
	}
	return out
}
