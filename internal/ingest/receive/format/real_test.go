package format_test

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/format"
)

// shared is the folder of real input, beside the checkout; "" when it is not there.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("MAINSTAY_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "data", "logs")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the real logs are not here (%s): set MAINSTAY_SHARED", dir)
	}
	return dir
}

func linesOf(t testing.TB, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	s := bufio.NewScanner(strings.NewReader(string(b)))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		out = append(out, s.Text())
	}
	return out
}

func parse(t testing.TB, o format.Options, lines ...string) ([]signal.Row, format.Kind) {
	t.Helper()
	var rows []signal.Row
	p := format.New(o, func(row signal.Row, _ int) error {
		rows = append(rows, row)
		return nil
	})
	for _, line := range lines {
		if err := p.Line([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return rows, p.Kind
}

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func TestRealLogsAreRecognisedAndTheirLinesHaveTimes(t *testing.T) {
	dir := shared(t)
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		lines := linesOf(t, path)
		rows, kind := parse(t, format.Options{Now: now}, lines...)
		timed, levelled := 0, 0
		for _, r := range rows {
			if !r.Time.IsZero() {
				timed++
			}
			if r.Get("level") != "" {
				levelled++
			}
			if r.Get(signal.ParseError) != "" {
				t.Errorf("%s: %s marked: %s", path, r.Get(signal.Message), r.Get(signal.ParseError))
			}
		}
		t.Logf("%-40s %-12s %6d lines %6d records %6.2f%% with a time %6.2f%% with a level", filepath.Base(path), kind,
			len(lines), len(rows), 100*float64(timed)/float64(len(rows)), 100*float64(levelled)/float64(len(rows)))
		want := format.Timestamped
		switch filepath.Base(path) {
		case "apache_access.log":
			want = format.Access
		case "linux_auth.log":
			want = format.Syslog3164
		case "nginx_plus.ndjson":
			want = format.JSON
		}
		if kind != want {
			t.Errorf("%s is taken for %s", path, kind)
		}
		if timed < len(rows)*999/1000 {
			t.Errorf("%s: only %d of %d records have a time", path, timed, len(rows))
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
}

func BenchmarkRealText(b *testing.B) {
	dir := shared(b)
	for _, name := range []string{"apache_access.log", "linux_auth.log", "kafka/kafka0-state-change.log.2016-12-19-18"} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			lines := linesOf(b, filepath.Join(dir, name))
			n := 0
			for b.Loop() {
				parse(b, format.Options{Now: now}, lines...)
				n += len(lines)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
