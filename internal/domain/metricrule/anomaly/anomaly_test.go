package anomaly_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/sharedtest"
	"mainstay/internal/domain/metricrule/anomaly"
)

var method = anomaly.Method{Deviations: 4, Weeks: 4}

func TestOneBadWeekDoesNotMoveWhatIsNormal(t *testing.T) {
	weeks := [][]float64{{100, 101, 102}, {9000, 9000, 9000}, {99, 100, 101}, {101, 102, 103}}
	n := method.Normal(weeks, nil)
	if n.Why != "" || n.Side(101) != 0 || n.Side(200) != 1 || n.Side(10) != -1 || n.From != "4 weeks" {
		t.Errorf("%+v", n)
	}
}

func TestTooLittleHistoryIsNotJudged(t *testing.T) {
	for name, c := range map[string]struct {
		weeks, days [][]float64
		judged      bool
		from        string
	}{
		"nothing":                  {},
		"a week and two days":      {weeks: [][]float64{{1}}, days: [][]float64{{1}, {1}}},
		"two weeks":                {weeks: [][]float64{{1}, nil, {1}, nil}, judged: true, from: "2 weeks"},
		"three days":               {weeks: [][]float64{{1}}, days: [][]float64{{1}, {1}, nil, {1}}, judged: true, from: "3 days"},
		"weeks come before days":   {weeks: [][]float64{{1}, {1}}, days: [][]float64{{5}, {5}, {5}}, judged: true, from: "2 weeks"},
		"stretches without values": {weeks: [][]float64{{}, {}, {}, {}}, days: [][]float64{{}, {}, {}}},
	} {
		n := method.Normal(c.weeks, c.days)
		if (n.Why == "") != c.judged || n.From != c.from || !c.judged && n.Side(1e9) != 0 {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

func TestTheBandIsNeverNarrowerThanItMayBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		week := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 12)
		weeks := rapid.SliceOfN(week, 2, 4).Draw(t, "weeks")
		m := anomaly.Method{Deviations: rapid.Float64Range(1, 10).Draw(t, "deviations"), Weeks: len(weeks), Minimum: rapid.Float64Range(0, 100).Draw(t, "minimum")}
		n := m.Normal(weeks, nil)
		if n.Median-n.Low < m.Minimum*(1-1e-9)-1e-6 || n.Side(n.Median) != 0 || n.Low > n.High {
			t.Fatalf("%+v", n)
		}
		wider := m
		wider.Deviations++
		if w := wider.Normal(weeks, nil); w.Low > n.Low || w.High < n.High {
			t.Fatalf("more deviations make a narrower band: %+v, %+v", n, w)
		}
	})
}

// point is a value of a labelled series.
type point struct {
	at    time.Time
	value float64
}

// score is how a method does on a labelled series.
type score struct {
	windows, found int
	falseAlarms    int
	weeks          float64
}

// TestScoreOnLabelledSeries holds a floor under what is found in real series with known failures, and a ceiling
// over false alarms.
func TestScoreOnLabelledSeries(t *testing.T) {
	var all score
	for _, c := range []struct {
		name  string
		every time.Duration
		waits time.Duration
	}{
		{"ambient_temperature_system_failure", time.Hour, 3 * time.Hour},
		{"cpu_utilization_asg_misconfiguration", 5 * time.Minute, 30 * time.Minute},
		{"machine_temperature_system_failure", 5 * time.Minute, 30 * time.Minute},
	} {
		s := scoreOf(read(t, c.name), windows(t, c.name), c.waits)
		t.Logf("%-40s found %d of %d windows, %.2f false alarms a week (%d in %.1f weeks)", c.name, s.found, s.windows, float64(s.falseAlarms)/s.weeks, s.falseAlarms, s.weeks)
		all.windows, all.found, all.falseAlarms, all.weeks = all.windows+s.windows, all.found+s.found, all.falseAlarms+s.falseAlarms, all.weeks+s.weeks
	}
	t.Logf("all: found %d of %d windows, %.2f false alarms a week", all.found, all.windows, float64(all.falseAlarms)/all.weeks)
	if all.found < 6 || float64(all.falseAlarms)/all.weeks > 1.5 {
		t.Errorf("found %d of %d windows with %d false alarms in %.1f weeks", all.found, all.windows, all.falseAlarms, all.weeks)
	}
}

func scoreOf(series []point, labelled [][2]time.Time, waits time.Duration) (s score) {
	s.windows = len(labelled)
	hit := map[int]bool{}
	var since time.Time
	firing := false
	var quiet time.Time
	for _, p := range series {
		weeks, days := method.Past(p.at)
		n := method.Normal(around(series, weeks), around(series, days))
		if n.Why == "" {
			s.weeks += 1 / (7 * 24 * time.Hour.Hours() / step(series).Hours())
		}
		if n.Side(p.value) == 0 {
			if firing {
				quiet = p.at
			}
			since, firing = time.Time{}, false
			continue
		}
		if since.IsZero() {
			since = p.at
		}
		if firing || p.at.Sub(since) < waits {
			continue
		}
		firing = true
		if w := within(p.at, labelled); w >= 0 {
			hit[w] = true
		} else if p.at.Sub(quiet) > time.Hour { // what fires anew within an hour is the same alarm
			s.falseAlarms++
		}
	}
	s.found = len(hit)
	return s
}

func step(series []point) time.Duration { return series[1].at.Sub(series[0].at) }

func within(at time.Time, windows [][2]time.Time) int {
	for i, w := range windows {
		if !at.Before(w[0]) && !at.After(w[1]) {
			return i
		}
	}
	return -1
}

func around(series []point, instants []time.Time) [][]float64 {
	out := make([][]float64, len(instants))
	for n, t := range instants {
		from := sort.Search(len(series), func(i int) bool { return !series[i].at.Before(t.Add(-anomaly.Around)) })
		for ; from < len(series) && !series[from].at.After(t.Add(anomaly.Around)); from++ {
			out[n] = append(out[n], series[from].value)
		}
	}
	return out
}

func read(t *testing.T, name string) (out []point) {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedtest.Path(t, "data/metrics"), name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		at, err := time.Parse(time.DateTime, r[0])
		if err != nil {
			t.Fatal(err)
		}
		value, err := strconv.ParseFloat(r[1], 64)
		if err != nil || math.IsNaN(value) {
			t.Fatal(r, err)
		}
		out = append(out, point{at, value})
	}
	return out
}

func windows(t *testing.T, name string) (out [][2]time.Time) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(sharedtest.Path(t, "data/metrics"), "combined_windows.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string][][2]string
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, w := range all["realKnownCause/"+name+".csv"] {
		var pair [2]time.Time
		for i := range w {
			if pair[i], err = time.Parse("2006-01-02 15:04:05.000000", w[i]); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, pair)
	}
	if len(out) == 0 {
		t.Fatalf("no windows of %s", name)
	}
	return out
}
