package syslog

import (
	"strconv"
	"strings"
	"time"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/format"
)

// stream are the fields that tell streams apart.
var stream = []string{"host", "app_name", "proc_id"}

// rowOf takes a message apart, or keeps it whole and marks it.
func rowOf(message string, zone *time.Location, now time.Time) signal.Row {
	message = strings.TrimRight(message, "\r\n\x00")
	row, ok := format.RFC5424(message)
	if !ok {
		row, ok = format.RFC3164(message, zone, now)
	}
	if !ok {
		row = receive.Whole(message, "neither RFC 5424 nor RFC 3164")
		row.Fields = append(row.Fields, priority(message)...)
	}
	row.Stream = stream
	return row
}

// priority is what <PRI> says of a message of which the rest cannot be read.
func priority(message string) []signal.Field {
	text, _, ok := strings.Cut(strings.TrimPrefix(message, "<"), ">")
	pri, err := strconv.Atoi(text)
	if !ok || err != nil || !strings.HasPrefix(message, "<") || pri < 0 || pri > 191 || len(text) > 3 {
		return nil
	}
	return format.Priority(pri)
}
