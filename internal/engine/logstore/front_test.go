package logstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/signal"
)

// alike are questions that answer the same whether lines are in one process or in several.
var alike = []string{
	"* | fields _msg, n | sort by (n)",
	"* | sort by (n) | limit 7",
	"* | sort by (n desc) | offset 3 | limit 7 | fields n",
	"* | stats count() c, count(host) h, count_empty(host) e",
	"* | stats sum(n) s, avg(n) a, min(n) mi, max(n) ma, median(n) me, quantile(0.9, n) q",
	"* | stats count_uniq(host) u, count_uniq_hash(host) uh, sum_len(_msg) l",
	"* | stats uniq_values(host) v",
	"* | stats by (service) uniq_values(host) v, count() c",
	"* | stats by (service) uniq_values(onlythere) v",
	"* | count_uniq(onlythere)",
	"* | stats uniq_values(onlythere) v, count() c",
	"* | stats count() c, uniq_values(onlythere) v | stats sum(c), count()",
	"* | limit 10 | count()",
	"* | offset 10 | count()",
	"* | sort by (n) | limit 10 | count()",
	"* | sort by (n) | limit 10 | stats sum(n)",
	"* | uniq by (host) | count()",
	"* | top 2 by (host) | count()",
	"* | last 3 by (n) | count()",
	"* | filter host:h1 | count()",
	"* | limit 100 | stats by (service) count() | sort by (service)",
	"n:1 | stream_context before 100 after 100 | count()",
	"* | offset 0 | stats count() if (host:h1)",
	"* | fields n | limit 3 | count()",
	"* | stats by (host) count() c | limit 2 | count()",
	"* | union (*) | count()",
	"* | join by (host) (* | fields host, n) | count()",
	"* | limit 10 | len(_msg) as l | count()",
	"* | unroll by (host) | count()",
	"* | pack_json as p | limit 3 | count()",
	"nothing | stats uniq_values(host) v, values(host) w, json_values(host) j, histogram(n) g, row_max(n) r",
	`* | stats by (service) row_max(n, n) ma, row_min(n, n) mi`,
	"* | stats histogram(n) g",
	"* | stats rate() r, rate_sum(n) rs | fields none",
	"* | uniq by (host, service)",
	"* | uniq by (service) with hits | sort by (service)",
	"* | top 3 by (host) | fields host, hits | sort by (host)",
	"host:in(n:9 | fields host) | count()",
	"host:in(* | stats by (host) uniq_values(onlythere) v | fields host) | count()",
	`* | filter _msg:"| stats x" | count()`,
	"* | extract 'line <num>' from _msg | stats sum(num)",
	"* | math n * 2 as d | stats sum(d)",
	"* | join by (service) (n:<4 | fields service, n | rename n as m) | stats count()",
	"n:1 | union (n:2) | fields n | sort by (n)",
	"* | first 2 by (n) partition by (service) | fields n | sort by (n)",
	"* | field_names | fields name | sort by (name)",
	"* | field_values host | sort by (host)",
	"* | facets keep_const_fields | stats by (field_name) sum(hits) h | filter field_name:!~\"_.*\"",
	"* | len(_msg) as l | stats max(l)",
	"* | stats by (_time:1d) count() c, uniq_values(service) v | fields c, v",
	"n:5 | stream_context before 2 after 2 | count()",
	"* | blocks_count | fields none",
	"* | sample 1 | count()",
	"* | last 3 by (n) | fields n",
}

// TestAQuestionHasOneAnswerWithClassesAndWithout also when a class has none of the lines.
func TestAQuestionHasOneAnswerWithClassesAndWithout(t *testing.T) {
	t.Parallel()
	one, several := open(t), open(t, classes)
	at := clock.Wall().Now().Truncate(aDay).Add(-12 * time.Hour)
	for i := range 60 {
		class := []signal.Class{signal.Short, signal.Long}[i%2]
		r := row(string(class), fmt.Sprintf("line %d", i), fmt.Sprintf("host=h%d", i%5), fmt.Sprintf("n=%d", i))
		if class == signal.Short {
			r.Fields = append(r.Fields, signal.Field{Name: "onlythere", Value: fmt.Sprint(i % 3)})
		}
		r.Time = at.Add(time.Duration(i) * time.Second)
		one.append(r)
		several.appendAs(class, r)
	}
	one.flush()
	several.flush()
	several.up()
	began := several.Status().Engine.Generation
	for _, q := range alike {
		want, got := answer(one, q), answer(several, q)
		if got != want {
			t.Errorf("%s\nwith classes: %s\nwithout:      %s", q, got, want)
		}
	}
	for _, args := range [][]string{
		{"query", "query=*", "limit=5"}, // the newest ones
		{"hits", "query=*", "step=1d", "field=service"},
		{"stats_query", "query=* | stats by (service) uniq_values(host) v, count() c", "time=4102444800"},
		{"stats_query_range", "query=* | stats count() c", "step=1d"},
		{"field_values", "query=*", "field=host"},
		{"stream_field_values", "query=*", "field=service"},
		{"streams", "query=*"},
		{"facets", "query=*", "keep_const_fields=1", "limit=100"},
		{"facets", "query=n:<9 | fields host", "keep_const_fields=True", "limit=20", "max_values_per_field=20", "max_value_len=30"},
	} {
		want, got := one.ask(args[0], signal.Scope{All: true}, args[1:]...), several.ask(args[0], signal.Scope{All: true}, args[1:]...)
		if letters(got) != letters(want) {
			t.Errorf("%q\nwith classes: %s\nwithout:      %s", args, got, want)
		}
	}
	if now := several.Status().Engine; now.Generation != began || now.Restarts != 0 {
		t.Errorf("a question ended a process: %+v", now)
	}
}

// answer is what the engine says, with lines and what they say in order where the question leaves it open.
func answer(d *desk, query string) string {
	d.t.Helper()
	lines := strings.Split(strings.TrimSpace(d.ask("query", signal.Scope{All: true}, "query="+query)), "\n")
	for i := range lines {
		lines[i] = letters(lines[i]) // fields have no order
	}
	if !strings.Contains(query, "sort by") {
		slices.Sort(lines)
	}
	return strings.Join(lines, "\n")
}

// letters are what an answer is made of, whatever its order.
func letters(answer string) string {
	parts := strings.FieldsFunc(answer, func(r rune) bool { return strings.ContainsRune("{}[],\n ", r) })
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
