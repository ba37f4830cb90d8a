package drain

import (
	"bufio"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// realLines reads the real logs: multi-line messages of Kafka joined.
func realLines(tb testing.TB, glob string) (out []string) {
	tb.Helper()
	root := os.Getenv("MAINSTAY_SHARED")
	if root == "" {
		root = "../../../../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(root, "data", "logs", glob))
	if len(files) == 0 {
		tb.Skip("the real logs are not here: set MAINSTAY_SHARED to the directory that has data/logs")
	}
	sort.Strings(files)
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			tb.Fatal(err)
		}
		s := bufio.NewScanner(f)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			if l := s.Text(); strings.Contains(glob, "kafka") && !strings.HasPrefix(l, "[") && len(out) > 0 {
				out[len(out)-1] += "\n" + l
			} else {
				out = append(out, l)
			}
		}
		f.Close()
	}
	return out
}

func TestRealLogs(t *testing.T) {
	for _, glob := range []string{"kafka/*", "linux_auth.log", "apache_access.log"} {
		t.Run(strings.Trim(glob, "*/"), func(t *testing.T) {
			c := New()
			n := map[*Template]int{}
			lines := realLines(t, glob)
			for _, l := range lines {
				n[c.Add(Origin{Source: "a"}, l).Template]++
			}
			list := c.Templates()
			sort.SliceStable(list, func(i, j int) bool { return n[list[i]] > n[list[j]] })
			t.Logf("%d lines, %d templates", len(lines), len(list))
			for i, tm := range list {
				if i < 60 || i%20 == 0 {
					t.Logf("%6d %s", n[tm], tm.Text)
				}
			}
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
