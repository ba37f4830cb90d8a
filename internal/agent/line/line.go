// Package line writes log lines as the server takes them: one JSON object per line, all values
// text (newline-delimited JSON, the jsonline protocol).
package line

import (
	"strings"
	"unicode/utf8"
)

// Field is one name and value of a line.
type Field struct{ Name, Value string }

// Append adds one line to an NDJSON body. Fields without a value are left out.
func Append(body []byte, fields []Field) []byte {
	body = append(body, '{')
	first := true
	for _, f := range fields {
		if f.Value == "" {
			continue
		}
		if !first {
			body = append(body, ',')
		}
		first = false
		body = appendString(body, f.Name)
		body = append(body, ':')
		body = appendString(body, f.Value)
	}
	return append(body, '}', '\n')
}

const hexDigits = "0123456789abcdef"

// appendString writes s as JSON. Bytes that are no UTF-8 become \xNN, so that a person can still
// read the rest, and see which bytes they were.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for len(s) > 0 {
		plain := strings.IndexFunc(s, special)
		if plain < 0 {
			plain = len(s)
		}
		b = append(b, s[:plain]...)
		if s = s[plain:]; s == "" {
			break
		}
		r, size := utf8.DecodeRuneInString(s)
		switch c := s[0]; {
		case r == utf8.RuneError && size == 1:
			b = append(b, '\\', '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		case c == '"', c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			b = append(b, s[:size]...)
		}
		s = s[size:]
	}
	return append(b, '"')
}

func special(r rune) bool { return r < 0x20 || r == '"' || r == '\\' || r == utf8.RuneError }
