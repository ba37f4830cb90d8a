package match

import (
	"fmt"
	"strings"
	"testing"

	"mainstay/internal/engine/signal"
)

// rulesOf makes n different rules as teams write them, of which few match the real lines.
func rulesOf(n int) []string {
	forms := []string{
		`"payment %s rejected"`, `"connection to db-%s lost"`, `level:error "queue-%s"`, `i("timeout of gateway %s")`,
		`~"worker-%s (died|killed)"`, `{service="svc-%s"} error`, `"java.lang.%sException"`, `status:=5%s`,
		`("disk full" or "no space left") "node%s"`, `contains_all("job", "run-%s", failed)`,
	}
	common := []string{`"Failed password for root"`, `~"(?i)out of memory"`, `" 404 "`, `"java.io.IOException"`}
	var filters []string
	for i := range n {
		if i%25 == 0 { // some match some lines
			filters = append(filters, common[i/25%len(common)])
			continue
		}
		filters = append(filters, fmt.Sprintf(forms[i%len(forms)], fmt.Sprintf("%03d", i)))
	}
	return filters
}

func BenchmarkMatch(b *testing.B) {
	rows := sample(realRows(b), 20_000)
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) { measure(b, rulesOf(n), rows, true) })
	}
	b.Run("rules=100/alone", func(b *testing.B) { measure(b, rulesOf(100), rows, false) })
	b.Run("rules=10/negations", func(b *testing.B) {
		measure(b, []string{"!a", "!b", "!c", "!d", "!e", "!f", "!g", "!h", "!i", "!j"}, rows, true)
	})
}

// measure matches batches of 1,000 lines.
func measure(b *testing.B, filters []string, rows []signal.Row, prefilter bool) {
	m, err := compile(filters, prefilter)
	if err != nil {
		b.Fatal(err)
	}
	const lines = 1000
	size, found := 0, 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		from := i * lines % (len(rows) - lines)
		matched, err := m.Match(b.Context(), rows[from:from+lines])
		if err != nil {
			b.Fatal(err)
		}
		for _, of := range matched {
			found += len(of)
		}
		for _, r := range rows[from : from+lines] {
			size += len(r.Get(signal.Message))
		}
	}
	seconds, n := b.Elapsed().Seconds(), float64(b.N*lines)
	b.ReportMetric(n/seconds, "lines/s")
	b.ReportMetric(float64(size)/seconds/1e6, "MB/s")
	b.ReportMetric(seconds*1e9/n, "ns/line")
	b.ReportMetric(seconds*1e9/n/float64(len(filters)), "ns/line/rule")
	b.ReportMetric(float64(found)/n*1000, "matches/1000lines")
}

func BenchmarkCompile(b *testing.B) {
	filters := rulesOf(1000)
	for b.Loop() {
		if _, err := (Compiler{}).Compile(filters); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/1000rules")
}

func BenchmarkAutomaton(b *testing.B) {
	rows := sample(realRows(b), 20_000)
	d := dictionary{numbers: map[string]int32{}}
	for _, f := range rulesOf(1000) {
		need, err := Literals(f)
		if err != nil {
			b.Fatal(err)
		}
		d.number(need)
	}
	a, seen, size := newAutomaton(d.list), newSightings(len(d.list)), 0
	var text strings.Builder
	for _, r := range rows {
		text.WriteString(r.Get(signal.Message))
	}
	b.ReportAllocs()
	for b.Loop() {
		seen.begin()
		scan(a, text.String(), &seen, 0)
		size += text.Len()
	}
	b.ReportMetric(float64(size)/b.Elapsed().Seconds()/1e6, "MB/s")
	b.ReportMetric(float64(len(a.found)), "states")
}

// BenchmarkSieve is what one rule costs whose literals are in one row of a batch.
func BenchmarkSieve(b *testing.B) {
	m, err := compile([]string{`"Failed password" root`}, true)
	if err != nil {
		b.Fatal(err)
	}
	rows := few[:1]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Match(b.Context(), rows); err != nil {
			b.Fatal(err)
		}
	}
}
