package cli

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
)

// moment is an instant that somebody names on the command line.
type moment string

var (
	spans = regexp.MustCompile(`^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$`)
	span  = regexp.MustCompile(`(\d+(?:\.\d+)?)(ms|s|m|h|d|w)`)
	units = map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	long  = regexp.MustCompile(`(\d)\s*(?:(s)ec(?:ond)?s?|(m)in(?:ute)?s?|(h)ours?|(d)ays?|(w)eeks?)\b`)
)

// at is the instant that the words name, as the server reads it; empty where there are none. Days
// are those of the place where the command runs; last is set for the end of a range, to which the
// whole of a day belongs.
func (m moment) at(now time.Time, option string, last bool) (string, error) {
	text := strings.ToLower(strings.TrimSpace(string(m)))
	switch text {
	case "":
		return "", nil
	case "now":
		return stamp(now), nil
	case "today":
		return stamp(day(now, 0, last)), nil
	case "yesterday":
		return stamp(day(now, -1, last)), nil
	}
	if back, ok := ago(text); ok {
		return stamp(now.Add(-back)), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return stamp(day(t, 0, last)), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, strings.ToUpper(text), now.Location()); err == nil {
			return stamp(t), nil
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text)); err == nil {
		return stamp(t), nil
	}
	var c errs.Check
	c.Add(option, "must be 30m, -2h, \"2h ago\", 4d, today, yesterday, now, 2026-01-31, 2026-01-31T14:00 or 2026-01-31T14:00:00Z, not %q", string(m))
	return "", c.Err("the range of time")
}

// ago reads how long something is back: 30m, -2h, 1h30m ago, 2 days ago.
func ago(text string) (time.Duration, bool) {
	text = strings.TrimPrefix(strings.TrimSpace(strings.TrimSuffix(text, "ago")), "-")
	text = strings.ReplaceAll(long.ReplaceAllString(text, "$1$2$3$4$5$6"), " ", "")
	if !spans.MatchString(text) {
		return 0, false
	}
	var back time.Duration
	for _, part := range span.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseFloat(part[1], 64)
		if err != nil || n > 1e6 {
			return 0, false
		}
		back += time.Duration(n * float64(units[part[2]]))
	}
	return back, true
}

// day is the beginning of a day, or its last instant.
func day(t time.Time, days int, last bool) time.Time {
	if last {
		return day(t, days+1, false).Add(-time.Nanosecond)
	}
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, t.Location())
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
