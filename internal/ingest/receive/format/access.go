package format

import (
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// accessLine is a line in the Common or Combined Log Format:
//
//	host ident user [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 2326 "referer" "agent"
//
// https://httpd.apache.org/docs/2.4/logs.html#accesslog
func accessLine(line string) (signal.Row, bool) {
	host, rest, ok1 := strings.Cut(line, " ")
	_, rest, ok2 := strings.Cut(rest, " ") // ident, which nobody has
	user, rest, ok3 := strings.Cut(rest, " [")
	if !ok1 || !ok2 || !ok3 || host == "" || len(user) > 256 {
		return signal.Row{}, false
	}
	stamp, rest, ok := strings.Cut(rest, "] ")
	if !ok {
		return signal.Row{}, false
	}
	at, ok := accessTime(stamp)
	if !ok {
		return signal.Row{}, false
	}
	request, rest, ok := quoted(rest)
	if !ok {
		return signal.Row{}, false
	}
	row := signal.Row{Time: at, Fields: make([]signal.Field, 0, 12)}
	add := func(name, value string) {
		if value != "" && value != "-" {
			row.Fields = append(row.Fields, signal.Field{Name: name, Value: value})
		}
	}
	add(signal.Message, line)
	add("remote_addr", host)
	add("remote_user", user)
	accessRequest(request, add)
	status, rest, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	if status != "-" && (len(status) != 3 || !digits(status)) {
		return signal.Row{}, false
	}
	add("status", status)
	size, rest, _ := strings.Cut(rest, " ")
	if digits(size) {
		add("bytes", size)
	}
	if referer, rest, ok := quoted(rest); ok {
		add("referer", referer)
		agent, _, _ := quoted(strings.TrimLeft(rest, " "))
		add("user_agent", agent)
	}
	return row, true
}

func accessRequest(request string, add func(name, value string)) {
	method, rest, ok := strings.Cut(request, " ")
	if !ok {
		add("request", request)
		return
	}
	add("method", method)
	if at := strings.LastIndexByte(rest, ' '); at >= 0 && strings.HasPrefix(rest[at+1:], "HTTP/") {
		add("path", rest[:at])
		add("protocol", rest[at+1:])
		return
	}
	add("path", rest)
}

// accessTime reads 17/May/2015:10:05:03 +0000.
func accessTime(s string) (time.Time, bool) {
	if len(s) < len("02/Jan/2006:15:04:05 -0700") || s[2] != '/' || s[6] != '/' || s[11] != ':' {
		return time.Time{}, false
	}
	day, ok1 := number(s, 0, 2)
	month := monthOf(s[3:])
	year, ok2 := number(s, 7, 4)
	if !ok1 || !ok2 || month == 0 || day < 1 || day > daysIn(year, month) {
		return time.Time{}, false
	}
	clock, n, ok := timeOfDay(s[12:])
	offset, m := zoneOf(s[12+n:])
	if !ok || m == 0 {
		return time.Time{}, false
	}
	return wall(year, month, day, clock, time.UTC).Add(-offset), true
}

// quoted reads a text in quotes, in which a backslash guards a quote, and what follows it. A text
// without an end reaches to the end of the line: servers cut long ones.
func quoted(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[1:i], s[i+1:], true
		}
	}
	return s[1:], "", true
}
