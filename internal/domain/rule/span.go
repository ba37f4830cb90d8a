package rule

import (
	"fmt"
	"time"

	"mainstay/internal/base/text"
)

// Span is a duration of whole seconds, written "30s", "5m" or "1h30m".
type Span time.Duration

// Duration returns the time that it stands for.
func (s Span) Duration() time.Duration { return time.Duration(s) }

// String writes "1h30m0s" as "1h30m".
func (s Span) String() string { return text.Duration(time.Duration(s)) }

// MarshalText writes it as people do.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a Go duration of whole seconds.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d%time.Second != 0 || d < 0 {
		return fmt.Errorf(`must be whole seconds, minutes or hours, such as "30s", "5m" or "1h30m"`)
	}
	*s = Span(d)
	return nil
}
