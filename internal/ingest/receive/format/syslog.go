package format

import (
	"strconv"
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// facilities are the names of syslog's facilities by number, as VictoriaLogs writes them.
var facilities = [...]string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "security", "console", "solaris-cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}

// Priority gives the fields of a PRI value, 0 to 191 (RFC 5424 §6.2.1).
func Priority(pri int) []signal.Field {
	facility, severity := pri/8, pri%8
	return []signal.Field{
		{Name: "priority", Value: strconv.Itoa(pri)},
		{Name: "facility_keyword", Value: facilities[min(facility, len(facilities)-1)]},
		{Name: "level", Value: Severity(severity)},
		{Name: "facility", Value: strconv.Itoa(facility)},
		{Name: "severity", Value: strconv.Itoa(severity)},
	}
}

// cutPriority takes <PRI> off the beginning; pri is -1 when there is none.
func cutPriority(s string) (pri int, rest string) {
	if len(s) < 3 || s[0] != '<' {
		return -1, s
	}
	end := strings.IndexByte(s[:min(len(s), 5)], '>')
	if end < 2 || !digits(s[1:end]) {
		return -1, s
	}
	pri, _ = strconv.Atoi(s[1:end])
	if pri > 191 {
		return -1, s
	}
	return pri, s[end+1:]
}

// begins3164 reports whether a line begins as RFC 3164 says, with or without <PRI>.
func begins3164(line string, zone *time.Location, now time.Time) bool {
	pri, rest := cutPriority(line)
	_, n, ok := stamp(rest, zone, now)
	if ok {
		return len(rest) > n && rest[n] == ' '
	}
	_, n, ok = ISO(rest, zone)
	return ok && (pri >= 0 || hostAndTag(rest[n:]))
}

// hostAndTag reports whether " host tag[pid]:" follows, as in the files of a syslog daemon that writes
// times like RFC 3339, which rsyslog now does on its own.
func hostAndTag(s string) bool {
	host, rest, ok := strings.Cut(strings.TrimPrefix(s, " "), " ")
	tag, _, _ := strings.Cut(rest, " ")
	tag, colon := strings.CutSuffix(tag, ":")
	if !ok || !colon || host == "" || tag == "" || Level(host) != "" || strings.ContainsAny(host, "[]():=|") {
		return false
	}
	_, pid, bracket := strings.Cut(tag, "[")
	return !bracket || strings.HasSuffix(pid, "]")
}

// RFC3164 reads a message of RFC 3164, with or without <PRI>. Some senders write the time as
// RFC 3339 does, and some leave the host out.
func RFC3164(s string, zone *time.Location, now time.Time) (signal.Row, bool) {
	pri, rest := cutPriority(s)
	at, n, ok := stamp(rest, zone, now)
	if !ok {
		at, n, ok = ISO(rest, zone)
	}
	if !ok || len(rest) <= n || rest[n] != ' ' {
		return signal.Row{}, false
	}
	row := signal.Row{Time: at, Fields: make([]signal.Field, 0, 10)}
	if pri >= 0 {
		row.Fields = append(row.Fields, Priority(pri)...)
	}
	row.Fields = append(row.Fields, signal.Field{Name: "format", Value: "rfc3164"})
	tagged(&row, strings.TrimLeft(rest[n:], " "))
	return row, true
}

// tagged reads "host tag[pid]: message".
func tagged(row *signal.Row, s string) {
	add := func(name, value string) {
		if value != "" {
			row.Fields = append(row.Fields, signal.Field{Name: name, Value: value})
		}
	}
	host, rest, _ := strings.Cut(s, " ")
	if strings.HasSuffix(host, ":") || strings.Contains(host, "[") {
		host, rest = "", s // the sender is on the same machine, and says no host
	}
	add("host", host)
	rest = strings.TrimLeft(rest, " ")
	end := strings.IndexAny(rest, "[: ")
	if end < 0 || rest[end] == ' ' || end == 0 || end > 128 {
		add(signal.Message, rest) // no tag
		return
	}
	add("app_name", rest[:end])
	rest = rest[end:]
	if pid, after, ok := strings.Cut(rest[1:], "]"); ok && rest[0] == '[' {
		add("proc_id", pid)
		rest = after
	}
	add(signal.Message, strings.TrimPrefix(strings.TrimPrefix(rest, ":"), " "))
}

// begins5424 reports whether a line begins as RFC 5424 says: <PRI>1 and a time or "-".
func begins5424(line string) bool {
	pri, rest := cutPriority(line)
	rest, ok := strings.CutPrefix(rest, "1 ")
	if pri < 0 || !ok {
		return false
	}
	_, _, ok = ISO(rest, time.UTC)
	return ok || strings.HasPrefix(rest, "- ")
}
