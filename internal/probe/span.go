package probe

import (
	"fmt"
	"strings"
	"time"
)

// Span is a duration of whole milliseconds, written "800ms", "30s", "5m" or "1h30m".
type Span time.Duration

// Duration returns the time that it stands for.
func (s Span) Duration() time.Duration { return time.Duration(s) }

// String writes "1h30m0s" as "1h30m".
func (s Span) String() string {
	t := time.Duration(s).String()
	if strings.HasSuffix(t, "m0s") {
		t = strings.TrimSuffix(t, "0s")
	}
	if strings.HasSuffix(t, "h0m") {
		t = strings.TrimSuffix(t, "0m")
	}
	return t
}

// MarshalText writes it as people do.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a Go duration of whole milliseconds.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d%time.Millisecond != 0 || d < 0 {
		return fmt.Errorf(`must be a time such as "800ms", "30s", "5m" or "1h30m"`)
	}
	*s = Span(d)
	return nil
}
