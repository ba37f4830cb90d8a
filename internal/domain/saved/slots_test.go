package saved

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04Z", s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSlotsKeepTheWallClockOfTheirZone(t *testing.T) {
	for name, test := range map[string]struct {
		report Report
		from   string
		want   string
	}{
		"each day": {Report{At: "07:00"}, "2026-03-01T07:00Z", "2026-03-02T07:00Z 2026-03-03T07:00Z"},
		"London goes to summer time on 29 March 2026": {Report{At: "07:00", Zone: "Europe/London"}, "2026-03-28T06:00Z",
			"2026-03-28T07:00Z 2026-03-29T06:00Z 2026-03-30T06:00Z"},
		"a time that is skipped is made after the skip": {Report{At: "02:30", Zone: "Europe/Berlin"}, "2026-03-28T12:00Z",
			"2026-03-29T01:00Z 2026-03-30T00:30Z"},
		"a time that comes twice is made once": {Report{At: "02:30", Zone: "Europe/Berlin"}, "2026-10-24T12:00Z",
			"2026-10-25T00:30Z 2026-10-26T01:30Z"},
		"half an hour of summer time on Lord Howe Island": {Report{At: "02:15", Zone: "Australia/Lord_Howe"}, "2026-10-02T18:00Z",
			"2026-10-03T15:30Z 2026-10-04T15:15Z"},
		"working days": {Report{At: "18:00", Days: Days[:5]}, "2026-11-05T00:00Z", "2026-11-05T18:00Z 2026-11-06T18:00Z 2026-11-09T18:00Z"},
		"every six hours from 04:30": {Report{At: "04:30", Every: 6}, "2026-11-05T05:00Z",
			"2026-11-05T10:30Z 2026-11-05T16:30Z 2026-11-05T22:30Z 2026-11-06T04:30Z"},
		"every hour skips no hour that a clock shows": {Report{Every: 1, Zone: "America/New_York"}, "2026-03-08T05:30Z",
			"2026-03-08T06:00Z 2026-03-08T07:00Z 2026-03-08T08:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			var c errs.Check
			test.report.To = []string{"ana"}
			test.report.validate(&c)
			if err := c.Err("the report"); err != nil {
				t.Fatal(err)
			}
			at := instant(t, test.from)
			for want := range strings.FieldsSeq(test.want) {
				at = test.report.Next(at)
				if got := at.Format("2006-01-02T15:04Z"); got != want {
					t.Errorf("slot %s, want %s", got, want)
				}
			}
		})
	}
}

func drawReport(t *rapid.T) Report {
	return Report{
		At:    rapid.SampledFrom([]string{"00:00", "01:30", "02:00", "02:30", "07:00", "23:59"}).Draw(t, "at"),
		Every: rapid.SampledFrom(append([]int{0}, Hours...)).Draw(t, "every"),
		Days:  rapid.SliceOfNDistinct(rapid.SampledFrom(Days), 0, 7, rapid.ID).Draw(t, "days"),
		Zone: rapid.SampledFrom([]string{"UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo",
			"Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"}).Draw(t, "zone"),
	}
}

// What is before the slot after an instant is at or before the instant, and nothing lies between:
// so reports of one schedule cover all time, each bit of it once.
func TestSlotsFollowEachOtherWithoutGapsOrRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		s := r.slots()
		at := time.Unix(rapid.Int64Range(1_200_000_000, 1_900_000_000).Draw(t, "at"), 0).UTC()
		for range 30 {
			next := s.after(at)
			if !next.After(at) || next.Sub(at) > 8*24*time.Hour {
				t.Fatalf("after %v comes %v", at, next)
			}
			if back := s.before(next); back.After(at) || s.after(back) != next {
				t.Fatalf("before %v comes %v, and after that %v", next, back, s.after(back))
			}
			at = next
		}
	})
}

// A slot shows its time on the clocks of its zone, or the first time after it where clocks skip it.
func TestSlotsShowTheirTimeOnTheWall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawReport(t)
		r.Every = 0
		at := r.Next(time.Unix(rapid.Int64Range(1_200_000_000, 1_900_000_000).Draw(t, "at"), 0).UTC())
		local := at.In(r.slots().loc)
		_, before := at.Add(-time.Second).In(r.slots().loc).Zone()
		_, now := local.Zone()
		if got := local.Format("15:04"); got != r.at() && now <= before {
			t.Errorf("%v shows %s, want %s", at, got, r.at())
		}
		day := Days[(int(local.Weekday())+6)%7]
		if len(r.Days) > 0 && !slices.Contains(r.Days, day) && now <= before {
			t.Errorf("%v is a %s, want one of %v", at, day, r.Days)
		}
	})
}

func TestAReportThatSaysNothingIsRefused(t *testing.T) {
	for name, r := range map[string]Report{
		"report.at": {At: "25:00"}, "report.every": {Every: 5}, "report.days[1]": {Days: []string{"mon", "mon"}},
		"report.zone": {Zone: "Mars/Olympus"}, "report.to": {Teams: nil},
	} {
		if name != "report.to" {
			r.To = []string{"ana"}
		}
		var c errs.Check
		SearchSpec{Query: "*", Report: &r}.Validate(&c)
		fields := errs.FieldsOf(c.Err("it"))
		if len(fields) != 1 || fields[0].Path != name {
			t.Errorf("%s: refused %v", name, fields)
		}
	}
}
