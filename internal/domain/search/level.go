package search

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"mainstay/internal/engine/signal"
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

// Names of fields that hold a level.
const (
	levelField    = "level"
	severityField = "severity"
)

// opening finds the word of a level at the beginning of a line: behind brackets, numbers and an
// ISO 8601 instant. The engine gets the same expression, so that a line has the same colour in the
// list and in the histogram.
var opening = begins("?P<"+openingField+">", Fatal, Error, Warn, Info, Debug, Trace)

func begins(group string, levels ...Level) string {
	return `(?i)^[^a-z]{0,40}(?:t[^a-z]{5,24}(?:z[^a-z]{0,8})?)?(` + group + strings.Join(signal.LevelWords(texts(levels)...), "|") + `)\b`
}

func texts(levels []Level) (out []string) {
	for _, l := range levels {
		out = append(out, string(l))
	}
	return out
}

const openingField = "mainstay_level"

var openingWord = regexp.MustCompile(opening)

// LevelOf is the level of a line whose fields level and severity have these values, "" where it has none: that of
// level, else of severity, else of the word at the line's beginning.
func LevelOf(level, severity, message string) Level {
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

// levelNamed is the level that a field says.
func levelNamed(s string) Level { return cmp.Or(Level(signal.ReadLevel(s)), Unknown) }

// badLines is the filter for lines whose level is Bad.
var badLines = func() string {
	values := strconv.Quote(`(?i)^\s*(` + strings.Join(signal.LevelValues(texts([]Level{Fatal, Error})...), "|") + `)\s*$`)
	return `(level:~` + values + ` or (level:"" severity:~` + values + `) or (level:"" severity:"" _msg:~` + strconv.Quote(begins("?:", Fatal, Error)) + `))`
}()
