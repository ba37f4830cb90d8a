package group

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Span is a duration as Prometheus writes them: "30s", "5m", "1h30m", "1d", "2w".
type Span time.Duration

// Duration returns the time that it stands for.
func (s Span) Duration() time.Duration { return time.Duration(s) }

// units are those of Prometheus, the longest first. Years and weeks are written only when nothing is left.
var units = []struct {
	name  string
	long  time.Duration
	whole bool // used only when it divides the rest
}{
	{"y", 365 * 24 * time.Hour, true}, {"w", 7 * 24 * time.Hour, true}, {"d", 24 * time.Hour, false}, {"h", time.Hour, false},
	{"m", time.Minute, false}, {"s", time.Second, false}, {"ms", time.Millisecond, false},
}

// String writes it as Prometheus does.
func (s Span) String() string {
	left := time.Duration(s)
	if left == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, u := range units {
		if left >= u.long && (!u.whole || left%u.long == 0) {
			fmt.Fprintf(&b, "%d%s", left/u.long, u.name)
			left %= u.long
		}
	}
	return b.String()
}

// MarshalText writes it as people do.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

var spanText = regexp.MustCompile(`^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$`)

// UnmarshalText reads a duration of Prometheus.
func (s *Span) UnmarshalText(b []byte) error {
	wrong := fmt.Errorf(`must be a duration such as "30s", "5m", "1h30m" or "1d", not %q`, b)
	if string(b) == "0" {
		*s = 0
		return nil
	}
	parts := spanText.FindStringSubmatch(string(b))
	if len(b) == 0 || parts == nil {
		return wrong
	}
	var sum time.Duration
	for i, p := range parts[1:] {
		if p == "" {
			continue
		}
		n, err := strconv.ParseInt(p, 10, 32)
		if err != nil || n > int64(maxSpan/units[i].long) {
			return wrong
		}
		sum += time.Duration(n) * units[i].long
	}
	if sum > maxSpan {
		return wrong
	}
	*s = Span(sum)
	return nil
}

const maxSpan = 50 * 365 * 24 * time.Hour
