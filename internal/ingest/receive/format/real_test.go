package format_test

import (
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"mainstay/internal/base/sharedtest"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/format"
)

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
	dir := sharedtest.Path(t, "data/logs")
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		lines := sharedtest.Lines(t, path)
		rows, kind := parse(t, format.Options{Now: now}, lines...)
		timed, levelled := 0, 0
		for _, r := range rows {
			if !r.Time.IsZero() {
				timed++
			}
			if r.Get("level") != "" {
				levelled++
			}
			if r.Fault != "" {
				t.Errorf("%s: %s marked: %s", path, r.Get(signal.Message), r.Fault)
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
	dir := sharedtest.Path(b, "data/logs")
	for _, name := range []string{"apache_access.log", "linux_auth.log", "kafka/kafka0-state-change.log.2016-12-19-18"} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			lines := sharedtest.Lines(b, filepath.Join(dir, name))
			n := 0
			for b.Loop() {
				parse(b, format.Options{Now: now}, lines...)
				n += len(lines)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
