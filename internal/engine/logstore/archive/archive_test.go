package archive_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
	"mainstay/internal/engine/signal"
)

// strange are lines that an archive could change.
func strange(at time.Time) []signal.Row {
	return []signal.Row{
		row(at, "quotes \" and \\ and\nlines\tand \x00\x01\x1f control"),
		row(at, "not UTF-8: \xff\xfe\xc3(", "field \xff", "v\xff"),
		row(at, "twice the same"), row(at, "twice the same"),
		row(at.Add(1), "one nanosecond later"),
		row(at, "odd stream", "host", `a="b",{c}`, "odd name", "x,y=\"z\""),
		row(at, "its own mark", archive.Restored, "yes"),
		row(at, "", "only", "fields"),
		row(at, strings.Repeat("long ", 100_000)),
		row(at, "<b>&amp;</b> \u2028 \U0001F600", "nested.name", "1.0"),
		row(at.Truncate(day), "the first instant"), row(at.Truncate(day).Add(day-1), "the last instant"),
	}
}

func TestAnArchivedDayComesBackLineByLine(t *testing.T) {
	at := old()
	d := open(t, t.TempDir())
	d.put(append(many(at, 1000), strange(at)...)...)
	before := d.all(at)
	st := d.archived()
	if m := st.Archived[0]; m.Rows != int64(len(before)) || m.Day != nameOf(at) || !m.Closed || !m.First.Equal(at.Truncate(day)) || !m.Last.Equal(at.Truncate(day).Add(day-1)) {
		t.Fatalf("the manifest says %+v of %d lines", m, len(before))
	}
	if lines := unpacked(t, d, st.Archived[0]); len(lines) != len(before) {
		t.Errorf("the file has %d lines, want %d", len(lines), len(before))
	}

	d = d.ageOut(at, day) // now the engine keeps two days: this one is too old for it
	if got := d.all(at); len(got) != 0 {
		t.Fatalf("%d lines are still there", len(got))
	}
	d.list()
	if err := d.Restore(nameOf(at), 3*day); err != nil {
		t.Fatal(err)
	}
	st = d.steps("the day is back", func(st archive.Status) bool { return len(st.Restored) == 1 && st.Restored[0].Done })
	if st.Restored[0].Rows != int64(len(before)) {
		t.Errorf("%d lines were sent, want %d", st.Restored[0].Rows, len(before))
	}
	if got := d.all(at); !slices.Equal(got, before) {
		t.Errorf("what came back differs: %d lines, want %d\n%s", len(got), len(before), firstDifference(got, before))
	}
	if n := d.marked(at); n != len(before) {
		t.Errorf("%d of %d lines are marked", n, len(before))
	}

	if err := d.Restore(nameOf(at), 3*day); err != nil { // once more
		t.Fatal(err)
	}
	d.steps("the day is back again", func(st archive.Status) bool { return st.Restored[0].Done })
	if got := d.all(at); !slices.Equal(got, before) {
		t.Errorf("a second restore changed what is there: %d lines, want %d", len(got), len(before))
	}
	if st := d.status(); len(st.Due) != 0 {
		t.Errorf("a restored day is to be archived again: %v", st.Due)
	}
}

// list waits for the first listing of what is archived.
func (d *desk) list() {
	d.t.Helper()
	d.steps("archives are listed", func(st archive.Status) bool { return !st.Listed.IsZero() })
}

// marked counts lines with the mark, which is a date whatever a line had there.
func (d *desk) marked(at time.Time) int {
	answer, err := d.Store.Select(d.t.Context(), "query", map[string][]string{"query": {"_time:" + nameOf(at) + "Z " + archive.Restored + `:~"^20[0-9-]{8}$"`}}, signal.Scope{All: true})
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return bytes.Count(body, []byte("\n"))
}

// unpacked reads an archive with nothing but zstd.
func unpacked(t *testing.T, d *desk, m archive.Manifest) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(string(d.target), m.File))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func firstDifference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return "got  " + cut(got[i]) + "\nwant " + cut(want[i])
		}
	}
	return "one is longer"
}

func cut(s string) string { return s[:min(len(s), 500)] }

// TestRestoredDaysGoWhenTheirTimeIsOver and not before days that are older than the retention are archived.
func TestRestoredDaysGoWhenTheirTimeIsOver(t *testing.T) {
	at := old()
	d := open(t, t.TempDir())
	d.put(many(at, 30)...)
	d.archived()
	d = d.ageOut(at, day)
	d.list()
	if kept := d.kept(); kept != 2*day {
		t.Fatalf("the engine keeps %v", kept)
	}
	if err := d.Restore(nameOf(at), day); err != nil {
		t.Fatal(err)
	}
	d.steps("the day is back", func(st archive.Status) bool { return st.Restored[0].Done })
	if hold, err := archive.HeldFor(filepath.Join(d.dir, "keeping")); err != nil || hold[signal.Standard] != d.kept() || d.kept() < 5*day {
		t.Errorf("after a restart the engine would keep %v, now it keeps %v; %v", hold, d.kept(), err)
	}
	d.Clock = clock.NewFake(clock.Wall().Now().Add(2 * day))
	d.steps("the day may go", func(st archive.Status) bool { return len(st.Restored) == 0 })
	if kept := d.kept(); kept != 2*day {
		t.Errorf("the engine keeps %v", kept)
	}
	d.up()
	within(t, "the engine has deleted the day", func() bool {
		days, err := d.Store.Parts()[0].Days()
		return err == nil && !slices.ContainsFunc(days, func(u logstore.DayUse) bool { return nameOf(u.Day) == nameOf(at) })
	})
}

func TestADayThatAnybodyHasDamagedIsFoundAndNotRestored(t *testing.T) {
	at := old()
	d := open(t, t.TempDir())
	d.put(many(at, 500)...)
	m := d.archived().Archived[0]
	path := filepath.Join(string(d.target), m.File)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d = d.ageOut(at, 10*day)
	d.list()
	for what, damage := range map[string]func() []byte{
		"a byte is another one": func() []byte {
			b := bytes.Clone(whole)
			b[len(b)/2] ^= 1
			return b
		},
		"the end is missing": func() []byte { return whole[:len(whole)-7] },
		"it is empty":        func() []byte { return nil },
		"lines were added":   func() []byte { return append(bytes.Clone(whole), whole...) },
	} {
		if err := os.WriteFile(path, damage(), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := d.Verify(m.Day); err != nil {
			t.Fatal(err)
		}
		st := d.steps("it is checked", func(st archive.Status) bool { return !st.Checked[m.Of()].At.IsZero() })
		if got := st.Checked[m.Of()].Err; !strings.Contains(got, "is damaged") {
			t.Errorf("%s: the check says %q", what, got)
		}
		if err := d.Restore(m.Day, day); err != nil {
			t.Fatal(err)
		}
		st = d.steps("restoring has ended", func(st archive.Status) bool { return st.Restored[0].Err != "" || st.Restored[0].Done })
		if got := st.Restored[0].Err; !strings.Contains(got, "is damaged") {
			t.Errorf("%s: restoring says %q", what, got)
		}
		if got := d.all(at); len(got) != 0 {
			t.Errorf("%s: %d lines were restored", what, len(got))
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(m.Day); err != nil {
		t.Fatal(err)
	}
	if st := d.steps("it is checked", func(st archive.Status) bool { return !st.Checked[m.Of()].At.IsZero() }); st.Checked[m.Of()].Err != "" {
		t.Errorf("the whole archive is said to be %q", st.Checked[m.Of()].Err)
	}
	if err := os.WriteFile(filepath.Join(string(d.target), "logs-"+m.Day+".json"), []byte(`{"format":"mains`), 0o600); err != nil {
		t.Fatal(err)
	}
	d.again()
	if st := d.steps("archives are listed", func(st archive.Status) bool { return !st.Listed.IsZero() }); len(st.Bad) != 1 || len(st.Archived) != 0 {
		t.Errorf("a manifest that cannot be read is said to be %v, %v", st.Bad, st.Archived)
	}
}

// victim names the directory of a server that archives and is killed meanwhile.
const victim = "MAINSTAY_TEST_ARCHIVE_VICTIM"

func archiveUntilKilled(dir string) {
	s, err := logstore.Open(config(dir, io.Discard))
	if err != nil {
		panic(err)
	}
	s.Start()
	for !s.Status().Engine.Up {
		<-clock.Wall().After(time.Millisecond)
	}
	a, err := archive.New(archive.Config{Store: s, Target: archive.Dir(filepath.Join(dir, "archive")), Work: filepath.Join(dir, "keeping"), Log: s.Log, Rest: 5}.SliceRows(100))
	if err != nil {
		panic(err)
	}
	for {
		if _, err := a.Step(context.Background()); err != nil {
			panic(err)
		}
	}
}

func TestArchivingGoesOnAfterAKill(t *testing.T) {
	at, dir := old(), t.TempDir()
	d := open(t, dir)
	d.put(many(at, 3000)...)
	before := d.all(at)
	d.stop()
	notes := filepath.Join(dir, "keeping", nameOf(at)+".part.json")
	for range 3 {
		size := noteSize(notes)
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), victim+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		within(t, "something is written", func() bool { return noteSize(notes) > size })
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // says that it was killed
	}
	part, err := os.OpenFile(strings.TrimSuffix(notes, ".json"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.WriteString("a slice that was cut off"); err != nil {
		t.Fatal(err)
	}
	if err := part.Close(); err != nil {
		t.Fatal(err)
	}

	d = open(t, dir)
	m := d.archived().Archived[0]
	lines := unpacked(t, d, m)
	if m.Rows != int64(len(before)) || len(lines) != len(before) || !slices.IsSorted(times(lines)) {
		t.Errorf("%d lines are archived, the manifest says %d, want %d", len(lines), m.Rows, len(before))
	}
	d = d.ageOut(at, 10*day)
	d.list()
	if err := d.Restore(m.Day, day); err != nil {
		t.Fatal(err)
	}
	d.steps("the day is back", func(st archive.Status) bool { return st.Restored[0].Done })
	if got := d.all(at); !slices.Equal(got, before) {
		t.Errorf("what came back differs: %s", firstDifference(got, before))
	}
}

// noteSize grows with each slice: the count of lines is in it.
func noteSize(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), `"rows":`)
	n := int64(0)
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + int64(c-'0')
	}
	return n
}

func times(lines []string) (out []string) {
	for _, l := range lines {
		out = append(out, l[:len(`{"_time":"2026-01-01T00:00:00.000000000Z`)])
	}
	return out
}

func TestADayIsArchivedOnceAndOnlyWhenItIsOldEnough(t *testing.T) {
	at := old()
	d := open(t, t.TempDir())
	today := clock.Wall().Now()
	d.put(row(at, "old"), row(at.Add(-day), "older"), row(today, "new"), row(today.Add(-day), "of yesterday"))
	st := d.archived()
	if len(st.Archived) != 2 || st.Archived[0].Day != nameOf(at) || st.Archived[1].Day != nameOf(at.Add(-day)) {
		t.Fatalf("archived are %+v", st.Archived)
	}
	files, err := d.target.List(t.Context())
	if err != nil || len(files) != 4 {
		t.Errorf("the files are %v; %v", files, err)
	}
	d.again()
	if r, err := d.Step(t.Context()); err != nil || r.Did != 0 {
		t.Errorf("it did %d; %v", r.Did, err)
	}
	if left, err := os.ReadDir(filepath.Join(d.dir, "keeping")); err != nil || len(left) != 0 {
		t.Errorf("left over: %v; %v", left, err)
	}
}

func TestAnArchiveThatFailsIsTriedAgainAndSaysSo(t *testing.T) {
	at := old()
	d := open(t, t.TempDir())
	d.put(many(at, 10)...)
	if err := os.WriteFile(string(d.target), []byte("no directory"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := clock.NewFake(clock.Wall().Now())
	d.Clock = now
	st := d.steps("it fails", func(st archive.Status) bool { return st.Failing != "" })
	if len(st.Due) != 1 || st.Behind < day || st.Since.IsZero() {
		t.Errorf("the status is %+v", st)
	}
	if err := os.Remove(string(d.target)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Step(t.Context()); err != nil || d.status().Failing == "" {
		t.Errorf("it is tried again at once; %v", err)
	}
	d.Clock = clock.Wall()
	if err := d.Now(); err != nil {
		t.Fatal(err)
	}
	if st := d.archived(); st.Failing != "" || st.Behind != 0 {
		t.Errorf("the status is %+v", st)
	}
}

// TestDaysAreArchivedBeforeTheLimitOfTheDiskTakesThem and again when lines were added until their time.
func TestDaysAreArchivedBeforeTheLimitOfTheDiskTakesThem(t *testing.T) {
	at := old()
	d := open(t, t.TempDir())
	d.Store.Parts()[0].Retention = 5 * day // none is old enough
	d.put(many(at, 10)...)
	if st := d.status(); len(st.Due) != 0 || st.Crowded {
		t.Fatalf("the status is %+v", st)
	}
	d.Store.Parts()[0].MaxDisk = 1 // told to the archive alone: the engine would keep nothing to archive
	if st := d.status(); len(st.Due) != 1 || !st.Crowded {
		t.Fatalf("the status is %+v", st)
	}
	first := d.archived().Archived[0]
	if first.Closed || first.Rows != 10 {
		t.Errorf("the manifest says %+v", first)
	}
	d.put(row(at, "late"))
	d.Store.Parts()[0].Retention = day
	last := d.archived().Archived[0]
	if !last.Closed || last.Rows != 11 {
		t.Errorf("the manifest says %+v", last)
	}
}
