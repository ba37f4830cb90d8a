package archive_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
	"mainstay/internal/engine/signal"
)

// classes keep standard lines for a day, as all of these tests do, and long ones for thirty.
func classes(c *logstore.Config) {
	c.Classes = map[signal.Class]logstore.Keeping{signal.Long: {Retention: 30 * day}}
}

// putAs stores rows of a class past the spool and waits until they can be found.
func (d *desk) putAs(class signal.Class, rows ...signal.Row) {
	d.t.Helper()
	p := d.Store.Part(class)
	if err := p.Put(d.t.Context(), rows); err != nil {
		d.t.Fatal(err)
	}
	if err := p.Visible(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// TestEachClassIsArchivedAtItsOwnAge in a file of its own: a day whose standard lines are archived may still get
// lines that are kept long.
func TestEachClassIsArchivedAtItsOwnAge(t *testing.T) {
	at := old()
	d := open(t, t.TempDir(), classes)
	d.put(many(at, 20)...)
	d.putAs(signal.Long, many(at, 30)...)
	older := at.Add(-35 * day)
	d.putAs(signal.Long, many(older, 7)...)
	st := d.archived()
	if len(st.Archived) != 2 {
		t.Fatalf("archived are %+v", st.Archived)
	}
	for i, want := range []struct {
		of   archive.Day
		rows int64
		file string
	}{
		{archive.Day{Class: signal.Standard, Date: nameOf(at)}, 20, "logs-" + nameOf(at) + "-"},
		{archive.Day{Class: signal.Long, Date: nameOf(older)}, 7, "logs-long-" + nameOf(older) + "-"},
	} {
		if m := st.Archived[i]; m.Of() != want.of || m.Rows != want.rows || !strings.HasPrefix(m.File, want.file) {
			t.Errorf("archived is %+v, want %+v", m, want)
		}
	}
	if err := d.Verify(nameOf(older)); err != nil {
		t.Fatal(err)
	}
	of := archive.Day{Class: signal.Long, Date: nameOf(older)}
	if st = d.steps("it is read back", func(st archive.Status) bool { return !st.Checked[of].At.IsZero() }); st.Checked[of].Err != "" {
		t.Errorf("it is damaged: %s", st.Checked[of].Err)
	}
}

// TestADayComesBackWithTheLinesOfAllClasses each in its own, or among the standard ones when the class has gone.
func TestADayComesBackWithTheLinesOfAllClasses(t *testing.T) {
	dir := t.TempDir()
	at := old().Add(-35 * day)
	d := open(t, dir, classes, func(c *logstore.Config) { c.Hold = map[signal.Class]time.Duration{signal.Standard: 60 * day} })
	d.put(many(at, 20)...)
	d.putAs(signal.Long, row(at, "kept long"))
	d.archived()
	want := d.all(at)
	if len(want) != 21 {
		t.Fatalf("there are %d lines", len(want))
	}
	for _, class := range []string{"engine", "engine-long"} {
		d.stop()
		if err := os.RemoveAll(filepath.Join(dir, "logs", class, "partitions")); err != nil {
			t.Fatal(err)
		}
		d = open(t, dir, classes)
	}
	back := func(d *desk) {
		t.Helper()
		if err := d.Now(); err != nil { // lists what is archived
			t.Fatal(err)
		}
		d.steps("what is archived is known", func(st archive.Status) bool { return len(st.Archived) == 2 })
		if err := d.Restore(nameOf(at), 2*day); err != nil {
			t.Fatal(err)
		}
		d.steps("the day is back", func(st archive.Status) bool {
			return len(st.Restored) == 2 && st.Restored[0].Done && st.Restored[1].Done
		})
		got := d.all(at)
		if len(got) != 21 || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%d lines came back, and the lines are not those that there were: %.300s", len(got), got)
		}
	}
	back(d)
	if n, err := d.Store.Part(signal.Long).Days(); err != nil || len(n) != 1 {
		t.Errorf("the long lines are not with their class: %v, %v", n, err)
	}
	d.stop()
	for _, gone := range []string{"engine", "engine-long", "classes.json", "forwarder-long", "../keeping"} {
		if err := os.RemoveAll(filepath.Join(dir, "logs", gone)); err != nil {
			t.Fatal(err)
		}
	}
	without := open(t, dir)
	back(without)
	if n := len(without.Store.Parts()); n != 1 {
		t.Errorf("there are %d classes", n)
	}
	if err := without.Restore("2020-01-01", 2*day); !errs.Is(err, errs.NotFound) {
		t.Errorf("a day that is not archived: %v", err)
	}
}
