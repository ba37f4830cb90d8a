package rule

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// monday at 10:00 UTC; what came before is 100 lines in each hour from 9 to 17 on weekdays, 10 on others.
func fourWeeks(zone *time.Location, until time.Time) map[time.Time]int64 {
	lines := map[time.Time]int64{}
	for h := until.Add(-history - 24*time.Hour); h.Before(until); h = h.Add(time.Hour) {
		there := h.In(zone)
		switch {
		case there.Weekday() == time.Saturday || there.Weekday() == time.Sunday:
			lines[h] = 200
		case there.Hour() >= 9 && there.Hour() <= 17:
			lines[h] = 1000
		default:
			lines[h] = 20
		}
	}
	return lines
}

func TestVolumesAreJudgedByTheirHourAndWeekday(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		now       string
		this      int64 // lines in the hour of now
		last      int64 // in the one before; 0 stays as it was, -1 is none
		direction string
		since     string // when counting began
		want      string
	}{
		"as always":                           {now: "2026-11-09T10:30:00Z", this: 500},
		"too much already":                    {now: "2026-11-09T10:30:00Z", this: 3001, want: "3001 lines in the hour from 10:00"},
		"not yet too much":                    {now: "2026-11-09T10:30:00Z", this: 3000},
		"much, but below the minimum":         {now: "2026-11-09T03:30:00Z", this: 99},
		"much for a night":                    {now: "2026-11-09T03:30:00Z", this: 101, want: "normal is 20"},
		"as always on a Sunday":               {now: "2026-11-08T10:30:00Z", this: 500},
		"too much for a Sunday":               {now: "2026-11-08T10:30:00Z", this: 601, want: "normal is 200"},
		"nothing in the last hour":            {now: "2026-11-09T11:05:00Z", last: -1, want: "only 0 lines in the hour from 10:00"},
		"nothing yet in this hour":            {now: "2026-11-09T11:59:00Z"},
		"the last hour is not counted yet":    {now: "2026-11-09T11:01:00Z", last: -1},
		"this hour has made up for the last":  {now: "2026-11-09T11:40:00Z", this: 400, last: -1},
		"little where little is normal":       {now: "2026-11-09T03:05:00Z", last: -1},
		"nobody asked for too little":         {now: "2026-11-09T11:05:00Z", last: -1, direction: Above},
		"nobody asked for too much":           {now: "2026-11-09T10:30:00Z", this: 9000, direction: Below},
		"the server did not run all the hour": {now: "2026-11-09T11:05:00Z", last: -1, since: "2026-11-09T10:20:00Z"},
		"too much in the last hour":           {now: "2026-11-09T11:30:00Z", this: 10, last: 5000, want: "5000 lines in the hour from 10:00"},
		"by London's clock, not by UTC":       {now: "2026-10-26T17:30:00Z", this: 1000}, // 17:00 GMT as 17:00 BST before
		"a London night is one in summer":     {now: "2026-06-15T08:10:00Z", this: 500},  // 9:00 BST
	} {
		t.Run(name, func(t *testing.T) {
			now := instant(t, test.now)
			hour := now.Truncate(time.Hour)
			v := volumeOf{lines: fourWeeks(london, hour), zone: london, spec: Spec{When: Volume, Source: "app", Direction: test.direction}}
			if test.since != "" {
				v.since = instant(t, test.since)
			}
			v.lines[hour] = test.this
			switch {
			case test.last > 0:
				v.lines[hour.Add(-time.Hour)] = test.last
			case test.last < 0:
				delete(v.lines, hour.Add(-time.Hour))
			}
			got := v.judge(now)
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("judged %q, want %q", got, test.want)
			}
		})
	}
}

func TestWithoutThreeDaysNothingIsNormal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		v := volumeOf{lines: map[time.Time]int64{now: rapid.Int64Range(0, 1e6).Draw(t, "now")}, zone: time.UTC, spec: Spec{Source: "app"}}
		for range minDays - 1 {
			day := rapid.IntRange(1, 14).Draw(t, "day")
			v.lines[now.AddDate(0, 0, -day)] = rapid.Int64Range(1, 1e6).Draw(t, "lines")
		}
		if why := v.judge(now.Add(30 * time.Minute)); why != "" {
			t.Fatal(why)
		}
	})
}

func TestAVolumeFiresOnceAndEndsWhenItIsNormalAgain(t *testing.T) {
	w := watching(Spec{When: Volume, Source: "app"})
	v := volumeOf{lines: fourWeeks(time.UTC, noon), zone: time.UTC, spec: w.Spec}
	v.lines[noon] = 5000
	for at := noon.Add(time.Minute); at.Before(noon.Add(time.Hour)); at = at.Add(time.Minute) {
		w.weigh(v, at)
	}
	if got := said(w); got != "fires  1" {
		t.Errorf("said %q", got)
	}
	v.lines[noon.Add(time.Hour)] = 1000
	w.weigh(v, noon.Add(119*time.Minute))
	if got := said(w); got != "" {
		t.Errorf("said %q before an hour was normal", got)
	}
	v.lines[noon.Add(2*time.Hour)] = 500
	w.weigh(v, noon.Add(123*time.Minute))
	if got := said(w); got != "ends  1" {
		t.Errorf("said %q", got)
	}
}
