package maintenance_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/maintenance"
)

func spec(starts, lasts, repeats, zone string) maintenance.Spec {
	s := maintenance.Spec{Services: []string{"payments"}, Starts: starts, Repeats: repeats, Zone: zone}
	if err := s.Lasts.UnmarshalText([]byte(lasts)); err != nil {
		panic(err)
	}
	return s
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func TestTheNextWindow(t *testing.T) {
	for name, c := range map[string]struct {
		spec           maintenance.Spec
		after          string
		from, to, none string
	}{
		"once, ahead":                     {spec: spec("2026-11-21T22:00", "2h", "", "Europe/London"), after: "2026-11-01T00:00:00Z", from: "2026-11-21T22:00:00Z", to: "2026-11-22T00:00:00Z"},
		"once, open":                      {spec: spec("2026-11-21T22:00", "2h", "", "Europe/London"), after: "2026-11-21T23:59:59Z", from: "2026-11-21T22:00:00Z", to: "2026-11-22T00:00:00Z"},
		"once, over":                      {spec: spec("2026-11-21T22:00", "2h", "", "Europe/London"), after: "2026-11-22T00:00:00Z", none: "x"},
		"each Sunday, in summer":          {spec: spec("2026-01-04T03:00", "1h", "FREQ=WEEKLY;BYDAY=SU", "Europe/London"), after: "2026-07-06T00:00:00Z", from: "2026-07-12T02:00:00Z", to: "2026-07-12T03:00:00Z"},
		"each Sunday, in winter":          {spec: spec("2026-01-04T03:00", "1h", "FREQ=WEEKLY;BYDAY=SU", "Europe/London"), after: "2026-11-21T00:00:00Z", from: "2026-11-22T03:00:00Z", to: "2026-11-22T04:00:00Z"},
		"in the hour that spring skips":   {spec: spec("2026-03-28T01:30", "1h", "FREQ=DAILY", "Europe/London"), after: "2026-03-28T12:00:00Z", from: "2026-03-29T01:00:00Z", to: "2026-03-29T02:00:00Z"},
		"in the hour that comes twice":    {spec: spec("2026-10-24T01:30", "1h", "FREQ=DAILY", "Europe/London"), after: "2026-10-24T12:00:00Z", from: "2026-10-25T00:30:00Z", to: "2026-10-25T01:30:00Z"},
		"the last Friday of the month":    {spec: spec("2026-01-30T18:00", "3h", "FREQ=MONTHLY;BYDAY=-1FR", "America/New_York"), after: "2026-11-21T00:00:00Z", from: "2026-11-27T23:00:00Z", to: "2026-11-28T02:00:00Z"},
		"three times, and no more":        {spec: spec("2026-11-01T00:00", "1h", "FREQ=DAILY;COUNT=3", ""), after: "2026-11-03T01:00:00Z", none: "x"},
		"far east of the day it starts":   {spec: spec("2026-11-21T00:00", "1h", "FREQ=DAILY", "Pacific/Kiritimati"), after: "2026-11-22T00:00:00Z", from: "2026-11-22T10:00:00Z", to: "2026-11-22T11:00:00Z"},
		"begun before midnight, still on": {spec: spec("2026-11-20T23:00", "4h", "FREQ=DAILY", ""), after: "2026-11-22T01:00:00Z", from: "2026-11-21T23:00:00Z", to: "2026-11-22T03:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			w, found := c.spec.After(at(c.after))
			if found != (c.none == "") {
				t.Fatalf("found %v: %v", found, w)
			}
			if found && (!w.From.Equal(at(c.from)) || !w.To.Equal(at(c.to))) {
				t.Errorf("%v to %v, want %s to %s", w.From, w.To, c.from, c.to)
			}
		})
	}
}

// TestWindowsFollowEachOther: each ends after the instant that was asked about, none overlaps the one before it, and
// each begins at the time that the clock of its zone shows.
func TestWindowsFollowEachOther(t *testing.T) {
	zones := []string{"", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu"}
	rules := []string{"FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYDAY=1SU", "FREQ=YEARLY"}
	rapid.Check(t, func(t *rapid.T) {
		s := spec("2024-02-28T"+rapid.SampledFrom([]string{"00:00", "01:30", "02:30", "23:59"}).Draw(t, "time"), rapid.SampledFrom([]string{"1m", "90m", "20h"}).Draw(t, "lasts"),
			rapid.SampledFrom(rules).Draw(t, "rule"), rapid.SampledFrom(zones).Draw(t, "zone"))
		asked := at("2024-01-01T00:00:00Z").Add(time.Duration(rapid.Int64Range(0, 3*366*24*60).Draw(t, "minutes")) * time.Minute)
		var last maintenance.Window
		for range 20 {
			w, found := s.After(asked)
			if !found {
				t.Fatalf("no window of %+v after %v", s, asked)
			}
			if !w.To.After(asked) || w.From.Before(last.To) || w.To.Sub(w.From) != s.Lasts.Duration() {
				t.Fatalf("%+v after %v gives %v to %v, behind one until %v", s, asked, w.From, w.To, last.To)
			}
			last, asked = w, w.To
		}
	})
}

func TestWhatIsNoMaintenanceIsRefusedByField(t *testing.T) {
	good := spec("2026-11-21T22:00", "2h", "FREQ=WEEKLY", "Europe/London")
	for name, c := range map[string]struct {
		change func(*maintenance.Spec)
		field  string
	}{
		"nothing named":     {func(s *maintenance.Spec) { s.Services = nil }, "services"},
		"named twice":       {func(s *maintenance.Spec) { s.Services = []string{"a", "a"} }, "services[1]"},
		"no start":          {func(s *maintenance.Spec) { s.Starts = "" }, "starts"},
		"start with zone":   {func(s *maintenance.Spec) { s.Starts = "2026-11-21T22:00Z" }, "starts"},
		"no length":         {func(s *maintenance.Spec) { s.Lasts = 0 }, "lasts"},
		"too long":          {func(s *maintenance.Spec) { s.Repeats, s.Lasts = "", maintenance.Span(337*time.Hour) }, "lasts"},
		"zone unknown":      {func(s *maintenance.Spec) { s.Zone = "London" }, "zone"},
		"host's zone":       {func(s *maintenance.Spec) { s.Zone = "Local" }, "zone"},
		"no rule":           {func(s *maintenance.Spec) { s.Repeats = "every Sunday" }, "repeats"},
		"hourly":            {func(s *maintenance.Spec) { s.Repeats = "FREQ=HOURLY" }, "repeats"},
		"a time of its own": {func(s *maintenance.Spec) { s.Repeats = "FREQ=DAILY;BYHOUR=1,2" }, "repeats"},
		"overlapping":       {func(s *maintenance.Spec) { s.Repeats, s.Lasts = "FREQ=DAILY", maintenance.Span(25*time.Hour) }, "repeats"},
		"too long a rule":   {func(s *maintenance.Spec) { s.Repeats = "FREQ=DAILY;" + strings.Repeat("BYDAY=MO;", 100) }, "repeats"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			c.change(&s)
			var check errs.Check
			s.Validate(&check)
			fields := errs.FieldsOf(check.Err("it"))
			if len(fields) != 1 || fields[0].Path != c.field {
				t.Errorf("fields %+v, want %s", fields, c.field)
			}
		})
	}
	var check errs.Check
	good.Validate(&check)
	if err := check.Err("it"); err != nil {
		t.Error(err)
	}
}
