package format

import (
	"math"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
)

// ParseTime reads an instant: RFC 3339 with any fraction (point or comma) and zone, the same with a
// space instead of T, slashes, or no zone (then zone is meant), a date alone, or Unix time in
// seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude as VictoriaLogs does.
// "", "0" and "-" are the zero Time: the sender does not know. The first instant of the year 1, which programs
// write for none, is one nanosecond later, because the zero Time would hide that it was said.
func ParseTime(s string, zone *time.Location) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" || s == "0" || s == "-" {
		return time.Time{}, nil
	}
	if t, n, ok := ISO(s, zone); ok && n == len(s) {
		if t.IsZero() {
			t = t.Add(time.Nanosecond)
		}
		return t, nil
	}
	if t, ok := unix(s); ok {
		return t, nil
	}
	for _, layout := range []string{time.RFC1123Z, time.RFC1123, time.RFC850, time.ANSIC, time.UnixDate, "02/Jan/2006:15:04:05 -0700"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.UTC(), nil
		}
	}
	if t, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return t.UTC(), nil
	}
	return time.Time{}, errs.Invalidf("%.60q is not a time: write it as 2026-01-31T23:59:59.999Z or in Unix seconds", s)
}

// unix reads Unix time. The bounds are those of 32-bit seconds: 1901 to 2038.
func unix(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || !digits(fraction) {
		return unixFloat(s)
	}
	unit := unitOf(float64(n))
	at := n * unit
	for scale := unit / 10; scale > 0 && fraction != ""; scale /= 10 {
		d := int64(fraction[0]-'0') * scale
		if s[0] == '-' {
			d = -d
		}
		at, fraction = at+d, fraction[1:]
	}
	return time.Unix(0, at).UTC(), true
}

// unixFloat reads what has an exponent, such as 1.7e9.
func unixFloat(s string) (time.Time, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || !strings.ContainsAny(s, "0123456789") || strings.ContainsAny(s, "xX_") {
		return time.Time{}, false
	}
	if at := f * float64(unitOf(f)); math.Abs(at) < math.MaxInt64 {
		return time.Unix(0, int64(at)).UTC(), true
	}
	return time.Time{}, false
}

// unitOf is how many nanoseconds the unit of a Unix time of this magnitude has.
func unitOf(n float64) int64 {
	const seconds = 1 << 31
	switch n = math.Abs(n); {
	case n < seconds:
		return int64(time.Second)
	case n < seconds*1e3:
		return int64(time.Millisecond)
	case n < seconds*1e6:
		return int64(time.Microsecond)
	}
	return 1
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// ISO reads a date and time at the beginning of s, as ISO 8601 and its relatives write them:
// 2026-01-31T23:59:59.999+01:00, 2026-01-31 23:59:59,999, 2026/01/31 23:59:59. It returns how many
// bytes it took. Hours and minutes are needed, the rest is not.
func ISO(s string, zone *time.Location) (time.Time, int, bool) {
	if len(s) < len("2006-01-02T15:04") || (s[4] != '-' && s[4] != '/') || s[7] != s[4] || (s[10] != 'T' && s[10] != ' ' && s[10] != 't') {
		return time.Time{}, 0, false
	}
	year, ok1 := number(s, 0, 4)
	month, ok2 := number(s, 5, 2)
	day, ok3 := number(s, 8, 2)
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return time.Time{}, 0, false
	}
	clock, n, ok := timeOfDay(s[11:])
	if !ok {
		return time.Time{}, 0, false
	}
	n += 11
	offset, m := zoneOf(s[n:])
	if m == 0 {
		return wall(year, month, day, clock, zone), n, true
	}
	return wall(year, month, day, clock, time.UTC).Add(-offset), n + m, true
}

// wall is what a clock on the wall of a zone shows.
func wall(year, month, day int, clock time.Duration, zone *time.Location) time.Time {
	h, m, s := int(clock/time.Hour), int(clock/time.Minute%60), int(clock/time.Second%60)
	return time.Date(year, time.Month(month), day, h, m, s, int(clock%time.Second), zone).UTC()
}

// timeOfDay reads 15:04, 15:04:05 or 15:04:05.999 (also with a comma).
func timeOfDay(s string) (clock time.Duration, n int, ok bool) {
	if len(s) < 5 || s[2] != ':' {
		return 0, 0, false
	}
	h, ok1 := number(s, 0, 2)
	m, ok2 := number(s, 3, 2)
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, 0, false
	}
	clock = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if len(s) < 8 || s[5] != ':' {
		return clock, 5, true
	}
	sec, ok := number(s, 6, 2)
	if !ok || sec > 60 { // 60 is a leap second
		return 0, 0, false
	}
	clock += time.Duration(sec) * time.Second
	if len(s) < 10 || (s[8] != '.' && s[8] != ',') || s[9] < '0' || s[9] > '9' {
		return clock, 8, true
	}
	n = 9
	for unit := time.Second / 10; n < len(s) && s[n] >= '0' && s[n] <= '9'; n, unit = n+1, unit/10 {
		clock += time.Duration(s[n]-'0') * unit
	}
	return clock, n, true
}

// zoneOf reads Z, UTC, GMT, +01:00, +0100 or +01, after at most one space, and returns how far
// east it is; n is 0 when there is none.
func zoneOf(s string) (offset time.Duration, n int) {
	rest := strings.TrimPrefix(s, " ")
	skipped := len(s) - len(rest)
	switch {
	case rest == "":
		return 0, 0
	case (rest[0] == 'Z' || rest[0] == 'z') && skipped == 0:
		return 0, 1
	case strings.HasPrefix(rest, "UTC") || strings.HasPrefix(rest, "GMT"):
		return 0, skipped + 3
	case rest[0] == '+' || rest[0] == '-':
		if offset, n := offsetOf(rest); n > 0 {
			return offset, skipped + n
		}
	}
	return 0, 0
}

func offsetOf(s string) (time.Duration, int) {
	h, ok := number(s, 1, 2)
	if !ok || h > 23 {
		return 0, 0
	}
	n, m := 3, 0
	at := n
	if len(s) > at && s[at] == ':' {
		at++
	}
	if minutes, ok := number(s, at, 2); ok && minutes < 60 {
		n, m = at+2, minutes
	}
	if len(s) > n && s[n] >= '0' && s[n] <= '9' {
		return 0, 0 // a number, not a zone
	}
	offset := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, n
}

// number reads n digits at a place.
func number(s string, at, n int) (v int, ok bool) {
	if len(s) < at+n {
		return 0, false
	}
	for _, c := range []byte(s[at : at+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

var months = []string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

// monthOf is the month whose English abbreviation s begins with, 0 when there is none.
func monthOf(s string) int {
	if len(s) >= 3 {
		for i, m := range months {
			if strings.EqualFold(s[:3], m) {
				return i + 1
			}
		}
	}
	return 0
}

// stamp reads the time of RFC 3164, "Jan  2 15:04:05", also with a fraction or a year after the
// day, and returns how many bytes it took. Without a year it is the last that is not ahead of now.
func stamp(s string, zone *time.Location, now time.Time) (time.Time, int, bool) {
	month := monthOf(s)
	if month == 0 || len(s) < len(time.Stamp) || s[3] != ' ' {
		return time.Time{}, 0, false
	}
	day, ok := number(strings.Replace(s[4:6], " ", "0", 1), 0, 2)
	if !ok || day < 1 || day > daysIn(2000, month) || s[6] != ' ' {
		return time.Time{}, 0, false
	}
	n, year := 7, 0
	if y, ok := number(s, 7, 4); ok && len(s) > 12 && s[11] == ' ' {
		n, year = 12, y
	}
	clock, m, ok := timeOfDay(s[n:])
	if !ok || m < 8 {
		return time.Time{}, 0, false
	}
	if year > 0 {
		return wall(year, month, day, clock, zone), n + m, true
	}
	return latest(month, day, clock, zone, now), n + m, true
}

// ahead is how far ahead of now a time without a year may be, because of zones and clocks.
const ahead = 48 * time.Hour

// latest is the last instant without a year that is not ahead of now. Only leap years have a 29
// February, and there may be eight years between two.
func latest(month, day int, clock time.Duration, zone *time.Location, now time.Time) (t time.Time) {
	for year := now.Year() + 1; year >= now.Year()-8; year-- {
		if day > daysIn(year, month) {
			continue
		}
		if t = wall(year, month, day, clock, zone); t.Before(now.Add(ahead)) {
			return t
		}
	}
	return t
}
