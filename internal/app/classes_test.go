package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

const threeSources = `kind: Source
name: chatter
retention: short
---
kind: Source
name: orders
---
kind: Source
name: ledger
retention: long
`

// classes keep short lines for two days and long ones for a year.
func withClasses(o *app.Options) {
	o.LogRetention = 30 * aDay
	o.LogShort, o.LogLong = app.LogKeeping{Retention: 2 * aDay}, app.LogKeeping{Retention: 365 * aDay}
}

// sender sends lines for the sources, each with a key of its own.
type sender struct {
	t    *testing.T
	d    *apptest.Desk
	keys map[string]string
}

func newSender(t *testing.T, d *apptest.Desk) sender {
	t.Helper()
	s := sender{t, d, map[string]string{}}
	for _, source := range []string{"chatter", "orders", "ledger"} {
		key, _, err := d.Rooms.Sources.CreateKey(t.Context(), actor.Actor{Kind: actor.System, ID: "test", Name: "Test"}, source, "test")
		if err != nil {
			t.Fatal(err)
		}
		s.keys[source] = key
	}
	return s
}

// each sends a line for every source.
func (s sender) each(text string, at time.Time) {
	s.t.Helper()
	for source, key := range s.keys {
		body := fmt.Sprintf(`{"_msg":"%s of %s","_time":%q}`+"\n", text, source, at.Format(time.RFC3339Nano))
		req, err := http.NewRequest(http.MethodPost, "http://"+s.d.Addr()+"/insert/jsonline", strings.NewReader(body))
		if err != nil {
			s.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		s.d.Do(req).Status(http.StatusOK)
	}
}

// engineOf is the process of the engine that has a folder of this desk's.
func engineOf(t *testing.T, d *apptest.Desk, folder string) int {
	t.Helper()
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range environs {
		text, _ := os.ReadFile(path)
		if strings.Contains(string(text), `"dir":"`+filepath.Join(d.DataDir, "logs", folder)+`"`) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid
		}
	}
	t.Fatalf("no process has %s", folder)
	return 0
}

// TestLinesStayAsLongAsTheirSourceSays and one question finds those of all classes, also after one of their
// processes was killed.
func TestLinesStayAsLongAsTheirSourceSays(t *testing.T) {
	d := apptest.Open(t, "sqlite", withClasses)
	d.Apply(threeSources)
	d.StartLogs()
	s := newSender(t, d)
	now := clock.Wall().Now()
	s.each("fresh", now)
	s.each("ten days old", now.Add(-10*aDay))
	s.each("ninety days old", now.Add(-90*aDay))
	found(t, d)
	all := "* | fields _msg | sort by (_msg)"
	if got := question(t, d, all); len(got) != 9 {
		t.Fatalf("found are %q", got)
	}
	// What a source's class does not keep so long is under the instant of its arrival, as ever.
	if got := question(t, d, "original_time:* | fields _msg | sort by (_msg)"); len(got) != 3 ||
		strings.Count(strings.Join(got, " "), "of chatter") != 2 || strings.Count(strings.Join(got, " "), "of orders") != 1 {
		t.Errorf("too old are %q", got)
	}
	s.each("just before", now)
	if err := syscall.Kill(engineOf(t, d, "engine-long"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.each("meanwhile", now)
	within(t, time.Minute, "it is up again", func() bool { e := d.Logs.Status().Engine; return e.Up && e.Restarts == 1 })
	found(t, d)
	if got := question(t, d, "* | uniq by (_msg)"); len(got) != 15 {
		t.Errorf("after a crash %d lines are found: %q", len(got), got)
	}
	if got := question(t, d, "replay:* !source:ledger | stats count() n"); !strings.Contains(got[0], `"0"`) {
		t.Errorf("lines of other classes were sent again: %s", got)
	}
	d.ExpectLog("the log engine ended and is started again")
}

// TestOldLinesLeaveTheShortClassAndNotTheLongOne: the engine deletes days when it starts, and every hour.
func TestOldLinesLeaveTheShortClassAndNotTheLongOne(t *testing.T) {
	d := apptest.Open(t, "sqlite", withClasses)
	d.Apply(threeSources)
	d.StartLogs()
	within(t, time.Minute, "the engine is up", func() bool { return d.Logs.Status().Engine.Up })
	old := signal.Row{Time: clock.Wall().Now().Add(-10 * aDay), Fields: []signal.Field{{Name: "_msg", Value: "ten days old"}, {Name: "source", Value: "x"}}}
	for _, class := range []signal.Class{signal.Short, signal.Long} {
		p := d.Logs.Part(class)
		if err := p.Keep(20 * aDay); err != nil { // as if it had come when it was new
			t.Fatal(err)
		}
		within(t, time.Minute, "it is up again", func() bool { return d.Logs.Status().Engine.Up })
		if err := p.Put(t.Context(), []signal.Row{old}); err != nil {
			t.Fatal(err)
		}
		if err := p.Visible(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := question(t, d, "ten"); len(got) != 2 {
		t.Fatalf("before: %q", got)
	}
	d.Restart()
	within(t, time.Minute, "the engine is up", func() bool { return d.Logs.Status().Engine.Up })
	within(t, time.Minute, "the short line has gone", func() bool { return len(question(t, d, "ten")) == 1 })
	if days, err := d.Logs.Part(signal.Short).Days(); err != nil || len(days) != 0 {
		t.Errorf("the short class has %v, %v", days, err)
	}
	if days, err := d.Logs.Part(signal.Long).Days(); err != nil || len(days) != 1 {
		t.Errorf("the long class has %v, %v", days, err)
	}
}

// TestTheAPIShowsTheClasses that are on, and what they take.
func TestTheAPIShowsTheClasses(t *testing.T) {
	d := apptest.Open(t, "sqlite", func(o *app.Options) {
		withClasses(o)
		o.LogLong = app.LogKeeping{}
	})
	d.Apply(threeSources)
	d.StartLogs()
	newSender(t, d).each("fresh", clock.Wall().Now())
	found(t, d)
	if err := d.LookAtDisk(t.Context()); err != nil {
		t.Fatal(err)
	}
	k := keeping(t, d)
	if len(k.Classes) != 2 || k.Classes[0].Class != "standard" || k.Classes[1].Class != "short" || k.Classes[1].RetentionHours != 48 ||
		k.Classes[1].Bytes == 0 || !k.Classes[1].On {
		t.Errorf("the classes are %+v", k.Classes)
	}
}

func TestClassesThatCannotWorkAreRefusedAtTheStart(t *testing.T) {
	for what, o := range map[string]app.Options{
		"logs.retention_short must be shorter": {LogShort: app.LogKeeping{Retention: 2160 * time.Hour}},
		"logs.retention_long must be longer":   {LogLong: app.LogKeeping{Retention: 48 * time.Hour}},
		"logs.retention_short must be at":      {LogShort: app.LogKeeping{Retention: time.Hour}},
		"logs.max_disk_short needs":            {LogShort: app.LogKeeping{MaxDisk: 1}},
		"logs.max_disk_long must be given too": {LogMaxDisk: 1 << 30, LogLong: app.LogKeeping{Retention: 9600 * time.Hour}},
		"logs.retention_long works with":       {LogLong: app.LogKeeping{Retention: 9600 * time.Hour}, LogCluster: app.LogCluster{InsertURL: "http://a", SelectURL: "http://b"}},
	} {
		o.DataDir, o.Listen = t.TempDir(), "127.0.0.1:0"
		_, err := app.New(t.Context(), o)
		if !errs.Is(err, errs.Invalid) || !strings.Contains(strings.ReplaceAll(err.Error(), ":", ""), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
