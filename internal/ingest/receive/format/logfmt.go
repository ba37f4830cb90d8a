package format

import (
	"strconv"
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// Fields in which programs write what the engine has names for, the first that is there counts.
var (
	timeNames    = []string{"_time", "@timestamp", "timestamp", "time", "ts", "t", "datetime", "date", "eventTime"}
	messageNames = []string{"_msg", "message", "msg", "log", "MESSAGE"}
	levelNames   = []string{"level", "lvl", "severity", "loglevel", "log.level", "levelname"}
)

// logfmtLine is a line of name=value pairs, at least two; a value with spaces is in quotes.
// https://brandur.org/logfmt
func logfmtLine(line string, zone *time.Location) (signal.Row, bool) {
	var fields []signal.Field
	for rest := strings.TrimLeft(line, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		name, value, left, ok := pair(rest)
		if !ok {
			return signal.Row{}, false
		}
		fields = append(fields, signal.Field{Name: name, Value: value})
		rest = left
	}
	if len(fields) < 2 {
		return signal.Row{}, false
	}
	row := signal.Row{Fields: fields}
	named(&row, zone)
	if row.Get(signal.Message) == "" {
		row.Set(signal.Message, line)
	}
	return row, true
}

// pair reads one name=value.
func pair(s string) (name, value, rest string, ok bool) {
	at := strings.IndexAny(s, "= \"")
	if at <= 0 || s[at] != '=' {
		return "", "", s, false
	}
	name, s = s[:at], s[at+1:]
	if strings.HasPrefix(s, `"`) {
		prefix, err := strconv.QuotedPrefix(s)
		if err != nil {
			return "", "", s, false
		}
		value, err = strconv.Unquote(prefix)
		return name, value, s[len(prefix):], err == nil
	}
	value, rest, _ = strings.Cut(s, " ")
	return name, value, rest, true
}

// named finds the time, the message and the level among the fields that a program has named itself.
func named(row *signal.Row, zone *time.Location) {
	for _, name := range timeNames {
		if value := row.Get(name); value != "" {
			if at, err := ParseTime(value, zone); err == nil && !at.IsZero() {
				row.Time = at
				drop(row, name)
				break
			}
		}
	}
	for _, name := range messageNames {
		if i := index(row, name); i >= 0 && row.Fields[i].Value != "" {
			row.Fields[i].Name = signal.Message
			break
		}
	}
	for _, name := range levelNames {
		if level := Level(row.Get(name)); level != "" {
			row.Set("level", level)
			break
		}
	}
}

func index(row *signal.Row, name string) int {
	for i, f := range row.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}

func drop(row *signal.Row, name string) {
	if i := index(row, name); i >= 0 {
		row.Fields = append(row.Fields[:i], row.Fields[i+1:]...)
	}
}
