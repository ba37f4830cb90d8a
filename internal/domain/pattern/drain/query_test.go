package drain

import (
	"strings"
	"testing"

	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/engine/signal"
)

// TestQueriesOfRealTemplatesFindTheirLines asks the engine's own filters about every real line.
func TestQueriesOfRealTemplatesFindTheirLines(t *testing.T) {
	for _, glob := range []string{"kafka/*", "linux_auth.log", "apache_access.log"} {
		t.Run(strings.Trim(glob, "*/"), func(t *testing.T) {
			lines := realLines(t, glob)
			c := New()
			var rows []signal.Row
			for _, l := range lines {
				c.Add(Origin{Source: "a", Service: "s"}, l)
			}
			some := lines[:0:0] // of each five, all of them take long
			for i := 0; i < len(lines); i += 5 {
				some = append(some, lines[i])
			}
			lines = some
			of := make([]*Template, len(lines))
			for i, l := range lines {
				of[i] = c.Add(Origin{Source: "a", Service: "s"}, l).Template
				rows = append(rows, signal.Row{Fields: []signal.Field{{Name: signal.Source, Value: "a"}, {Name: signal.Service, Value: "s"}, {Name: signal.Message, Value: l}}, Stream: []string{signal.Source, signal.Service}})
			}
			var templates []*Template
			var filters []string
			for _, tm := range c.Templates() {
				if q := tm.LogsQL(); q != "" {
					_, said, _ := strings.Cut(q, "} ")
					templates, filters = append(templates, tm), append(filters, said)
				}
			}
			m, err := match.Compiler{}.Compile(filters)
			if err != nil {
				t.Fatal(err)
			}
			hits, err := m.Match(t.Context(), rows)
			if err != nil {
				t.Fatal(err)
			}
			loose := 0
			for i, tm := range templates {
				found := map[int]bool{}
				mine, others := 0, 0
				for _, n := range hits[i] {
					found[n] = true
					if of[n] != tm && !tm.Matches(lines[n]) {
						others++
					}
				}
				for n, its := range of {
					if its != tm {
						continue
					}
					if mine++; !found[n] {
						t.Errorf("%s does not find %q", filters[i], lines[n])
					}
				}
				if others > 2+mine/10 {
					loose++
					t.Logf("%d of its own and %d others: %s", mine, others, tm.Text)
				}
			}
			t.Logf("%d templates, of which %d find more than a tenth of other lines", len(templates), loose)
			if loose > len(templates)/5 {
				t.Error("too many queries find too much")
			}
		})
	}
}
