package format

import (
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// stampedTime reads the time at the beginning of a line, in brackets or not, and returns what
// follows it. Before it may stand a level, as some programs have it.
func stampedTime(line string, zone *time.Location) (at time.Time, level, rest string, ok bool) {
	s := strings.TrimPrefix(line, "\ufeff")
	if word, after, found := strings.Cut(s, " "); found && len(word) <= 12 {
		if level = Level(strings.Trim(word, "[]:")); level != "" {
			s = strings.TrimLeft(after, " ")
		}
	}
	inner, bracket := strings.CutPrefix(s, "[")
	at, n, ok := dated(inner, zone)
	if !ok {
		return at, "", line, false
	}
	rest = inner[n:]
	if bracket {
		rest = strings.TrimPrefix(strings.TrimLeft(rest, " "), "]")
	} else if rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return at, "", line, false
	}
	return at, level, rest, true
}

// dated reads the dates that begin lines, and returns how long they are.
func dated(s string, zone *time.Location) (time.Time, int, bool) {
	if t, n, ok := ISO(s, zone); ok {
		return t, n, true
	}
	if t, n, ok := ctime(s, zone); ok {
		return t, n, true
	}
	return european(s, zone)
}

// ctime reads "Mon Dec 19 16:31:46.123456 2016", as the C library and Apache's error log write it.
func ctime(s string, zone *time.Location) (time.Time, int, bool) {
	if len(s) < len(time.ANSIC) || s[3] != ' ' || monthOf(s[4:]) == 0 {
		return time.Time{}, 0, false
	}
	month := monthOf(s[4:])
	day, ok := number(strings.Replace(s[8:10], " ", "0", 1), 0, 2)
	clock, n, ok2 := timeOfDay(s[11:])
	year, ok3 := number(s, 11+n+1, 4)
	if !ok || !ok2 || !ok3 || s[11+n] != ' ' || day < 1 || day > daysIn(year, month) {
		return time.Time{}, 0, false
	}
	return wall(year, month, day, clock, zone), 11 + n + 5, true
}

// european reads "19-Dec-2016 16:31:46.143" and "19/Dec/2016:16:31:46 +0000", as Tomcat and others
// write it.
func european(s string, zone *time.Location) (time.Time, int, bool) {
	if len(s) < len("02-Jan-2006 15:04:05") || (s[2] != '-' && s[2] != '/' && s[2] != ' ') || s[6] != s[2] || (s[11] != ' ' && s[11] != ':') {
		return time.Time{}, 0, false
	}
	day, ok := number(s, 0, 2)
	month := monthOf(s[3:])
	year, ok2 := number(s, 7, 4)
	clock, n, ok3 := timeOfDay(s[12:])
	if !ok || !ok2 || !ok3 || month == 0 || day < 1 || day > daysIn(year, month) {
		return time.Time{}, 0, false
	}
	n += 12
	if offset, m := zoneOf(s[n:]); m > 0 {
		return wall(year, month, day, clock, time.UTC).Add(-offset), n + m, true
	}
	return wall(year, month, day, clock, zone), n, true
}

// stampedRecord is a record whose first line begins with a time. The message is the whole record,
// as it stands in the file.
func stampedRecord(text string, zone *time.Location) (signal.Row, bool) {
	first, _, _ := strings.Cut(text, "\n")
	at, level, rest, ok := stampedTime(first, zone)
	if !ok {
		return signal.Row{}, false
	}
	row := signal.Row{Time: at, Fields: make([]signal.Field, 0, 4)}
	row.Fields = append(row.Fields, signal.Field{Name: signal.Message, Value: text})
	if level == "" {
		level = levelIn(rest)
	}
	if level != "" {
		row.Fields = append(row.Fields, signal.Field{Name: "level", Value: level})
	}
	if logger := loggerOf(rest); logger != "" {
		row.Fields = append(row.Fields, signal.Field{Name: "logger", Value: logger})
	}
	return row, true
}

// loggerOf is the class in parentheses that log4j's common pattern puts at the end of a line.
func loggerOf(s string) string {
	s, ok := strings.CutSuffix(strings.TrimRight(s, " "), ")")
	at := strings.LastIndexByte(s, '(')
	if !ok || at < 0 {
		return ""
	}
	name := s[at+1:]
	strange := func(r rune) bool {
		return r != '.' && r != '_' && r != '$' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if !strings.Contains(name, ".") || strings.ContainsFunc(name, strange) || digits(strings.ReplaceAll(name, ".", "")) {
		return ""
	}
	return name
}
