package logstore_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/engine/logstore"
)

const (
	gib = 1 << 30
	day = 24 * time.Hour
)

var noon = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// lately are days up to yesterday, the last size being yesterday's.
// one is a store without classes.
func one(days []logstore.DayUse, kept time.Duration, maxDisk int64) []logstore.ClassUse {
	return []logstore.ClassUse{{Days: days, Kept: kept, MaxDisk: maxDisk}}
}

func lately(gibs ...float64) (days []logstore.DayUse) {
	for i, g := range gibs {
		days = append(days, logstore.DayUse{Day: noon.Truncate(day).AddDate(0, 0, i-len(gibs)), Bytes: int64(g * gib)})
	}
	return days
}

func same(gibs float64, n int) (out []float64) {
	for range n {
		out = append(out, gibs)
	}
	return out
}

func TestForecastSaysWhenTheDiskIsFull(t *testing.T) {
	for _, c := range []struct {
		name string
		u    logstore.Usage
		want string // "" is never
	}{
		{"ten days of room at one a day", logstore.Usage{Classes: one(lately(same(1, 5)...), 90*day, 0), Free: 10 * gib}, "2026-03-29"},
		{"one storm of lines does not bend it", logstore.Usage{Classes: one(lately(1, 1, 1, 40, 1, 1, 1), 90*day, 0), Free: 10 * gib}, "2026-03-29"},
		{"each day takes more than the one before", logstore.Usage{Classes: one(lately(1, 2, 3, 4), 90*day, 0), Free: 10 * gib}, "2026-03-21"},
		{"as much ages out as comes", logstore.Usage{Classes: one(lately(same(1, 10)...), 10*day, 0), Free: 5 * gib}, ""},
		{"the steady state is above the room", logstore.Usage{Classes: one(lately(same(1, 4)...), 30*day, 0), Free: 5 * gib}, "2026-03-24"},
		{"the steady state fits", logstore.Usage{Classes: one(lately(same(1, 4)...), 30*day, 0), Free: 30 * gib}, ""},
		{"the limit of lines is below the room", logstore.Usage{Classes: one(lately(same(1, 4)...), 90*day, 6*gib), Free: 5 * gib}, ""},
		{"classes age out each at their own age", logstore.Usage{Classes: append(one(lately(same(1, 4)...), 5*day, 0), one(lately(same(1, 4)...), 90*day, 0)...), Free: 7 * gib}, "2026-03-24"},
		{"full already", logstore.Usage{Classes: one(lately(same(1, 4)...), 90*day, 0), Free: 0}, "2026-03-20"},
		{"two days are not enough to say anything", logstore.Usage{Classes: one(lately(1, 1), 90*day, 0), Free: gib}, ""},
		{"other things on the disk grow", logstore.Usage{Classes: one(lately(same(1, 4)...), 5*day, 0), Free: 20 * gib, Samples: growing(2*gib, 5)}, "2026-03-28"},
		{"other things are watched for too short a time", logstore.Usage{Classes: one(lately(same(1, 4)...), 5*day, 0), Free: 20 * gib, Samples: growing(2*gib, 2)}, ""},
	} {
		c.u.Now = noon
		f := logstore.Predict(c.u)
		got := ""
		if !f.Full.IsZero() {
			got = f.Full.Format("2006-01-02")
		}
		if got != c.want {
			t.Errorf("%s: full on %q, want %q (%+v)", c.name, got, c.want, f)
		}
	}
}

// growing are hourly samples of a disk on which something else grows.
func growing(bytesADay int64, days int) (out []logstore.Sample) {
	for h := days * 24; h >= 0; h-- {
		out = append(out, logstore.Sample{At: noon.Add(-time.Duration(h) * time.Hour), Free: 20*gib + bytesADay*int64(h)/24, Lines: 4 * gib})
	}
	return out
}

func TestForecastKeepsItsSenseWhateverTheDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := logstore.Usage{Now: noon, Free: rapid.Int64Range(0, 500*gib).Draw(t, "free")}
		most := 0
		for range rapid.IntRange(1, 3).Draw(t, "classes") {
			days := lately(rapid.SliceOfN(rapid.Float64Range(0, 20), 0, 40).Draw(t, "days")...)
			most = max(most, len(days))
			u.Classes = append(u.Classes, one(days, time.Duration(rapid.IntRange(1, 400).Draw(t, "kept"))*day, 0)...)
		}
		f := logstore.Predict(u)
		if most < logstore.MinForecastDays && f != (logstore.Forecast{Days: f.Days}) {
			t.Fatalf("says %+v of %d days", f, most)
		}
		if !f.Full.IsZero() && f.Full.Before(noon.Truncate(day)) {
			t.Fatalf("the disk was full on %s", f.Full)
		}
		more := u
		more.Free += 10 * gib
		if later := logstore.Predict(more).Full; !f.Full.IsZero() && !later.IsZero() && later.Before(f.Full) {
			t.Fatalf("with more room the disk is full earlier: %s instead of %s", later, f.Full)
		}
		if f.Full.IsZero() && !logstore.Predict(more).Full.IsZero() {
			t.Fatal("with more room the disk is full, with less it is not")
		}
	})
}

func TestHistoryOfTheDiskOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	at := noon
	for range 20 * 24 * 2 { // every half hour for 20 days
		h, err := logstore.OpenHistory(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Add(logstore.Sample{At: at, Free: 5, Lines: 6}); err != nil {
			t.Fatal(err)
		}
		at = at.Add(30 * time.Minute)
	}
	h, err := logstore.OpenHistory(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := h.Add(logstore.Sample{At: at, Free: 7, Lines: 8})
	if err != nil || len(got) < 15*24 || len(got) > 15*24+2 || got[len(got)-1].Free != 7 {
		t.Errorf("%d samples are kept, the last being %+v; %v", len(got), got[len(got)-1], err)
	}
}

// TestDaysBeforeTheFirstLookSayNothingOfTheDaysToCome because their lines were handed in afterwards.
func TestDaysBeforeTheFirstLookSayNothingOfTheDaysToCome(t *testing.T) {
	u := logstore.Usage{Now: noon, Classes: one(lately(4, 3, 0, 0, 0, 2, 1, 1, 1), 90*day, 0), Free: 1000 * gib}
	for _, c := range []struct {
		ago  time.Duration
		days int
	}{{20 * time.Minute, 0}, {2 * day, 0}, {3 * day, 0}, {3*day + 13*time.Hour, 3}, {4 * day, 3}, {30 * day, 9}} {
		u.Since = noon.Add(-c.ago)
		f := logstore.Predict(u)
		if f.Days != c.days && f.Days >= logstore.MinForecastDays || f.Days < logstore.MinForecastDays != (c.days == 0) {
			t.Errorf("since %v: it rests on %d days, want %d", c.ago, f.Days, c.days)
		}
		if c.days == 3 && (f.Growth != 0 || f.PerDay != gib) {
			t.Errorf("since %v: %+v", c.ago, f)
		}
	}
}
