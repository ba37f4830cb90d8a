package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// zones are real places with unusual clocks beside ordinary ones.
var zones = []string{
	"UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/St_Johns",
	"Europe/Dublin",       // winter time is the exception, with a negative saving
	"Australia/Lord_Howe", // half an hour of daylight saving
	"Pacific/Apia",        // had no 30 December 2011
	"Pacific/Kwajalein",   // had no 21 August 1993
	"Africa/Casablanca",   // goes back for Ramadan
	"Africa/Cairo", "Asia/Tehran", "Asia/Kathmandu", "Pacific/Chatham", "America/Havana", "Asia/Beirut",
	"Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Caracas", "Europe/Moscow", "Antarctica/Troll",
	"Asia/Pyongyang", "America/Asuncion", "Asia/Gaza", "America/Scoresbysund",
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func date(t testing.TB, s string) Date {
	t.Helper()
	d, ok := ParseDate(s)
	if !ok {
		t.Fatalf("%q is not a date", s)
	}
	return d
}

// drawDate prefers the days around changes of the clock.
func drawDate(t *rapid.T, loc *time.Location) Date {
	at := time.Unix(rapid.Int64Range(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Unix(),
		time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC).Unix()).Draw(t, "at"), 0)
	if start, _ := at.In(loc).ZoneBounds(); start.Year() > 1972 && rapid.Bool().Draw(t, "near change") {
		at = start
	}
	return DateOf(at, loc) + Date(rapid.IntRange(-2, 2).Draw(t, "days off"))
}

func drawZone(t *rapid.T) *time.Location {
	loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestInstantAroundChangesOfTheClock(t *testing.T) {
	for _, c := range []struct{ why, zone, date, at, want string }{
		{"ordinary day", "Europe/London", "2026-07-01", "09:00", "2026-07-01T08:00:00Z"},
		{"skipped time is the end of the skip", "Europe/London", "2026-03-29", "01:30", "2026-03-29T01:00:00Z"},
		{"first time after the skip", "Europe/London", "2026-03-29", "02:00", "2026-03-29T01:00:00Z"},
		{"repeated time is its first showing", "Europe/London", "2026-10-25", "01:30", "2026-10-25T00:30:00Z"},
		{"end of the repeated hour", "Europe/London", "2026-10-25", "02:00", "2026-10-25T02:00:00Z"},
		{"half an hour is skipped", "Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00Z"},
		{"half an hour is repeated", "Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45:00Z"},
		{"a whole day is skipped", "Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00:00Z"},
		{"the day after the skipped one", "Pacific/Apia", "2011-12-31", "00:00", "2011-12-30T10:00:00Z"},
		{"midnight is skipped", "America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T03:00:00Z"},
		{"the hour before midnight is repeated", "America/Sao_Paulo", "2018-02-17", "23:30", "2018-02-18T01:30:00Z"},
		{"24:00 waits for the repeated hour", "America/Sao_Paulo", "2018-02-17", "24:00", "2018-02-18T03:00:00Z"},
		{"midnight shows twice", "America/St_Johns", "2006-10-29", "00:00", "2006-10-29T02:30:00Z"},
		{"negative saving in winter", "Europe/Dublin", "2026-10-25", "01:30", "2026-10-25T00:30:00Z"},
		{"last day of a leap year", "Europe/London", "2040-12-31", "09:00", "2040-12-31T09:00:00Z"},
		{"last day of a leap year in the south", "Australia/Lord_Howe", "2040-12-31", "23:00", "2040-12-31T12:00:00Z"},
		{"back for Ramadan", "Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30:00Z"},
	} {
		at, _ := ParseTimeOfDay(c.at)
		got := Instant(zone(t, c.zone), date(t, c.date), at).Format(time.RFC3339)
		if got != c.want {
			t.Errorf("%s: %s %s in %s is %s, want %s", c.why, c.date, c.at, c.zone, got, c.want)
		}
	}
}

// showsOrLater walks the clock minute by minute to the first showing.
func showsOrLater(loc *time.Location, d Date, at TimeOfDay) time.Time {
	want := d.utc().Add(time.Duration(at) * time.Minute)
	for t := want.Add(-30 * time.Hour); ; t = t.Add(time.Minute) {
		l := t.In(loc)
		shown := time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC)
		if !shown.Before(want) {
			return t
		}
	}
}

func TestInstantIsTheFirstShowingOrTheEndOfTheSkip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		d, at := drawDate(t, loc), TimeOfDay(rapid.IntRange(0, 48*60).Draw(t, "minute"))
		got, want := Instant(loc, d, at), showsOrLater(loc, d, at)
		if !got.Equal(want) {
			t.Fatalf("%s %s in %s: got %s, want %s", d, at, loc, got, want.UTC())
		}
		if later := Instant(loc, d, at+1); later.Before(got) {
			t.Fatalf("%s %s in %s comes after the minute that follows it", d, at, loc)
		}
	})
}

func TestDateOfIsTheDateThatTheClockShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		at := time.UnixMicro(rapid.Int64Range(-1e15, 5e15).Draw(t, "at"))
		if got, want := DateOf(at, loc).String(), at.In(loc).Format(time.DateOnly); got != want {
			t.Fatalf("DateOf(%s) = %s, want %s", at.In(loc), got, want)
		}
	})
}

func TestParseTimeOfDay(t *testing.T) {
	for s, want := range map[string]TimeOfDay{"00:00": 0, "9:05": 545, "09:05": 545, "23:59": 1439, "24:00": 1440} {
		if got, ok := ParseTimeOfDay(s); !ok || got != want {
			t.Errorf("ParseTimeOfDay(%q) = %d, %t", s, got, ok)
		}
	}
	for _, s := range []string{"", "9", "09:5", "24:01", "25:00", "-1:00", "+9:00", "09:60", "009:00", "09:00:00", "9h30"} {
		if got, ok := ParseTimeOfDay(s); ok {
			t.Errorf("ParseTimeOfDay(%q) accepts it as %s", s, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	if d, ok := ParseDate("2026-03-29"); !ok || d.String() != "2026-03-29" || d.Weekday() != time.Sunday || (d+1).String() != "2026-03-30" {
		t.Errorf("2026-03-29 reads as %s, %s", d, d.Weekday())
	}
	for _, s := range []string{"", "2026-02-30", "9999-01-01", "1969-12-31", "2026-3-9", "29.03.2026", "2026-03-29T00:00:00Z"} {
		if d, ok := ParseDate(s); ok {
			t.Errorf("ParseDate(%q) accepts it as %s", s, d)
		}
	}
}
