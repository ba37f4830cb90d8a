package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/api"
	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

const aDay = 24 * time.Hour

var observing = actor.Actor{Kind: actor.User, ID: "u1", Name: "Vera", Role: actor.Observer}

// keptDesk keeps lines for a day and archives them.
func keptDesk(t *testing.T, archive string) *apptest.Desk {
	t.Helper()
	d := apptest.Open(t, "sqlite", func(o *app.Options) {
		o.LogRetention, o.LogArchive = aDay, app.ArchiveOptions{To: archive, Margin: 10 * aDay}
	})
	d.StartLogs()
	within(t, time.Minute, "the engine is up", func() bool { return d.Logs.Status().Engine.Up })
	return d
}

// store puts lines of a day that is due into the store and returns the day.
func store(t *testing.T, d *apptest.Desk, ago time.Duration) string {
	t.Helper()
	at := clock.Wall().Now().Truncate(aDay).Add(aDay/2 - ago)
	if err := d.Logs.Put(t.Context(), []signal.Row{{Time: at, Fields: []signal.Field{{Name: "_msg", Value: "an old line"}, {Name: "source", Value: "direct"}}}}); err != nil {
		t.Fatal(err)
	}
	if err := d.Logs.Visible(t.Context()); err != nil {
		t.Fatal(err)
	}
	return at.Format(time.DateOnly)
}

// worked runs the worker of the archive until something holds.
func worked(t *testing.T, d *apptest.Desk, what string, holds func(api.LogKeeping) bool) api.LogKeeping {
	t.Helper()
	var k api.LogKeeping
	within(t, time.Minute, what, func() bool {
		if err := d.StepArchive(t.Context()); err != nil {
			t.Fatal(err)
		}
		k = keeping(t, d)
		return holds(k)
	})
	return k
}

func keeping(t *testing.T, d *apptest.Desk) (k api.LogKeeping) {
	t.Helper()
	answer := d.Call(http.MethodGet, "/api/v1/log-archive", nil)
	answer.Status(http.StatusOK)
	if err := json.NewDecoder(bytes.NewReader(answer.Body)).Decode(&k); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOldDaysAreArchivedCheckedAndRestoredOverTheAPI(t *testing.T) {
	d := keptDesk(t, filepath.Join(t.TempDir(), "archive"))
	day := store(t, d, 4*aDay)
	k := worked(t, d, "the day is archived", func(k api.LogKeeping) bool { return len(k.Archived) == 1 })
	if k.Archived[0].Day != day || k.Archived[0].Lines != 1 || k.KeptHours != 11*24 || len(k.Due) != 0 {
		t.Errorf("keeping is %+v", k)
	}
	const root = "/api/v1/log-archive/"
	d.Call(http.MethodPost, root+"run", nil).Status(http.StatusOK)
	d.Call(http.MethodPost, root+day+"/verify", nil).Status(http.StatusOK)
	k = worked(t, d, "the day is read back", func(k api.LogKeeping) bool { return len(k.Archived) == 1 && k.Archived[0].Checked != nil })
	if k.Archived[0].Damage != "" {
		t.Errorf("it is damaged: %s", k.Archived[0].Damage)
	}
	d.Call(http.MethodPost, root+day+"/restore", map[string]string{"keep": "soon"}).Status(http.StatusUnprocessableEntity)
	d.Call(http.MethodPost, root+day+"/restore", map[string]string{"keep": "1h"}).Status(http.StatusUnprocessableEntity)
	d.Call(http.MethodPost, root+"2020-01-01/restore", map[string]string{}).Status(http.StatusNotFound)
	d.Call(http.MethodPost, root+"yesterday/restore", map[string]string{}).Status(http.StatusUnprocessableEntity)
	d.Call(http.MethodPost, root+day+"/restore", map[string]string{"keep": "48h"}).Status(http.StatusOK)
	k = worked(t, d, "the day is restored", func(k api.LogKeeping) bool { return len(k.Restored) == 1 && k.Restored[0].Done })
	if k.Restored[0].Lines != 0 || k.RestoredUntil == nil {
		t.Errorf("what is there was stored again: %+v", k)
	}
	for _, act := range []error{
		d.ArchiveLogs(t.Context(), observing), d.VerifyLogs(t.Context(), observing, day), d.RestoreLogs(t.Context(), observing, day, 2*aDay),
	} {
		if !errs.Is(act, errs.Forbidden) {
			t.Errorf("an observer may: %v", act)
		}
	}
}

// TestWhoAskedTheArchiveForWhatIsInTheAuditTrail, also where the archive refused.
func TestWhoAskedTheArchiveForWhatIsInTheAuditTrail(t *testing.T) {
	d := keptDesk(t, filepath.Join(t.TempDir(), "archive"))
	day := store(t, d, 4*aDay)
	worked(t, d, "the day is archived", func(k api.LogKeeping) bool { return len(k.Archived) == 1 })
	olga := actor.Actor{Kind: actor.User, ID: "o", Name: "Olga Operator", Role: actor.Admin}
	if err := errors.Join(d.ArchiveLogs(t.Context(), olga), d.VerifyLogs(t.Context(), olga, day), d.RestoreLogs(t.Context(), olga, day, 2*aDay)); err != nil {
		t.Fatal(err)
	}
	if err := d.RestoreLogs(t.Context(), olga, "2020-01-01", 2*aDay); !errs.Is(err, errs.NotFound) {
		t.Fatalf("a day that is not there: %v", err)
	}
	if err := d.RestoreLogs(t.Context(), observing, day, 2*aDay); !errs.Is(err, errs.Forbidden) {
		t.Fatal(err)
	}
	want := []string{`log_archive.run-asked Olga Operator {}`, `log_archive.check-asked Olga Operator {"day":"` + day + `"}`,
		`log_archive.restore-asked Olga Operator {"day":"` + day + `","hold":172800000000000}`,
		`log_archive.restore-asked Olga Operator {"day":"2020-01-01","hold":172800000000000}`, `log_archive.refused Olga Operator {"reason":"`}
	got := recorded(t, d, "log_archive")
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("the ledger has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestARestoreGoesOnAsSoonAsTheEngineIsBack and not with the next look of the worker.
func TestARestoreGoesOnAsSoonAsTheEngineIsBack(t *testing.T) {
	d := keptDesk(t, filepath.Join(t.TempDir(), "archive"))
	if err := d.Logs.Parts()[0].Keep(90 * aDay); err != nil { // as a restore does
		t.Fatal(err)
	}
	next, err := d.ArchiveAgain(t.Context())
	if wait := next.Sub(d.App.Clock.Now()); err != nil || next.IsZero() || wait > 2*time.Second {
		t.Errorf("it looks again in %v; %v", wait, err)
	}
}

// TestWhatLinesTakeIsNotOld for who asks for it.
func TestWhatLinesTakeIsNotOld(t *testing.T) {
	d := keptDesk(t, filepath.Join(t.TempDir(), "archive"))
	if k := keeping(t, d); k.Bytes != 0 || k.Seen == nil {
		t.Fatalf("at first: %+v", k)
	}
	day := store(t, d, 0)
	within(t, 20*time.Second, "the day is shown", func() bool {
		k := keeping(t, d)
		return k.Bytes > 0 && len(k.Days) == 1 && k.Days[0].Day == day
	})
}

// TestDaysThatCannotBeArchivedAreSaidLongBeforeTheyAreDeleted on the board, and by an alert.
func TestDaysThatCannotBeArchivedAreSaidLongBeforeTheyAreDeleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(path, []byte("no directory"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := keptDesk(t, path)
	said := func() string {
		if err := d.StepArchive(t.Context()); err != nil {
			t.Fatal(err)
		}
		return strings.Join(troubles(t, d), " ")
	}
	store(t, d, 3*aDay)
	if got := said(); strings.Contains(got, "not archived") {
		t.Errorf("a day that is hardly late is said: %s", got)
	}
	day := store(t, d, 7*aDay)
	if got := said(); !strings.Contains(got, "Log lines of "+day+" are not archived in "+path+", and are deleted in") {
		t.Errorf("the board says %q", got)
	}
}

func TestAnArchiveThatCannotWorkIsRefusedAtTheStart(t *testing.T) {
	for what, o := range map[string]app.Options{
		"logs.archive":          {LogArchive: app.ArchiveOptions{To: "x"}, LogCluster: app.LogCluster{InsertURL: "http://a", SelectURL: "http://b"}},
		"logs.archive_margin":   {LogArchive: app.ArchiveOptions{To: "x", Margin: time.Hour}},
		"logs.archive_endpoint": {LogArchive: app.ArchiveOptions{To: "s3://bucket/prefix"}},
	} {
		o.DataDir, o.Listen = t.TempDir(), "127.0.0.1:0"
		if _, err := app.New(t.Context(), o); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
