package oncall

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/domain/calendar"
)

// zones are real places with unusual clocks beside ordinary ones.
var zones = []string{
	"UTC", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Europe/Dublin", "Australia/Lord_Howe",
	"Pacific/Apia", "Pacific/Kwajalein", "Africa/Casablanca", "Africa/Cairo", "Asia/Tehran", "Asia/Kathmandu", "Pacific/Chatham",
	"America/Havana", "Asia/Beirut", "Antarctica/Troll", "Asia/Gaza", "Pacific/Kiritimati", "America/Scoresbysund",
}

var windows = [][]string{
	nil, nil,
	{"mon-fri 08:00-20:00"},
	{"mon-fri 20:00-08:00"},
	{"sat-sun 00:00-24:00"},
	{"mon-sun 01:30-02:15, 23:00-00:30"},
	{"tue 09:00-17:00", "sun 02:00-03:00"},
}

var logins = []string{"ana", "ben", "cho", "dee", "eve", "fay"}

func mustNew(t testing.TB, s Spec) *Roster {
	t.Helper()
	r, err := Parse("payments-l1", s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// drawMiddle draws an instant, preferably at a change of the clock in the zone.
func drawMiddle(t *rapid.T, zone string) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(rapid.Int64Range(700e6, 2800e6).Draw(t, "at"), 0) // 1992 to 2058
	if start, _ := at.In(loc).ZoneBounds(); start.Year() > 1980 && rapid.Bool().Draw(t, "near change") {
		at = start
	}
	return at.UTC()
}

// drawInstant draws an instant within so many days of another.
func drawInstant(t *rapid.T, around time.Time, days int64) time.Time {
	most := days * 24 * 3600e6
	return around.Add(time.Duration(rapid.Int64Range(-most, most).Draw(t, "offset")) * time.Microsecond)
}

func drawLayer(t *rapid.T, zone string, middle time.Time) LayerSpec {
	s := LayerSpec{
		Zone:     zone,
		Start:    calendar.DateOf(drawInstant(t, middle, 60), time.UTC).String(),
		Handover: calendar.TimeOfDay(rapid.IntRange(0, 24*60-1).Draw(t, "handover")).String(),
		Rotation: rapid.SampledFrom(Rotations).Draw(t, "rotation"),
		Windows:  rapid.SampledFrom(windows).Draw(t, "windows"),
		Slots:    rapid.SliceOfN(rapid.SliceOfNDistinct(rapid.SampledFrom(logins), 0, 2, rapid.ID[string]), 1, 4).Draw(t, "slots"),
	}
	if rapid.Bool().Draw(t, "ends") {
		start, _ := calendar.ParseDate(s.Start)
		s.Until = (start + calendar.Date(rapid.IntRange(1, 120).Draw(t, "days"))).String()
	}
	if s.Rotation == Custom {
		s.ShiftDays = rapid.SliceOfN(rapid.IntRange(1, 9), 1, 3).Draw(t, "shift days")
	}
	return s
}

// drawRoster draws a roster and an instant at which something may be going on.
func drawRoster(t *rapid.T) (*Roster, time.Time) {
	zone := rapid.SampledFrom(zones).Draw(t, "zone")
	middle := drawMiddle(t, zone)
	s := Spec{Zone: zone, Fallback: rapid.SampledFrom([]string{"", "fay"}).Draw(t, "fallback")}
	for range rapid.IntRange(1, 3).Draw(t, "layers") {
		layerZone := zone
		if rapid.Bool().Draw(t, "elsewhere") {
			layerZone = rapid.SampledFrom(zones).Draw(t, "layer zone")
		}
		s.Layers = append(s.Layers, drawLayer(t, layerZone, middle))
	}
	r, err := Parse("payments-l1", s)
	if err != nil {
		t.Fatal(err)
	}
	for n := range rapid.IntRange(0, 3).Draw(t, "overrides") {
		r.Overrides = append(r.Overrides, drawOverride(t, middle, n))
	}
	if rapid.Bool().Draw(t, "ana is absent") {
		r.Absent = only("ana")
	}
	return r, middle
}

func drawOverride(t *rapid.T, middle time.Time, n int) Override {
	o := Override{ID: OverrideID(fmt.Sprint(n)), From: drawInstant(t, middle, 8)}
	o.To = o.From.Add(time.Duration(rapid.Int64Range(1, 5*24*3600e6).Draw(t, "length")) * time.Microsecond)
	names := rapid.Permutation(logins).Draw(t, "names")
	o.User = names[0]
	if rapid.Bool().Draw(t, "replaces") {
		o.Replaces = names[1]
	}
	return o
}

// onlyShift returns the shift at an instant, from a schedule as short as can be.
func onlyShift(r *Roster, at time.Time) Shift { return r.Schedule(at, at.Add(time.Microsecond))[0] }

func users(as []Assignment) []string {
	out := make([]string, len(as))
	for i, a := range as {
		out[i] = a.User
	}
	return out
}

func sameUsers(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// only says that one person is absent.
func only(login string) func(string) bool { return func(user string) bool { return user == login } }
