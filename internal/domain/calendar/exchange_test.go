package calendar

import (
	"encoding/csv"
	"os"
	"slices"
	"testing"
	"time"

	"mainstay/internal/base/sharedtest"
)

// sessions reads real exchange sessions in UTC from the shared test data, or skips.
func sessions(t *testing.T, name string) []Span {
	t.Helper()
	f, err := os.Open(sharedtest.Path(t, "data/calendars/"+name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []Span
	for _, r := range rows[1:] {
		out = append(out, Span{instant(t, r[1]), instant(t, r[2])})
	}
	return out
}

// exceptionsOf lists the weekdays without a session and those that close early, by their
// dates in the zone. What is left to the calendar is to find the instants.
func exceptionsOf(t *testing.T, all []Span, loc *time.Location, closes string) (holidays []Holiday, half []HalfDay) {
	t.Helper()
	seen := map[Date]bool{}
	for _, s := range all {
		d := DateOf(s.From, loc)
		seen[d] = true
		if at := s.To.In(loc).Format("15:04"); at != closes {
			half = append(half, HalfDay{Date: d.String(), Closes: at})
		}
	}
	for d := DateOf(all[0].From, loc); d < DateOf(all[len(all)-1].From, loc); d++ {
		if w := d.Weekday(); !seen[d] && w != time.Saturday && w != time.Sunday {
			holidays = append(holidays, Holiday{Date: d.String()})
		}
	}
	return holidays, half
}

func TestExchangeHoursMatchRealSessions(t *testing.T) {
	for _, x := range []struct{ file, zone, opens, closes string }{
		{"xnys.csv", "America/New_York", "09:30", "16:00"},
		{"xlon.csv", "Europe/London", "08:00", "16:30"},
	} {
		t.Run(x.file, func(t *testing.T) {
			want := sessions(t, x.file)
			holidays, half := exceptionsOf(t, want, zone(t, x.zone), x.closes)
			c := mustNew(t, Spec{Zone: x.zone, Weekly: []string{"mon-fri " + x.opens + "-" + x.closes}, Holidays: holidays, HalfDays: half})
			got := c.Spans(want[0].From, want[len(want)-1].To)
			if !slices.Equal(got, want) {
				t.Fatalf("%d spans, want %d: first difference %s", len(got), len(want), firstDifference(got, want))
			}
			t.Logf("%d sessions, %d holidays, %d early closes", len(got), len(holidays), len(half))
		})
	}
}

func firstDifference(got, want []Span) string {
	for n := range min(len(got), len(want)) {
		if got[n] != want[n] {
			return show(got[n : n+1])[0] + " for " + show(want[n : n+1])[0]
		}
	}
	return "in length"
}

// The rules of one year written by hand from the exchange's public calendar.
func TestNewYorkSessionsOf2022(t *testing.T) {
	year := mustNew(t, Spec{
		Zone:   "America/New_York",
		Weekly: []string{"mon-fri 09:30-16:00"},
		Holidays: []Holiday{
			{"2022-01-17", "Martin Luther King Day"}, {"2022-02-21", "Washington's Birthday"}, {"2022-04-15", "Good Friday"},
			{"2022-05-30", "Memorial Day"}, {"2022-06-20", "Juneteenth"}, {"2022-07-04", "Independence Day"},
			{"2022-09-05", "Labor Day"}, {"2022-11-24", "Thanksgiving"}, {"2022-12-26", "Christmas Day"},
		},
		HalfDays: []HalfDay{{Date: "2022-11-25", Closes: "13:00", Name: "day after Thanksgiving"}},
	})
	from, to := instant(t, "2022-01-01T00:00:00Z"), instant(t, "2023-01-01T00:00:00Z")
	got := year.Spans(from, to)
	if len(got) != 251 {
		t.Errorf("%d sessions in 2022, the exchange had 251", len(got))
	}
	want := slices.DeleteFunc(sessions(t, "xnys.csv"), func(s Span) bool { return s.From.Before(from) || s.From.After(to) })
	if !slices.Equal(got, want) {
		t.Errorf("first difference: %s", firstDifference(got, want))
	}
}
