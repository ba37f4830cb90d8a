package signal

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
