package app

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
	"mainstay/internal/engine/logstore/spool"
)

var logNow = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// logTroubleStates are, by the name of each condition, a state in which it holds.
func logTroubleStates() map[string]logState {
	ago := logNow.Add(-time.Hour)
	up := logstore.Condition{Up: true, Since: ago}
	state := func(change func(*logState)) logState {
		s := fineLogs()
		change(&s)
		return s
	}
	return map[string]logState{
		"LogEngineDown": state(func(s *logState) { s.store.Engine = logstore.Condition{Since: ago, Reason: "x"} }),
		"LogClusterIncomplete": state(func(s *logState) {
			s.store.Engine.Trouble, s.store.Engine.TroubleSince = "x", ago
		}),
		"LogEngineUnsteady": state(func(s *logState) { s.store.Engine = up; s.store.Engine.Lately = 3 }),
		"LogLinesWait":      state(func(s *logState) { s.store.Failing, s.store.FailingSince = "x", ago }),
		"LogLinesRefused":   state(func(s *logState) { s.store.Refused, s.store.RefusedIn = 7, "/data/logs/refused" }),
		"LogDaySetAside":    state(func(s *logState) { s.aside = []string{"20261101.20261102T090000Z"} }),
		"LogRoomFilling":    state(func(s *logState) { s.pressure = 0.9 }),
		"LogSourceLimited":  state(func(s *logState) { s.limited = []string{"debug-chatter"} }),
		"LogSpoolFails":     state(func(s *logState) { s.store.Spool.Failure = errors.New("x") }),
		"LogSpoolDamaged":   state(func(s *logState) { s.store.Spool.Damage = spool.Damage{Places: 1, Bytes: 2} }),
		"LogSpoolRemoved":   state(func(s *logState) { s.store.Spool.Damage = spool.Damage{Removed: 1} }),
		"LogDiskFillsUp": state(func(s *logState) {
			s.forecast.Full = logNow.Add(24 * time.Hour)
		}),
		"LogArchiveBehind":     state(func(s *logState) { s.archive.Behind = 30 * time.Hour }),
		"LogDaysWillBeLost":    state(func(s *logState) { s.archive.Crowded = true }),
		"LogArchiveUnreadable": state(func(s *logState) { s.archive.Bad = []string{"x"} }),
	}
}

func fineLogs() logState {
	return logState{now: logNow, grace: alertedAfter, store: logstore.Status{Engine: logstore.Condition{Up: true, Since: logNow}},
		looked: true, counted: true, archiving: true, archive: archive.Status{Target: "/archive"}, margin: 100 * time.Hour}
}

func namesOf(list []condition, which func(condition) bool) (names []string) {
	for _, c := range list {
		if which(c) {
			names = append(names, c.name)
		}
	}
	slices.Sort(names)
	return names
}

// TestEveryTroubleOfLogsIsToldAndEnds: each condition is listed whatever the state is, holds in its own
// state, and its alert is resolved when that is over, also by a process that did not raise it.
func TestEveryTroubleOfLogsIsToldAndEnds(t *testing.T) {
	all := slices.Sorted(maps.Keys(logTroubleStates()))
	any := func(condition) bool { return true }
	firing := func(c condition) bool { return c.firing }
	if fine := fineLogs().conditions(); !slices.Equal(namesOf(fine, any), all) || len(namesOf(fine, firing)) > 0 {
		t.Errorf("when all is well there are %q and %q fire", namesOf(fine, any), namesOf(fine, firing))
	}
	for name, state := range logTroubleStates() {
		list := state.conditions()
		if !slices.Equal(namesOf(list, any), all) || !slices.Equal(namesOf(list, firing), []string{name}) {
			t.Errorf("%s: there are %q and %q fire", name, namesOf(list, any), namesOf(list, firing))
		}
		told := &toldOf{state: state}
		told.steps(t, told.watch())
		told.expect(t, name, true)
		told.state = fineLogs()
		told.steps(t, told.watch()) // of a process that starts
		told.expect(t, name, false)
		w := told.watch()
		told.state = state
		told.steps(t, w)
		told.expect(t, name, true)
		told.state = fineLogs()
		told.steps(t, w)
		told.expect(t, name, false)
	}
}

// TestWhatIsNotKnownYetEndsNoAlert: a server that starts has not looked at its disk or archive, and its
// engine is not up.
func TestWhatIsNotKnownYetEndsNoAlert(t *testing.T) {
	told := &toldOf{state: logState{now: logNow, grace: alertedAfter, store: logstore.Status{Engine: logstore.Condition{Since: logNow}},
		asideErr: os.ErrPermission, archiving: true}}
	told.steps(t, told.watch())
	for _, name := range []string{"LogEngineDown", "LogDaySetAside", "LogSourceLimited", "LogDiskFillsUp", "LogArchiveBehind", "LogDaysWillBeLost", "LogArchiveUnreadable"} {
		if _, said := told.last[name]; said {
			t.Errorf("%s is told to be over", name)
		}
	}
}

// TestTheGuideNamesEveryAlertAboutLogs.
func TestTheGuideNamesEveryAlertAboutLogs(t *testing.T) {
	text, err := os.ReadFile("../../docs/logs.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range logTroubleStates() {
		if !strings.Contains(string(text), "| `"+name+"`") {
			t.Errorf("the table of alerts has no %s", name)
		}
	}
}

// toldOf is what a watch said of a state.
type toldOf struct {
	state logState
	last  map[string]bool // whether what was said last of a condition is that it holds
	said  int
}

func (o *toldOf) watch() *logWatch {
	o.last = map[string]bool{}
	return &logWatch{clock: clock.NewFake(logNow), told: map[string]time.Time{},
		look: func(context.Context) []condition { return o.state.conditions() },
		raise: func(_ context.Context, c condition) error {
			o.last[c.name] = c.firing
			o.said++
			return nil
		}}
}

// steps takes two steps, of which the second has nothing to say.
func (o *toldOf) steps(t *testing.T, w *logWatch) {
	t.Helper()
	for range 2 {
		o.said = 0
		if _, err := w.step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if o.said > 0 {
		t.Errorf("%d things are said again at once", o.said)
	}
}

func (o *toldOf) expect(t *testing.T, name string, firing bool) {
	t.Helper()
	if got, said := o.last[name]; got != firing || !said {
		t.Errorf("%s is told (%v) to be firing: %v", name, said, got)
	}
}
