package mask

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// realLines are the lines of the logs in shared data, nil where they are not.
func realLines(tb testing.TB) []string {
	names, _ := filepath.Glob("../../../../../shared/data/logs/*.log")
	more, _ := filepath.Glob("../../../../../shared/data/logs/kafka/*")
	var out []string
	for _, name := range append(names, more...) {
		b, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
			out = append(out, lines.Text())
		}
	}
	if len(out) == 0 {
		tb.Skip("the real logs are not here")
	}
	return out
}

func TestRealLinesKeepTheirText(t *testing.T) {
	m := maskerOf(t)
	changed := 0
	for _, line := range realLines(t) {
		if got := m.text(line); got != line {
			if changed++; changed <= 20 {
				t.Logf("%s\n became %s", line, got)
			}
		}
	}
	if changed > 0 {
		t.Errorf("%d lines have no secret and are masked", changed)
	}
}

func BenchmarkMaskRealLines(b *testing.B) {
	lines := realLines(b)
	size := 0
	for _, l := range lines {
		size += len(l)
	}
	m := maskerOf(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		m.text(lines[n%len(lines)])
		n++
	}
	b.ReportMetric(float64(size)/float64(len(lines)), "bytes/line")
}

// BenchmarkMaskNothing is the cost of the lines that cannot have a secret, which most are.
func BenchmarkMaskNothing(b *testing.B) {
	all := realLines(b)
	lines := slices.DeleteFunc(slices.Clone(all), func(line string) bool {
		may, _ := maySecret(line)
		return may
	})
	size := 0
	for _, l := range lines {
		size += len(l)
	}
	m := maskerOf(b)
	n := 0
	for b.Loop() {
		m.text(lines[n%len(lines)])
		n++
	}
	b.ReportMetric(float64(size)/float64(len(lines)), "bytes/line")
	b.ReportMetric(float64(len(lines))/float64(len(all))*100, "%_of_lines")
}

func BenchmarkMaskLineWithCard(b *testing.B) {
	m := maskerOf(b)
	for b.Loop() {
		m.text("2026-11-02T12:00:00Z INFO payment 81726 accepted card=4111111111111111 password=hunter2 from 10.1.2.3")
	}
}
