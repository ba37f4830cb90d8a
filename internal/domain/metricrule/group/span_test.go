package group_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/domain/metricrule/group"
)

func TestSpansAreWrittenAsPrometheusDoes(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0s", "0s": "0s", "5m": "5m", "90s": "1m30s", "1d": "1d", "24h": "1d", "1d12h": "1d12h", "36h": "1d12h", "7d": "1w", "8d": "8d", "2w": "2w",
		"1y": "1y", "1h30m": "1h30m", "1500ms": "1s500ms", "1y2w3d4h5m6s7ms": "382d4h5m6s7ms",
	} {
		var s group.Span
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != want {
			t.Errorf("%s is %s, want %s (%v)", text, s, want, err)
		}
	}
	for _, text := range []string{"", "5", "-5m", "5 minutes", "1.5h", "5m1h", "1000000y", "99999999999999s", "m"} {
		var s group.Span
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %s", text, s)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := group.Span(time.Duration(rapid.Int64Range(0, int64(40*365*24*time.Hour/time.Millisecond)).Draw(t, "ms")) * time.Millisecond)
		var again group.Span
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Fatalf("%s is read back as %s: %v", s, again, err)
		}
	})
}
