package archive_test

import (
	"slices"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
)

// has reports whether the store has a day.
func (d *desk) has(at time.Time) bool {
	d.t.Helper()
	days, err := d.Store.Parts()[0].Days()
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.ContainsFunc(days, func(u logstore.DayUse) bool { return nameOf(u.Day) == nameOf(at) })
}

// TestAShorterRetentionDeletesNoDayBeforeItIsArchived although the engine would, as soon as it starts.
func TestAShorterRetentionDeletesNoDayBeforeItIsArchived(t *testing.T) {
	at, dir := old().Add(-20*day), t.TempDir()
	d := open(t, dir, func(c *logstore.Config) { c.Retention = 90 * day })
	d.put(many(at, 30)...)
	d.stop()
	short := func(c *logstore.Config) { c.Retention, c.Margin = 2*day, 7*day }
	for range 2 { // the second start finds the day as well
		d = open(t, dir, short)
		if !d.has(at) || len(d.all(at)) != 30 {
			t.Fatal("the engine has deleted the day")
		}
		if st := d.status(); st.Waiting != 1 || st.Behind > day {
			t.Errorf("the status is %+v", st)
		}
		if d.kept() < 24*day {
			t.Errorf("the engine keeps %v", d.kept())
		}
		d.stop()
	}
	d = open(t, dir, short)
	if st := d.archived(); st.Archived[0].Rows != 30 || !st.Archived[0].Closed || st.Waiting != 0 {
		t.Errorf("the status is %+v", st)
	}
	d.steps("the engine has the right retention", func(archive.Status) bool { return d.kept() == 9*day })
	d.up()
	within(t, "the day goes once it is archived", func() bool { return !d.has(at) })
}

// TestOverdueDaysStayForAMarginWhenArchivingFails and what is said of them says so.
func TestOverdueDaysStayForAMarginWhenArchivingFails(t *testing.T) {
	at, dir := old().Add(-20*day), t.TempDir()
	d := open(t, dir, func(c *logstore.Config) { c.Retention = 90 * day })
	d.put(many(at, 3)...)
	d.stop()
	d = open(t, dir, func(c *logstore.Config) { c.Retention, c.Margin = 2*day, 7*day })
	if goes := at.Truncate(day).Add(day + d.kept()); goes.Sub(clock.Wall().Now()) < 7*day {
		t.Errorf("it goes on %v", goes)
	}
	d.Clock = clock.NewFake(clock.Wall().Now().Add(6 * day))
	if st := d.status(); len(st.Due) != 1 || st.Behind < 3*day {
		t.Errorf("the status is %+v", st)
	}
}

// TestWithoutAnArchiveAShorterRetentionDeletesAtOnce which is what it is for.
func TestWithoutAnArchiveAShorterRetentionDeletesAtOnce(t *testing.T) {
	at, dir := old().Add(-20*day), t.TempDir()
	d := open(t, dir, func(c *logstore.Config) { c.Retention = 90 * day })
	d.put(many(at, 3)...)
	d.stop()
	d = open(t, dir, func(c *logstore.Config) { c.Retention, c.Margin = 2*day, 0 })
	within(t, "the day goes", func() bool { return !d.has(at) })
}
