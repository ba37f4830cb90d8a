package format

import (
	"strings"

	"mainstay/internal/engine/signal"
)

// Level normalises the word for a level, as signal.Level does.
func Level(word string) string { return signal.Level(word) }

// Severity is the level of a severity of syslog, as signal.Severity has it.
func Severity(n int) string { return signal.Severity(n) }

const (
	searched = 160 // bytes after the time in which a level is looked for
	tokens   = 8   // and words
)

// levelIn finds the level in what follows the time of a line: the first word in capitals that is
// one, or one in small letters that stands in brackets or first.
func levelIn(s string) string {
	s = s[:min(len(s), searched)]
	for i := 0; i < tokens; i++ {
		s = strings.TrimLeft(s, " \t-|:")
		if s == "" {
			return ""
		}
		end := strings.IndexAny(s, " \t|")
		if end < 0 {
			end = len(s)
		}
		if found := levelOf(s[:end], i == 0); found != "" {
			return found
		}
		s = s[end:]
	}
	return ""
}

func levelOf(token string, first bool) string {
	word := strings.Trim(token, "[](){}<>:,;*-")
	// Apache writes [core:error], others [error][client].
	if _, after, ok := strings.Cut(word, ":"); ok && strings.HasPrefix(token, "[") {
		word = after
	}
	found := Level(word)
	switch {
	case found == "":
		return ""
	case word == strings.ToUpper(word), first:
		return found
	case strings.HasPrefix(token, "[") || strings.HasPrefix(token, "<") || strings.HasPrefix(token, "("):
		return found
	}
	return ""
}
