package logstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

const aDay = 24 * time.Hour

// classes switches the short and the long class on.
func classes(c *logstore.Config) {
	c.Retention = 30 * aDay
	c.Classes = map[signal.Class]logstore.Keeping{signal.Short: {Retention: 2 * aDay}, signal.Long: {Retention: 400 * aDay}}
}

// in is a change of a configuration to a directory.
func in(dir string) func(*logstore.Config) { return func(c *logstore.Config) { c.Dir = dir } }

// has says how many lines of a class a query finds.
func (d *desk) has(class signal.Class, query string) int {
	d.t.Helper()
	return d.countIn(d.Part(class), query)
}

func (d *desk) up() {
	d.t.Helper()
	within(d.t, time.Minute, "the engine is up", func() bool { return d.Status().Engine.Up })
}

func TestLinesOfAllClassesAreFoundByOneQuestion(t *testing.T) {
	t.Parallel()
	d := open(t, classes)
	for _, class := range signal.Classes {
		d.appendAs(class, many(string(class), 300)...)
	}
	old := row("long", "of a year ago")
	old.Time = old.Time.Add(-365 * aDay)
	d.appendAs(signal.Long, old)
	d.appendAs("eternal", row("unknown", "of a class that there is not"))
	d.flush()
	d.up()
	if n := d.count("*"); n != 902 {
		t.Errorf("%d lines are found", n)
	}
	for class, want := range map[signal.Class]int{signal.Short: 300, signal.Standard: 301, signal.Long: 301} {
		if n := d.has(class, "*"); n != want {
			t.Errorf("the storage of %s lines has %d, want %d", class, n, want)
		}
	}
	if got := d.ask("stats_query", signal.Scope{All: true}, "query=* | stats by (service) count() n"); strings.Count(got, `"300"`) != 2 || !strings.Contains(got, `"301"`) {
		t.Errorf("statistics are %s", got)
	}
	if got := d.ask("tail", signal.Scope{All: true}, "query=*", "start_offset=3600000"); strings.Count(got, "\n") != 901 {
		t.Errorf("the tail has %d lines", strings.Count(got, "\n"))
	}
}

func TestNoQuestionLeavesItsScopeWhenThereAreClasses(t *testing.T) {
	t.Parallel()
	leavesNot(t, open(t, classes), signal.Short, signal.Long)
}

// TestAWrongQuestionIsWrongToTheFrontToo and no sign that something is down.
func TestAWrongQuestionIsWrongToTheFrontToo(t *testing.T) {
	t.Parallel()
	d := open(t, classes)
	d.up()
	if got := d.ask("query", signal.Scope{All: true}, "query=a:(b"); !strings.Contains(got, "refused: cannot parse query") {
		t.Errorf("the answer is %s", got)
	}
	long := "x" + strings.Repeat("y", 2000)
	var rows []signal.Row
	for i := range 1500 {
		rows = append(rows, row("payments", "wide", fmt.Sprintf("id=%s%d", long, i)))
	}
	d.append(rows...)
	d.flush()
	if got := d.ask("query", signal.Scope{All: true}, "query=id:in(wide | fields id) | stats count() n"); !strings.Contains(got, `"1500"`) {
		t.Errorf("a question that grows to megabytes on its way is answered %.300s", got)
	}
}

// TestAnEngineOfOneClassThatDiesRepeatsNothingOfTheOthers and nothing of any class is lost.
func TestAnEngineOfOneClassThatDiesRepeatsNothingOfTheOthers(t *testing.T) {
	t.Parallel()
	d := open(t, classes)
	both := func(batch string) {
		for i := range 20 {
			for _, class := range signal.Classes {
				d.appendAs(class, row(string(class), fmt.Sprintf("%s %d", batch, i)))
			}
		}
	}
	both("before")
	d.flush()
	d.up()
	first := d.Part(signal.Short).Condition()
	d.KillPart(signal.Short)
	both("meanwhile")
	within(t, time.Minute, "it is up again", func() bool { return d.Part(signal.Short).Condition().Generation > first.Generation })
	d.flush()
	d.up()
	if n := d.count("* | uniq by (service, _msg)"); n != 120 {
		t.Errorf("%d of 120 lines are found", n)
	}
	if n := d.has(signal.Short, "before replay:*"); n != 20 {
		t.Errorf("%d of 20 lines that may have gone are marked", n)
	}
	for _, class := range []signal.Class{signal.Standard, signal.Long} {
		if n := d.has(class, "*"); n != 40 {
			t.Errorf("the storage of %s lines has %d of 40: some were sent again", class, n)
		}
	}
	if e := d.Status().Engine; e.Restarts != 1 {
		t.Errorf("the engine as a whole is %+v", e)
	}
}

// TestWhileOneClassIsDownQuestionsAreNotWrong but cannot be answered now, and the reason is said.
func TestWhileOneClassIsDownQuestionsAreNotWrong(t *testing.T) {
	t.Parallel()
	d := open(t, classes)
	d.up()
	for _, kill := range []func(){func() { d.KillPart(signal.Long) }, d.KillFront} {
		kill()
		var said string
		within(t, time.Minute, "a question is refused", func() bool {
			said = d.ask("query", signal.Scope{All: true}, "query=*")
			return said != ""
		})
		if !strings.Contains(said, "the log engine can") {
			t.Errorf("it is answered %s", said)
		}
		d.flush()
	}
	if got := d.ask("query", signal.Scope{All: true}, "query=* | stats count() n"); !strings.Contains(got, `"0"`) {
		t.Errorf("afterwards: %s", got)
	}
}

// TestAClassThatIsSwitchedOffIsReadUntilItsLinesHaveAgedOut and what comes new is standard.
func TestAClassThatIsSwitchedOffIsReadUntilItsLinesHaveAgedOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, in(dir))
	first.append(row("a", "from before there were classes"))
	first.flush()
	first.stop()
	for _, path := range []string{"classes.json", "engine-short", "engine-front", "forwarder-short"} {
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil {
			t.Errorf("without classes there is a %s", path)
		}
	}
	on := open(t, classes, in(dir))
	on.appendAs(signal.Long, row("b", "to be kept long"))
	on.flush()
	on.appendAs(signal.Long, row("b", "on its way")) // it may still be in the spool
	on.stop()
	off := openAgain(t, dir)
	if p := off.Part(signal.Long); p.On || p.Retention != 400*aDay {
		t.Errorf("the class is %+v", p)
	}
	off.appendAs(signal.Long, row("c", "sent as long when that is off"))
	off.flush()
	off.up()
	if n := off.count("* | uniq by (_msg)"); n != 4 {
		t.Errorf("%d of 4 lines are found", n)
	}
	if n := off.has(signal.Long, "*"); n != 2 {
		t.Errorf("of the class, %d", n)
	}
	off.stop()
	if err := os.RemoveAll(filepath.Join(dir, "engine-long", "partitions")); err != nil { // as the engine does when they are old
		t.Fatal(err)
	}
	openAgain(t, dir).stop()
	last := openAgain(t, dir)
	last.flush()
	if n := len(last.Parts()); n != 1 {
		t.Errorf("there are %d parts", n)
	}
	if n := last.count("*"); n != 2 {
		t.Errorf("%d of 2 standard lines are found", n)
	}
}

// TestTheSpoolLetsGoOfLinesThatAClassDoesNotWaitFor even if nothing of a class ever comes.
func TestTheSpoolLetsGoOfLinesThatAClassDoesNotWaitFor(t *testing.T) {
	t.Parallel()
	d := open(t, classes)
	d.append(many("payments", 100)...)
	d.flush()
	within(t, time.Minute, "everything is durable", func() bool { return d.Status().Unsettled == 0 })
	for _, r := range d.Status().Spool.Readers {
		if r.Bytes != 0 {
			t.Errorf("%s holds %d bytes", r.Reader, r.Bytes)
		}
	}
}

// TestACorruptDayOfAClassIsSetAsideUnderItsName and the same day of the others serves on.
func TestACorruptDayOfAClassIsSetAsideUnderItsName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, classes, in(dir))
	for _, class := range signal.Classes {
		first.appendAs(class, row(string(class), "today"))
	}
	first.flush()
	first.stop()
	days, err := filepath.Glob(filepath.Join(dir, "engine-short", "partitions", "*", "datadb", "parts.json"))
	if err != nil || len(days) != 1 {
		t.Fatal(days, err)
	}
	if err := os.WriteFile(days[0], []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	told := make(chan logstore.Event, 4)
	second := open(t, classes, in(dir), func(c *logstore.Config) { c.Tell = func(e logstore.Event) { told <- e } })
	second.flush()
	second.up()
	if n := second.count("today"); n != 2 {
		t.Errorf("%d lines of the others", n)
	}
	if e := <-told; !strings.HasSuffix(e.SetAside, ".short") || !strings.Contains(e.Text, "The short log lines of") {
		t.Errorf("told %+v", e)
	}
}
