package format

import (
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// RFC5424 reads a message of RFC 5424 §6. It is lenient: what is too long for the standard, and
// structured data with an unguarded bracket, is taken all the same.
func RFC5424(s string) (signal.Row, bool) {
	pri, rest := cutPriority(s)
	rest, ok := strings.CutPrefix(rest, "1 ")
	if pri < 0 || !ok {
		return signal.Row{}, false
	}
	stampText, rest, ok := strings.Cut(rest, " ")
	if !ok {
		return signal.Row{}, false
	}
	row := signal.Row{Fields: append(make([]signal.Field, 0, 14), Priority(pri)...)}
	if stampText != "-" {
		at, n, ok := ISO(stampText, time.UTC)
		if !ok || n != len(stampText) {
			return signal.Row{}, false
		}
		row.Time = at
	}
	row.Fields = append(row.Fields, signal.Field{Name: "format", Value: "rfc5424"})
	for _, name := range []string{"host", "app_name", "proc_id", "msg_id"} {
		var value string
		value, rest, ok = strings.Cut(rest, " ")
		if !ok {
			return signal.Row{}, false
		}
		if value != "-" {
			row.Fields = append(row.Fields, signal.Field{Name: name, Value: value})
		}
	}
	fields, rest, ok := structured(rest)
	if !ok {
		return signal.Row{}, false
	}
	row.Fields = append(row.Fields, fields...)
	message := strings.TrimPrefix(strings.TrimPrefix(rest, " "), "\ufeff")
	if message != "" {
		row.Fields = append(row.Fields, signal.Field{Name: signal.Message, Value: message})
	}
	return row, true
}

// structured reads STRUCTURED-DATA: "-" or [id name="value" …][…]. Each value becomes id.name; an
// element without values becomes id with nothing in it.
func structured(s string) (fields []signal.Field, rest string, ok bool) {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return nil, rest, true
	}
	if !strings.HasPrefix(s, "[") {
		return nil, s, false
	}
	for strings.HasPrefix(s, "[") {
		end := strings.IndexAny(s, " ]")
		if end < 2 {
			return nil, s, false
		}
		id := s[1:end]
		s = s[end:]
		before := len(fields)
		for strings.HasPrefix(s, " ") {
			s = strings.TrimLeft(s, " ")
			name, value, after, ok := parameter(s)
			if !ok {
				return nil, s, false
			}
			fields = append(fields, signal.Field{Name: id + "." + name, Value: value})
			s = after
		}
		if s, ok = strings.CutPrefix(s, "]"); !ok {
			return nil, s, false
		}
		if len(fields) == before {
			fields = append(fields, signal.Field{Name: id, Value: ""})
		}
	}
	return fields, s, true
}

// parameter reads name="value"; a backslash guards ", \ and ].
func parameter(s string) (name, value, rest string, ok bool) {
	name, s, ok = strings.Cut(s, `="`)
	if !ok || name == "" || strings.ContainsAny(name, " ]") {
		return "", "", s, false
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return name, unguard.Replace(s[:i]), s[i+1:], true
		}
	}
	return "", "", s, false
}

var unguard = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\]`, `]`)
