package escalation

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

func twoSteps() Spec {
	return Spec{Response: ResponseSpec{Repeat: 1, RepeatAfter: 10, Steps: []Step{
		{After: 0, Targets: []Target{{Level: people.L1}}},
		{After: 5, Targets: []Target{{Level: people.L2}}},
	}}}
}

func TestResponseClockWalksStepsRepeatsThenCatchAllForGood(t *testing.T) {
	spec, g, at := twoSteps(), stage{}, time.Duration(0)
	type moment struct {
		at   time.Duration
		name string
	}
	var got []moment
	for range 8 {
		got = append(got, moment{at, spec.name(g)})
		next, wait := spec.after(g)
		g, at = next, at+wait
	}
	m := time.Minute
	want := []moment{
		{0, "step 1 of 2"}, {5 * m, "step 2 of 2"},
		{15 * m, "step 1 of 2, repeat 1"}, {20 * m, "step 2 of 2, repeat 1"},
		{30 * m, "catch-all, pass 1"}, {35 * m, "catch-all, pass 2"}, {40 * m, "catch-all, pass 3"}, {45 * m, "catch-all, pass 4"},
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("moment %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

func TestEveryPolicyReachesTheCatchAllAndNeverStops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		g, total := stage{}, len(spec.Response.Steps)*(spec.Response.Repeat+1)
		for range total {
			if spec.catchAll(g) {
				t.Fatalf("catch-all before the policy was used up, at %v", g)
			}
			g, _ = spec.after(g)
		}
		for range 5 {
			next, wait := spec.after(g)
			if !spec.catchAll(g) || wait <= 0 || len(spec.targets(g)) == 0 {
				t.Fatalf("at %v: catch-all %v, wait %v, targets %v", g, spec.catchAll(g), wait, spec.targets(g))
			}
			g = next
		}
	})
}

func TestShrunkPolicyNeverLosesTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		g := stage{rapid.IntRange(0, 30).Draw(t, "round"), rapid.IntRange(0, 30).Draw(t, "step")}
		g = spec.clamp(g)
		if len(spec.targets(g)) == 0 {
			t.Fatalf("nobody to page at %v", g)
		}
	})
}

func TestPolicyKeepsItsMeaningThroughJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		b, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		var back Spec
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(back)
		if err != nil || string(again) != string(b) {
			t.Fatalf("%s became %s (%v)", b, again, err)
		}
	})
}

func TestLadderIsChosenBySeverityAndHours(t *testing.T) {
	ladder := func(minutes Minutes, hours string, severities ...int) Ladder {
		return Ladder{Severities: severities, Hours: hours, Steps: []Step{{After: minutes}}}
	}
	spec := Spec{Resolution: ResolutionSpec{Ladders: []Ladder{
		ladder(15, "outside", 1), ladder(30, "", 1, 2), ladder(240, "business"),
	}}}
	for _, c := range []struct {
		severity int
		business bool
		want     Minutes // 0: none fits
	}{{1, true, 30}, {1, false, 15}, {2, false, 30}, {3, true, 240}, {3, false, 0}} {
		l, ok := spec.ladder(c.severity, c.business)
		if ok != (c.want != 0) || ok && l.Steps[0].After != c.want {
			t.Errorf("severity %d, business %v: got %v %v", c.severity, c.business, l, ok)
		}
	}
}

func TestLastRungRepeats(t *testing.T) {
	l := Ladder{Steps: []Step{{After: 15}, {After: 30}}}
	detected := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	paged := detected.Add(42 * time.Minute)
	if due := l.rungDue(1, detected, paged, 0); !due.Equal(detected.Add(30 * time.Minute)) {
		t.Errorf("second rung due %v", due)
	}
	if due := l.rungDue(2, detected, paged, 20); !due.Equal(paged.Add(20 * time.Minute)) {
		t.Errorf("repeat due %v", due)
	}
	if l.rung(7).After != 30 {
		t.Error("the last rung does not repeat")
	}
}

func TestPolicyMistakesAreNamed(t *testing.T) {
	spec := Spec{
		Response: ResponseSpec{Repeat: -1, Steps: []Step{{After: -1}, {Targets: []Target{{Person: "a", Team: "b"}, {Level: "L9"}}}}},
		Resolution: ResolutionSpec{Ladders: []Ladder{{Severities: []int{5}, Hours: "business",
			Steps: []Step{{After: 10, Targets: []Target{{Level: people.L2}}}, {After: 10, Targets: []Target{{Level: people.L3}}}}}}},
	}
	var c errs.Check
	spec.Validate(&c)
	got := map[string]bool{}
	for _, f := range errs.FieldsOf(c.Err("x")) {
		got[f.Path] = true
	}
	for _, path := range []string{"response.repeat", "response.steps[0].after", "response.steps[0].targets",
		"response.steps[1].targets[0]", "response.steps[1].targets[1].level", "resolution.ladders[0].severities[0]",
		"resolution.ladders[0].hours", "resolution.ladders[0].steps[1].after"} {
		if !got[path] {
			t.Errorf("%s is not named: %v", path, got)
		}
	}
}

func TestBuiltInPolicyIsValid(t *testing.T) {
	var c errs.Check
	builtin().Validate(&c)
	if err := c.Err("built in"); err != nil {
		t.Fatal(err)
	}
}

func drawSpec(t *rapid.T) Spec {
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Step {
		return Step{After: Minutes(rapid.IntRange(0, 600).Draw(t, "after")), Targets: []Target{{Level: people.L1}}}
	}), 1, 6).Draw(t, "steps")
	return Spec{Response: ResponseSpec{
		Steps: steps, Repeat: rapid.IntRange(0, 4).Draw(t, "repeat"),
		RepeatAfter: Minutes(rapid.IntRange(0, 60).Draw(t, "repeat after")),
	}}
}
