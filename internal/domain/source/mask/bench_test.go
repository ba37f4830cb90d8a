package mask

import (
	"slices"
	"testing"

	"mainstay/internal/base/sharedtest"
)

// realLines are the lines of the real text logs.
func realLines(tb testing.TB) (lines []string) {
	tb.Helper()
	for _, path := range sharedtest.TextLogs(tb, sharedtest.AllText()...) {
		lines = append(lines, sharedtest.Lines(tb, path)...)
	}
	return lines
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
