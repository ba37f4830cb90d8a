package archive_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore/archive"
	"mainstay/internal/engine/signal"
)

// TestADamagedArchiveIsFoundBeforeTheEngineIsStartedAnew and leaves nothing behind that would keep other days for longer.
func TestADamagedArchiveIsFoundBeforeTheEngineIsStartedAnew(t *testing.T) {
	bad, good := old().Add(-day), old()
	d := open(t, t.TempDir())
	d.put(append(many(bad, 300), many(good, 30)...)...)
	d.archived()
	st := d.steps("both are archived", func(st archive.Status) bool { return len(st.Archived) == 2 })
	path := filepath.Join(string(d.target), st.Archived[1].File)
	if err := os.Truncate(path, st.Archived[1].Packed/2); err != nil {
		t.Fatal(err)
	}
	d = d.ageOut(bad, day)
	d.steps("what is archived is known, and days that were here until now may go", func(st archive.Status) bool {
		return !st.Listed.IsZero() && d.kept() == 2*day && d.Store.Status().Engine.Up
	})
	kept, process := d.kept(), d.Store.Status().Engine.Generation
	if err := d.Restore(nameOf(bad), 80*day); err != nil {
		t.Fatal(err)
	}
	st = d.steps("it is found to be damaged", func(st archive.Status) bool { return st.Restored[0].Err != "" })
	if !strings.Contains(st.Restored[0].Err, "is damaged") || !st.Until.IsZero() {
		t.Errorf("the status is %+v", st)
	}
	if got := d.Store.Status().Engine; d.kept() != kept || got.Generation != process || !got.Up {
		t.Errorf("the engine keeps %v, before %v, and is %+v", d.kept(), kept, got)
	}
	if err := d.Restore(nameOf(good), 2*day); err != nil {
		t.Fatal(err)
	}
	st = d.steps("the other is back", func(st archive.Status) bool { return len(st.Restored) == 2 && st.Restored[1].Done })
	if left := st.Until.Sub(clock.Wall().Now()); left > 2*day {
		t.Errorf("it is kept for %v", left)
	}
	if hold, err := archive.HeldFor(filepath.Join(d.dir, "keeping")); err != nil || hold[signal.Standard] > 10*day {
		t.Errorf("the engine keeps %v; %v", hold, err)
	}
	d.Clock = clock.NewFake(clock.Wall().Now().Add(3 * day))
	d.steps("the time of the one is over, and what was wrong with the other is still said", func(st archive.Status) bool {
		return len(st.Restored) == 1 && st.Restored[0].Err != ""
	})
	if d.kept() != kept {
		t.Errorf("the engine keeps %v", d.kept())
	}
}

// TestADayThatIsBackStaysWhenItsArchiveIsDamagedLater because it is all that there is of it.
func TestADayThatIsBackStaysWhenItsArchiveIsDamagedLater(t *testing.T) {
	at := old()
	d := open(t, t.TempDir())
	d.put(many(at, 30)...)
	m := d.archived().Archived[0]
	d = d.ageOut(at, day)
	d.list()
	again := func() {
		t.Helper()
		if err := d.Restore(m.Day, 5*day); err != nil {
			t.Fatal(err)
		}
	}
	again()
	d.steps("the day is back", func(st archive.Status) bool { return st.Restored[0].Done })
	kept := d.kept()
	if err := os.Truncate(filepath.Join(string(d.target), m.File), 10); err != nil {
		t.Fatal(err)
	}
	again()
	d.steps("the damage is found", func(st archive.Status) bool { return st.Restored[0].Err != "" })
	if d.kept() < kept || len(d.all(at)) != 30 {
		t.Errorf("the engine keeps %v, before %v, and has %d lines", d.kept(), kept, len(d.all(at)))
	}
}
