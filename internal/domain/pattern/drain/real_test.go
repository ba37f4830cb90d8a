package drain

import (
	"strings"
	"testing"

	"mainstay/internal/base/sharedtest"
)

// realLines reads real logs: multi-line messages of Kafka joined.
func realLines(tb testing.TB, glob string) (out []string) {
	tb.Helper()
	for _, path := range sharedtest.TextLogs(tb, glob) {
		for _, l := range sharedtest.Lines(tb, path) {
			if strings.Contains(glob, "kafka") && !strings.HasPrefix(l, "[") && len(out) > 0 {
				out[len(out)-1] += "\n" + l
			} else {
				out = append(out, l)
			}
		}
	}
	return out
}

// TestRealLogsHaveFewTemplatesAndEachLineFitsItsOwn: few enough to read, and none is the catch-all.
func TestRealLogsHaveFewTemplatesAndEachLineFitsItsOwn(t *testing.T) {
	for glob, most := range map[string]int{"kafka/*": 90, "linux_auth.log": 100, "apache_access.log": 25} {
		t.Run(strings.Trim(glob, "*/"), func(t *testing.T) {
			c := New()
			lines := realLines(t, glob)
			of := make([]*Template, len(lines))
			for i, l := range lines {
				of[i] = c.Add(Origin{Source: "a"}, l).Template
			}
			list := c.Templates()
			if len(list) > most {
				t.Errorf("%d lines have %d templates, more than %d", len(lines), len(list), most)
			}
			for i, l := range lines {
				if of[i].CatchAll() || !of[i].Matches(l) {
					t.Errorf("%s\n does not fit its template %s", l, of[i].Text)
				}
			}
			t.Logf("%d lines, %d templates", len(lines), len(list))
		})
	}
}

func BenchmarkReal(b *testing.B) {
	for _, glob := range []string{"kafka/*", "linux_auth.log", "apache_access.log"} {
		b.Run(strings.Trim(glob, "*/"), func(b *testing.B) {
			lines := realLines(b, glob)
			c := New()
			for _, l := range lines {
				c.Add(Origin{Source: "a"}, l)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				c.Add(Origin{Source: "a"}, lines[i%len(lines)])
				i++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
