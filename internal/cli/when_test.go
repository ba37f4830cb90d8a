package cli

import (
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/errs"
)

func TestPeopleNameInstantsAsTheySpeak(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	now := time.Date(2026, 2, 1, 9, 30, 0, 0, zone)
	for text, want := range map[string]string{
		"": "", "now": "2026-02-01T07:30:00Z", "30m": "2026-02-01T07:00:00Z", "-2h": "2026-02-01T05:30:00Z", "2h ago": "2026-02-01T05:30:00Z",
		"1h30m": "2026-02-01T06:00:00Z", "2 days ago": "2026-01-30T07:30:00Z", "1w": "2026-01-25T07:30:00Z", "10 min ago": "2026-02-01T07:20:00Z",
		"today": "2026-01-31T22:00:00Z", "Yesterday": "2026-01-30T22:00:00Z", "2026-01-31": "2026-01-30T22:00:00Z",
		"2026-01-31T14:00": "2026-01-31T12:00:00Z", "2026-01-31 14:00:05": "2026-01-31T12:00:05Z", "2026-01-31T14:00:00Z": "2026-01-31T14:00:00Z",
		"2026-01-31t14:00:00+05:00": "2026-01-31T09:00:00Z",
	} {
		if got, err := moment(text).at(now, "--start", false); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{"yesterday": "2026-01-31T21:59:59.999999999Z", "2026-01-30": "2026-01-30T21:59:59.999999999Z", "1h": "2026-02-01T06:30:00Z"} {
		if got, err := moment(text).at(now, "--end", true); err != nil || got != want {
			t.Errorf("the end %q is %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"soon", "31.1.2026", "2026-13-01", "h", "ago", "-", "99999999999999h"} {
		if _, err := moment(text).at(now, "--start", false); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "yesterday") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
