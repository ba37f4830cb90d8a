package format

import "strings"

// levels are the words for levels that programs use, and what they mean here.
var levels = map[string]string{
	"emerg": "fatal", "emergency": "fatal", "alert": "fatal", "crit": "fatal", "critical": "fatal", "fatal": "fatal", "panic": "fatal", "dpanic": "fatal",
	"error": "error", "err": "error", "severe": "error", "failure": "error",
	"warn": "warn", "warning": "warn", "wrn": "warn",
	"info": "info", "information": "info", "informational": "info", "notice": "info", "inf": "info",
	"debug": "debug", "dbg": "debug", "fine": "debug", "config": "debug",
	"trace": "trace", "finer": "trace", "finest": "trace", "verbose": "trace",
}

// Level normalises the word for a level: fatal, error, warn, info, debug or trace; "" when it is
// none that is known.
func Level(word string) string { return levels[strings.ToLower(word)] }

// Severity is the level of a severity of syslog, 0 to 7 (RFC 5424 §6.2.1).
func Severity(n int) string {
	switch {
	case n < 0 || n > 7:
		return ""
	case n <= 2:
		return "fatal"
	}
	return [...]string{3: "error", 4: "warn", 5: "info", 6: "info", 7: "debug"}[n]
}

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
