package incident

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
)

var acts = []act{acknowledge, investigate, expire, restore, closeIt, reopen, merge}

func TestTransitions(t *testing.T) {
	for _, c := range []struct {
		from State
		do   act
		to   State // "" when refused
	}{
		{Open, acknowledge, Acknowledged}, {Acknowledged, acknowledge, Acknowledged}, {Investigating, acknowledge, Investigating},
		{Restored, acknowledge, ""}, {Closed, acknowledge, ""},
		{Open, restore, Restored}, {Investigating, restore, Restored}, {Restored, restore, Restored}, {Closed, restore, ""},
		{Open, closeIt, ""}, {Acknowledged, closeIt, ""}, {Restored, closeIt, Closed},
		{Restored, reopen, Open}, {Closed, reopen, Open}, {Open, reopen, ""},
		{Acknowledged, expire, Open}, {Investigating, expire, Open}, {Restored, expire, ""},
		{Closed, merge, ""}, {Restored, merge, Closed},
	} {
		got, err := next("INC-1", c.from, c.do)
		if c.to == "" {
			if !errs.Is(err, errs.Conflict) {
				t.Errorf("%s an incident that is %s: got %v, %v", c.do, c.from, got, err)
			}
			continue
		}
		if err != nil || got != c.to {
			t.Errorf("%s an incident that is %s: got %v, %v", c.do, c.from, got, err)
		}
	}
}

func TestNoWayAroundRestoring(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state, restored := Open, false
		for range rapid.IntRange(1, 30).Draw(t, "acts") {
			a := rapid.SampledFrom(acts).Draw(t, "act")
			to, err := next("INC-1", state, a)
			if err != nil {
				if to != state {
					t.Fatalf("a refused act changed %s to %s", state, to)
				}
				continue
			}
			restored = restored && a != reopen || a == restore || a == merge
			state = to
			if !slices.Contains(States, state) {
				t.Fatalf("%q is no state", state)
			}
			if state == Closed && !restored {
				t.Fatal("closed without having been restored or merged")
			}
		}
	})
}

func TestButtonsAreThoseThatChangeSomething(t *testing.T) {
	for _, s := range States {
		for _, a := range acts {
			to, err := next("INC-1", s, a)
			if s.Can(string(a)) && (err != nil || to == s) {
				t.Errorf("%s offers %q, which leads to %s, %v", s, a, to, err)
			}
		}
	}
	if !Open.Can("acknowledge") || Acknowledged.Can("acknowledge") || Restored.Can("restore") || !Restored.Can("close") {
		t.Error("the everyday buttons are wrong")
	}
}

func TestKeysAreReadAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]int64{"INC-12": 12, "inc-12": 12, " 12 ": 12, "INC-0": 0, "INC--3": 0, "": 0, "INC-": 0,
		"INC-99999999999999999999": 0, "PRB-1": 0} {
		got, err := ParseKey(text)
		if (err == nil) != (want > 0) || err == nil && got != want {
			t.Errorf("%q: %d %v", text, got, err)
		}
	}
}
