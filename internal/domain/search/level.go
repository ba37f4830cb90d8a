package search

import (
	"regexp"
	"strconv"
	"strings"
)

// Level is how bad a line says that it is.
type Level string

// The levels, worst first. Unknown is of lines that do not say.
const (
	Fatal   Level = "fatal"
	Error   Level = "error"
	Warn    Level = "warn"
	Info    Level = "info"
	Debug   Level = "debug"
	Trace   Level = "trace"
	Unknown Level = "unknown"
)

// Levels are all, worst first.
var Levels = []Level{Fatal, Error, Warn, Info, Debug, Trace, Unknown}

// Bad reports whether somebody should look.
func (l Level) Bad() bool { return l == Fatal || l == Error }

var levelWords = map[string]Level{
	"fatal": Fatal, "critical": Fatal, "crit": Fatal, "alert": Fatal, "emergency": Fatal, "emerg": Fatal, "panic": Fatal,
	"error": Error, "err": Error, "severe": Error, "failure": Error,
	"warning": Warn, "warn": Warn,
	"notice": Info, "information": Info, "informational": Info, "info": Info,
	"debug": Debug, "fine": Debug, "trace": Trace, "verbose": Trace, "finer": Trace, "finest": Trace,
	"f": Fatal, "e": Error, "w": Warn, "i": Info, "d": Debug, "t": Trace, "v": Trace,
}

// Names of fields that hold a level.
const (
	levelField    = "level"
	severityField = "severity"
)

// opening finds the word of a level at the beginning of a line: behind brackets, numbers and an
// ISO 8601 instant. The engine gets the same expression, so that a line has the same colour in the
// list and in the histogram.
const opening = `(?i)^[^a-z]{0,40}(?:t[^a-z]{5,24}(?:z[^a-z]{0,8})?)?` +
	`(?P<` + openingField + `>fatal|critical|crit|alert|emergency|emerg|panic|error|err|severe|warning|warn|notice|info|debug|trace)\b`

const openingField = "mainstay_level"

var openingWord = regexp.MustCompile(opening)

// levelOf is the level of a line: its field level, else severity, else the word at its beginning.
func levelOf(level, severity, message string) Level {
	switch {
	case level != "":
		return levelNamed(level)
	case severity != "":
		return levelNamed(severity)
	}
	if len(message) > 128 {
		message = message[:128]
	}
	if m := openingWord.FindStringSubmatch(message); m != nil {
		return levelNamed(m[1])
	}
	return Unknown
}

// LevelOf is the level of a line whose fields level and severity have these values, "" where it
// has none.
func LevelOf(level, severity, message string) Level { return levelOf(level, severity, message) }

// levelNamed reads a level as senders write it: in words, as a severity of syslog (0 to 7, RFC
// 5424 §6.2.1) or as tens (10 trace to 60 fatal).
func levelNamed(s string) Level {
	s = strings.ToLower(strings.TrimSpace(s))
	if l, ok := levelWords[s]; ok {
		return l
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || n < 0 || n > 60:
		return Unknown
	case n <= 7:
		return [...]Level{Fatal, Fatal, Fatal, Error, Warn, Info, Info, Debug}[n]
	case n >= 10:
		return [...]Level{Trace, Debug, Info, Warn, Error, Fatal}[n/10-1]
	}
	return Unknown
}

// badLines is the filter for lines whose level is Bad.
var badLines = func() string {
	words := `"(?i)^(f|e|fatal|critical|crit|alert|emergency|emerg|panic|error|err|severe|failure|[0-3]|5[0-9]|60)$"`
	starts := strings.Replace(strings.Replace(opening, "?P<"+openingField+">", "?:", 1), "|warning|warn|notice|info|debug|trace", "", 1)
	return `(level:~` + words + ` or (level:"" severity:~` + words + `) or (level:"" severity:"" _msg:~` + strconv.Quote(starts) + `))`
}()
