package check

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/probe"
)

// places makes locations from letters: o ok, d degraded, f failed, u unknown, w waiting.
func places(letters string) (out []Place) {
	for i, r := range letters {
		st := map[rune]State{'o': OK, 'd': Degraded, 'f': Failed, 'u': Unknown, 'w': Waiting}[r]
		out = append(out, Place{Name: string(rune('a' + i)), State: st, Result: probe.Result{Message: "said " + string(rune('a'+i))}})
	}
	return out
}

func TestLocationsTogetherSayWhatTheQuorumSays(t *testing.T) {
	for _, c := range []struct {
		letters string
		needed  int
		want    State
		quiet   bool
	}{
		{"o", 1, OK, false}, {"d", 1, Degraded, false}, {"f", 1, Failed, false}, {"u", 1, Unknown, false}, {"w", 1, Waiting, true},
		{"ooo", 2, OK, false}, {"foo", 2, Degraded, true}, {"ffo", 2, Failed, false}, {"fuo", 2, Unknown, false}, {"uoo", 2, Degraded, true},
		{"fwo", 2, Waiting, true}, {"doo", 2, Degraded, true}, {"ddo", 2, Degraded, false}, {"fff", 3, Failed, false}, {"ffo", 3, Degraded, true},
		{"ffu", 3, Unknown, false}, {"uuu", 3, Unknown, false}, {"fo", 1, Failed, false}, {"uo", 1, Unknown, false},
	} {
		if got := combine(places(c.letters), c.needed); got.state != c.want || got.quiet != c.quiet {
			t.Errorf("%s, %d needed: %+v, want %s, quiet %v", c.letters, c.needed, got, c.want, c.quiet)
		}
	}
	if got := combine(places("offff"), 2).message; got != "4 of 5 locations (b, c, d …): said b" {
		t.Errorf("message: %q", got)
	}
}

// A location that gets worse never makes the whole better, and one unknown too many is never ok.
func TestALocationThatGetsWorseNeverMakesTheCheckBetter(t *testing.T) {
	order := []State{OK, Degraded, Unknown, Failed}
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SliceOfN(rapid.SampledFrom([]rune("odfu")), 1, 6).Draw(t, "letters")
		needed := rapid.IntRange(1, len(letters)).Draw(t, "needed")
		was := combine(places(string(letters)), needed)
		i := rapid.IntRange(0, len(letters)-1).Draw(t, "at")
		worse := map[rune][]rune{'o': []rune("dfu"), 'd': []rune("fu"), 'u': []rune("f"), 'f': []rune("f")}[letters[i]]
		letters[i] = rapid.SampledFrom(worse).Draw(t, "worse")
		is := combine(places(string(letters)), needed)
		if slices.Index(order, is.state) < slices.Index(order, was.state) {
			t.Fatalf("%s with %d needed: %s became %s", string(letters), needed, was.state, is.state)
		}
		if is.state == OK && strings.ContainsAny(string(letters), "udf") {
			t.Fatalf("%s is ok", string(letters))
		}
	})
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestAlertBeginsWithItsStateAndEndsWhenAllIsWell(t *testing.T) {
	ok := standing{state: OK, since: noon}
	m := ok.next(verdict{state: Failed, message: "m"}, true, noon)
	if m.fires != Failed || m.ends != "" || !m.changed || m.is.alert != Failed || !m.is.since.Equal(noon) {
		t.Fatalf("fails: %+v", m)
	}
	soon := noon.Add(time.Minute)
	if m := m.is.next(verdict{state: Failed, message: "m"}, true, soon); m.fires != "" || m.changed {
		t.Errorf("said again after a minute: %+v", m)
	}
	if m := m.is.next(verdict{state: Failed, message: "m"}, false, noon.Add(again)); m.fires != Failed || m.changed {
		t.Errorf("not said again after a while, outside of hours: %+v", m)
	}
	if m := m.is.next(verdict{state: Degraded}, false, soon); m.fires != Degraded || m.ends != Failed || m.is.alert != Degraded {
		t.Errorf("becomes degraded: %+v", m)
	}
	if m := m.is.next(verdict{state: Degraded, quiet: true}, true, soon); m.fires != "" || m.ends != Failed || m.is.alert != "" {
		t.Errorf("becomes degraded by a minority: %+v", m)
	}
	if m := m.is.next(verdict{state: Waiting, quiet: true}, true, soon); m.fires+m.ends != "" || m.is.alert != Failed {
		t.Errorf("waits: %+v", m)
	}
	if m := m.is.next(verdict{state: OK}, false, soon); m.ends != Failed || m.is.alert != "" || m.fires != "" {
		t.Errorf("ok again: %+v", m)
	}
}

func TestNoAlertBeginsOutsideOfHours(t *testing.T) {
	m := standing{state: OK, since: noon}.next(verdict{state: Failed}, false, noon)
	if m.fires != "" || m.is.alert != "" || !m.changed || !m.is.held() {
		t.Fatalf("outside: %+v", m)
	}
	later := noon.Add(time.Hour)
	if m := m.is.next(verdict{state: Failed}, true, later); m.fires != Failed || m.changed || !m.is.since.Equal(noon) {
		t.Errorf("when the hours begin: %+v", m)
	}
}

// Whatever happens, at most one alert is open, it is that of the standing, and only a state that is not ok
// has one.
func TestThereIsAtMostOneAlertAndItIsKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, open, now := standing{state: Waiting, since: noon}, map[State]bool{}, noon
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
			v := verdict{state: rapid.SampledFrom([]State{OK, Degraded, Failed, Unknown, Waiting}).Draw(t, "state")}
			v.quiet = v.state == Waiting || v.state == Degraded && rapid.Bool().Draw(t, "quiet")
			m := s.next(v, rapid.Bool().Draw(t, "open"), now)
			if m.fires != "" {
				open[m.fires] = true
			}
			delete(open, m.ends)
			s = m.is
			if len(open) > 1 || s.alert != "" && !open[s.alert] || s.alert == "" && len(open) > 0 {
				t.Fatalf("open %v, standing %+v", open, s)
			}
			if s.state == OK && len(open) > 0 {
				t.Fatalf("ok with an alert: %v", open)
			}
		}
	})
}
