package tail

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/agent/line"
	"mainstay/internal/base/clock"
)

// desk is a folder of logs and an agent that reads them.
type desk struct {
	*testing.T
	dir     string
	clock   *clock.Fake
	config  Config
	tailer  *Tailer
	spooled buffer
}

// buffer is a disk buffer that can be full.
type buffer struct {
	lines []byte
	full  bool
}

func (b *buffer) Append(lines []byte) error {
	if b.full {
		return errors.New("full")
	}
	b.lines = append(b.lines, lines...)
	return nil
}

func newDesk(t *testing.T, log Log) *desk {
	d := &desk{T: t, dir: t.TempDir(), clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	for i, p := range log.Paths {
		log.Paths[i] = filepath.Join(d.dir, p)
	}
	d.config = Config{Host: "web1", Logs: []Log{log}, Checkpoints: filepath.Join(t.TempDir(), "checkpoints.json"),
		MaxLine: 1 << 20, Buffer: &d.spooled, Clock: d.clock, Log: slog.New(slog.DiscardHandler)}
	d.restart()
	t.Cleanup(func() { d.tailer.Close() })
	return d
}

// restart begins anew from the checkpoints, as after kill -9.
func (d *desk) restart() {
	d.Helper()
	if d.tailer != nil {
		d.tailer.Close()
	}
	var err error
	if d.tailer, err = New(d.config); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) write(name, text string) {
	d.Helper()
	f, err := os.OpenFile(d.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	d.must(err)
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// got is a line as the server sees it.
type got map[string]string

// poll takes one step of d and returns the batch.
func (d *desk) poll(after time.Duration) *Batch {
	d.Helper()
	d.clock.Advance(after)
	d.must(d.tailer.Poll())
	b := &Batch{MaxBytes: 4 << 20, MaxLines: 10_000}
	d.tailer.Fill(b)
	return b
}

// read polls, commits and returns the lines.
func (d *desk) read(after time.Duration) []got {
	d.Helper()
	b := d.poll(after)
	d.must(d.tailer.Commit(b))
	return d.lines(b.Body)
}

func (d *desk) lines(body []byte) (lines []got) {
	d.Helper()
	for text := range strings.Lines(string(body)) {
		var g got
		if err := json.Unmarshal([]byte(text), &g); err != nil {
			d.Fatalf("%v in %s", err, text)
		}
		lines = append(lines, g)
	}
	return lines
}

func messages(lines []got) (out []string) {
	for _, l := range lines {
		out = append(out, l["_msg"])
	}
	return out
}

func (d *desk) want(got []string, want ...string) {
	d.Helper()
	if !slices.Equal(got, want) {
		d.Fatalf("got %q\nwant %q", got, want)
	}
}

func TestLinesCarryWhereTheyComeFrom(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}, Fields: []line.Field{{Name: "service", Value: "payments"}}})
	d.write("app.log", "one\r\n\ntwo\n")
	lines := d.read(0)
	d.want(messages(lines), "one", "two")
	two := lines[1]
	if two["host"] != "web1" || two["file"] != d.path("app.log") || two["offset"] != "6" || two["service"] != "payments" || len(two["file_id"]) != 12 {
		t.Fatalf("%v", two)
	}
	if _, there := two["_time"]; there {
		t.Fatal("a time that is not known was made up")
	}
}

func TestBytesThatAreNoTextStayReadable(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}})
	d.write("app.log", "Z\xfcrich \"q\" \\ \x01 \ufffd Zürich\n")
	d.want(messages(d.read(0)), "Z\\xfcrich \"q\" \\ \x01 \ufffd Zürich")
}

func TestWhatWasNotCommittedIsReadAgainAndWhatWasIsNot(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}})
	d.write("app.log", "one\n")
	d.read(0)
	d.write("app.log", "two\n")
	first := d.lines(d.poll(time.Second).Body)
	d.restart()
	again := d.lines(d.poll(time.Second).Body)
	d.want(messages(again), "two")
	if first[0]["file_id"] != again[0]["file_id"] || first[0]["offset"] != again[0]["offset"] {
		t.Fatalf("a repeat cannot be told: %v and %v", first, again)
	}
}

func TestFilesThatAppearLaterAreReadFromTheirStart(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"**/*.log"}, Exclude: []string{"debug*", "**/old/*.log"}})
	d.config.FromEnd = true
	d.restart()
	d.write("app.log", "before\n")
	d.want(messages(d.read(0)))
	d.must(os.MkdirAll(d.path("a/old"), 0o755))
	d.write("a/b.log", "later\n")
	d.write("debug.log", "no\n")
	d.write("a/old/b.log", "no\n")
	d.write("a/b.log.gz", "no\n")
	d.want(messages(d.read(ScanEvery)), "later")
	d.write("app.log", "after\n")
	d.want(messages(d.read(time.Second)), "after")
}

func TestARenamedFileIsReadToItsEndUnderItsFirstName(t *testing.T) {
	for _, pattern := range []string{"app.log", "app.log*"} {
		d := newDesk(t, Log{Paths: []string{pattern}})
		d.write("app.log", "one\n")
		d.read(0)
		d.write("app.log", "two\n")
		d.must(os.Rename(d.path("app.log"), d.path("app.log.1")))
		d.write("app.log.1", "three\n") // by the program, which has not noticed yet
		d.restart()
		lines := d.read(time.Second)
		d.want(messages(lines), "two", "three")
		if lines[0]["file"] != d.path("app.log") {
			t.Errorf("%s: %v", pattern, lines)
		}
		d.write("app.log", "four\n")
		d.want(messages(d.read(time.Second)), "four")
		d.want(messages(d.read(rotatedWait + time.Hour)))
		d.want(messages(d.read(ScanEvery)))
	}
}

func TestARotationSoonAfterARotationIsSeen(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}})
	d.write("app.log", "one\n")
	d.read(0)
	d.must(os.Rename(d.path("app.log"), d.path("app.log.1")))
	d.read(time.Second)
	d.write("app.log", "two\n")
	d.want(messages(d.read(time.Second)), "two")
}

func TestACopyThatWasTruncatedIsContinued(t *testing.T) {
	for _, pattern := range []string{"app.log", "app.log*"} {
		for _, after := range []string{"", "five\n", strings.Repeat("longer than before\n", 10)} {
			d := newDesk(t, Log{Paths: []string{pattern}})
			d.write("app.log", "one\n")
			d.read(0)
			d.write("app.log", "two\n")
			d.write("app.log.1", "one\n") // the copy is being made
			d.poll(ScanEvery)             // and its server is away
			d.write("app.log.1", "two\n")
			d.must(os.Truncate(d.path("app.log"), 0))
			d.write("app.log", after)
			got := messages(d.read(time.Second))
			slices.Sort(got)
			want := slices.Sorted(slices.Values(append(strings.Split(strings.TrimSuffix(after, "\n"), "\n"), "two")))
			d.want(got, slices.DeleteFunc(want, func(s string) bool { return s == "" })...)
			d.want(messages(d.read(ScanEvery)))
		}
	}
}

func TestADeletedFileIsReadToItsEndIntoTheBuffer(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}})
	d.write("app.log", "one\n")
	d.poll(0) // the server is away
	f, err := os.OpenFile(d.path("app.log"), os.O_APPEND|os.O_WRONLY, 0)
	d.must(err)
	defer f.Close()
	d.must(os.Remove(d.path("app.log")))
	d.spooled.full = true
	d.clock.Advance(time.Second)
	if err := d.tailer.Poll(); err == nil {
		t.Fatal("a full buffer was not noticed")
	}
	d.spooled.full = false
	d.want(messages(d.read(time.Second)))
	_, err = f.WriteString("two\nhalf")
	d.must(err)
	d.read(time.Second)
	d.want(messages(d.lines(d.spooled.lines)), "one", "two")
	d.read(LineWait)
	d.read(time.Second)
	d.want(messages(d.lines(d.spooled.lines)), "one", "two", "half")
	if len(d.tailer.files) != 0 {
		t.Error("the file is still held open")
	}
}

func TestAnInodeThatIsUsedAgainIsAnotherFile(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}})
	d.write("app.log", "one\n")
	d.read(0)
	f := d.tailer.files[0]
	d.tailer.Close()
	d.must(os.WriteFile(f.Path, []byte("another file\n"), 0o644)) // keeps the inode
	d.restart()
	d.want(messages(d.read(time.Second)), "another file")
}

func TestALineWithoutItsEndWaits(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}})
	d.write("app.log", "half")
	d.want(messages(d.read(0)))
	d.want(messages(d.read(LineWait - time.Second)))
	d.write("app.log", " and half")
	d.want(messages(d.read(time.Second)))
	lines := d.read(LineWait)
	d.want(messages(lines), "half and half")
	if lines[0]["unfinished"] != "true" {
		t.Error(lines)
	}
	d.write("app.log", "!\n")
	d.want(messages(d.read(0)), "!")
}

func TestALongLineIsCutIntoMarkedParts(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}})
	d.config.MaxLine = 16
	d.restart()
	d.write("app.log", strings.Repeat("ü", 20)+"\nshort\n")
	var all []got
	for range 4 { // each part in a batch of its own, after a restart
		d.must(d.tailer.Poll())
		b := &Batch{MaxBytes: 1, MaxLines: 1}
		d.tailer.Fill(b)
		d.must(d.tailer.Commit(b))
		all = append(all, d.lines(b.Body)...)
		d.restart()
	}
	d.want(messages(all), strings.Repeat("ü", 8), strings.Repeat("ü", 8), strings.Repeat("ü", 4), "short")
	for i, want := range []string{"1 false", "2 false", "3 true", " "} {
		if got := all[i]["part"] + " " + all[i]["part_last"]; got != want {
			t.Errorf("part %d is marked %q", i, got)
		}
	}
}

func TestStackTracesAreJoined(t *testing.T) {
	trace := "ERROR boom\n\tat a.B.c(B.java:1)\nCaused by: x\n\t... 3 more"
	start := regexp.MustCompile(`^\d{4}-`)
	cases := []struct {
		name, text string
		log        Log
		want       []string
	}{
		{"trace", "INFO a\n" + trace + "\nINFO b\nINFO", Log{Trace: true}, []string{"INFO a", trace}},
		{"Java's header", "2026-11-21 ERROR refused\njava.lang.IllegalStateException: no rate\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: x\n\t... 3 more\n2026-11-21 INFO next\n2026-11-21 INFO b\n", Log{Trace: true},
			[]string{"2026-11-21 ERROR refused\njava.lang.IllegalStateException: no rate\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: x\n\t... 3 more", "2026-11-21 INFO next"}},
		{"a header after a line of something else", "INFO started\nTypeError: x\n    at f (a.js:1)\nINFO b\nINFO c\n", Log{Trace: true}, []string{"INFO started", "TypeError: x\n    at f (a.js:1)", "INFO b"}},
		{"a header without frames", "ERROR a\nValueError: b\nINFO c\nINFO d\n", Log{Trace: true}, []string{"ERROR a", "ValueError: b", "INFO c"}},
		{"Python", "ERROR:root:refused\nTraceback (most recent call last):\n  File \"a.py\", line 1\n    x()\nValueError: bad\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\"\nKeyError: 'x'\nINFO b\nINFO c\n",
			Log{Trace: true}, []string{"ERROR:root:refused\nTraceback (most recent call last):\n  File \"a.py\", line 1\n    x()\nValueError: bad\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\"\nKeyError: 'x'", "INFO b"}},
		{"Python alone", "INFO a\nTraceback (most recent call last):\n  File \"a.py\"\nexit.Status: 1\nINFO b\nKeyboardInterrupt\nINFO c\n", Log{Trace: true},
			[]string{"INFO a", "Traceback (most recent call last):\n  File \"a.py\"", "exit.Status: 1", "INFO b", "KeyboardInterrupt"}},
		{"Go", "panic: boom [recovered]\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a.go:3 +0x1d\nmain.main()\n\t/a.go:9\n\ngoroutine 7 [select]:\nnet.(*x).y(...)\n\t/b.go:1\ncreated by main.main in goroutine 1\n\t/a.go:2\nexit status 2\nb\n", Log{Trace: true},
			[]string{"panic: boom [recovered]\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a.go:3 +0x1d\nmain.main()\n\t/a.go:9\n\ngoroutine 7 [select]:\nnet.(*x).y(...)\n\t/b.go:1\ncreated by main.main in goroutine 1\n\t/a.go:2", "exit status 2"}},
		{"empty lines", "a\n\nb\n\n\nc\n", Log{Trace: true}, []string{"a", "b"}},
		{"crlf", "a\r\n  b\r\nc\r\nd\r\n", Log{Trace: true}, []string{"a\n  b", "c"}},
		{"start", "lost\n2026-01-01 a\nb\n\nc\n2026-01-02 d\n2026-01-03 e\n", Log{Start: start}, []string{"lost", "2026-01-01 a\nb\n\nc", "2026-01-02 d"}},
		{"off", "a\n  b\n", Log{}, []string{"a", "  b"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.log.Paths = []string{"app.log"}
			d := newDesk(t, c.log)
			d.write("app.log", c.text)
			d.want(messages(d.read(0)), c.want...)
		})
	}
}

func TestTheLastGroupWaitsForMoreLines(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"app.log"}, Trace: true})
	d.write("app.log", "a\n  b\n")
	d.want(messages(d.read(0)))
	d.write("app.log", "  c\n")
	d.want(messages(d.read(GroupWait / 2)))
	d.want(messages(d.read(GroupWait)), "a\n  b\n  c")
}

func TestABatchIsBoundedAndFilesTakeTurns(t *testing.T) {
	d := newDesk(t, Log{Paths: []string{"*.log"}})
	for i := range 100 {
		d.write("busy.log", fmt.Sprintf("%d\n", i))
	}
	d.write("quiet.log", "q\n")
	var all []string
	for range 3 {
		d.must(d.tailer.Poll())
		b := &Batch{MaxBytes: 1 << 20, MaxLines: 5}
		d.tailer.Fill(b)
		d.must(d.tailer.Commit(b))
		if b.Lines > 5 {
			t.Fatalf("%d lines", b.Lines)
		}
		all = append(all, messages(d.lines(b.Body))...)
	}
	if !slices.Contains(all, "q") {
		t.Fatalf("the quiet log waits: %q", all)
	}
}
