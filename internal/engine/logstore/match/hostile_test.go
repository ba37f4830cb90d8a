package match

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"

	"mainstay/internal/engine/signal"
)

// filling repeats parts of a filter up to the longest possible.
func filling(open, middle, shut string) string {
	n := (maxLength - len(middle)) / (len(open) + len(shut))
	return strings.Repeat(open, n) + middle + strings.Repeat(shut, n)
}

// nested repeats them as often as the count of parentheses allows.
func nested(open, middle, shut string) string {
	n := maxParentheses / strings.Count(open, "(")
	return strings.Repeat(open, n) + middle + strings.Repeat(shut, n)
}

func hostile() map[string]string {
	var in strings.Builder
	for i := 0; in.Len() < maxLength-20; i++ {
		fmt.Fprintf(&in, "v%d,", i)
	}
	return map[string]string{
		"parentheses":         filling("(", "a", ")"),
		"deep parentheses":    nested("(", "a", ")"),
		"deep alternatives":   nested("!(b or ", "a", ")"),
		"deep subqueries":     nested("a:in(", "b", " | fields a)"),
		"deep open subquery":  nested("a:in(", "b", ""),
		"deep pipes":          nested("a:in(b | join by (x) (", "b", "))"),
		"open parentheses":    filling("(", "a", ""),
		"shut parentheses":    filling("", "a", ")"),
		"nots":                filling("!", "a", ""),
		"words not":           filling("not ", "a", ""),
		"nots of alternation": filling("!(b or ", "a", ")"),
		"colons":              filling("a:", "b", ""),
		"lone colons":         filling(":", "a", ""),
		"subqueries":          filling("a:in(", "b", " | fields a)"),
		"open subqueries":     filling("a:in(", "b", ""),
		"functions":           filling("i(", "a", ")"),
		"options":             filling("options(", "a", ")"),
		"stream filters":      filling("{", `a="b"`, "}"),
		"quotes":              filling(`"`, "", ""),
		"odd quotes":          filling(`'"`, "`", ""),
		"backslashes":         `"` + filling(`\`, "", "")[2:] + `"`,
		"comments":            "a " + filling("#\n", "", "")[2:],
		"dots and dashes":     filling("a-", "b", ""),
		"values":              "a:in(" + strings.TrimSuffix(in.String(), ",") + ")",
		"phrases":             "contains_any(" + strings.TrimSuffix(in.String(), ",") + ")",
		"stream values":       "{a in (" + strings.TrimSuffix(in.String(), ",") + ")}",
		"alternatives":        `~"` + strings.ReplaceAll(in.String(), ",", "|") + `"`,
		"words":               filling("ab ", "c", ""),
		"ors":                 filling("ab or ", "c", ""),
		"stars":               filling("* ", "*", ""),
		"pluses":              `~"` + strings.Repeat("(a+)+", 500) + `$"`,
		"nested pluses":       `~"` + strings.Repeat("(", 500) + "a" + strings.Repeat("+)+", 500) + `$"`,
		"repeats":             `~"(x{10}){100}"`,
		"long repeats":        `~"(` + strings.Repeat("abc.*|", 2000) + `){1000}"`,
		"nuls":                "\x00" + filling("\x00", "", "")[1:],
		"invalid":             filling("\xff", "", ""),
	}
}

func TestHostileFiltersAreRefusedOrWork(t *testing.T) {
	rows := slices.Concat(few, []signal.Row{row(strings.Repeat("a", 5000) + "!"), row(strings.Repeat("x", 5000))})
	for name, filter := range hostile() {
		t.Run(name, func(t *testing.T) {
			if len(filter) > maxLength {
				t.Fatalf("%d bytes: the length alone would refuse it", len(filter))
			}
			m, err := Compiler{}.Compile([]string{filter})
			if err != nil {
				if !strings.Contains(err.Error(), "filters[0]") || len(err.Error()) > 500 {
					t.Errorf("complaint of %d characters: %.500s", len(err.Error()), err)
				}
				t.Logf("refused: %.200s", err)
				return
			}
			if _, err := m.Match(t.Context(), rows); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOneBadFilterIsNamedAmongMany(t *testing.T) {
	_, err := Compiler{}.Compile([]string{"a", "b", `"`, "c", "_time:5m"})
	for _, index := range []string{"filters[2]", "filters[4]"} {
		if err == nil || !strings.Contains(err.Error(), index) {
			t.Errorf("%v does not name %s", err, index)
		}
	}
}

func TestRulesBeyondTheBoundOfLiteralsStillMatch(t *testing.T) {
	var filters []string
	for i := range 100 {
		var values strings.Builder
		for j := range 300 {
			fmt.Fprintf(&values, "%d-%d-%s,", i, j, strings.Repeat("x", 40))
		}
		filters = append(filters, "level:in("+values.String()+"b)", fmt.Sprintf("%q or root", values.String()[:60]))
	}
	m := compiled(t, filters, true)
	if n := len(m.seen.rows) * (perLiteral + 40); n > maxLetters || len(m.rules[len(m.rules)-2].clauses) > 0 {
		t.Errorf("literals of %d bytes are sought", n)
	}
	got := matched(t, m, few)
	for i := 1; i < len(filters); i += 2 {
		if !slices.Equal(got[i], []int{0}) {
			t.Errorf("filter %d matches %v", i, got[i])
		}
	}
}

// TestTheSieveKeepsItsInput holds an update of the engine to what newSieve relies on: many blocks,
// long after the run, each answered within the call.
func TestTheSieveKeepsItsInput(t *testing.T) {
	s, err := newSieve("b")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		block := logstorage.DataBlock{Columns: []logstorage.BlockColumn{
			{Name: numbers, Values: []string{"3", "5", "8"}}, {Name: "_msg", Values: []string{"a b", "c", "b"}},
		}}
		if got, err := s.run(&block); err != nil || !slices.Equal(got, []int{3, 8}) {
			t.Fatalf("call %d: %v, %v", i, got, err)
		}
	}
}

func TestAFailureOfTheEngineIsAnErrorThatNamesTheFilter(t *testing.T) {
	m := compiled(t, []string{"root", "heap"}, false)
	m.rules[0].sieve.put = func(uint, *logstorage.DataBlock) { panic("corrupt") }
	got, err := m.Match(t.Context(), few)
	if err == nil || !strings.Contains(err.Error(), "filters[0]") || !slices.Equal(got[1], []int{2}) {
		t.Errorf("%v, %v", got, err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, c := range table {
		f.Add(c.filter, few[0].Get(signal.Message), "error")
	}
	for _, filter := range hostile() {
		f.Add(filter[:min(len(filter), 200)], "a", "b")
	}
	f.Fuzz(func(t *testing.T, filter, message, level string) {
		with, err := compile([]string{filter}, true)
		if err != nil {
			if len(err.Error()) > 500 {
				t.Errorf("complaint of %d characters", len(err.Error()))
			}
			return
		}
		rows := slices.Concat(few, []signal.Row{row(message, "level="+level), row(filter, "host="+level)})
		without := compiled(t, []string{filter}, false)
		if got, want := matched(t, with, rows)[0], matched(t, without, rows)[0]; !slices.Equal(got, want) {
			need, _ := Literals(filter)
			t.Errorf("with literals %q %v, without %v", need, got, want)
		}
	})
}

func FuzzLiteralsOfRegexp(f *testing.F) {
	f.Add("(?i)error|warn", "ERROR")
	f.Add("a(b|c)+d{2,}", "abcdd")
	f.Fuzz(func(t *testing.T, expr, text string) {
		if _, err := syntax.Parse(expr, syntax.Perl); err != nil {
			return
		}
		filter := "~" + fmt.Sprintf("%q", expr)
		with, err := compile([]string{filter}, true)
		if err != nil {
			return
		}
		rows := []signal.Row{row(text), row(expr), row(strings.ToUpper(text))}
		if got, want := matched(t, with, rows)[0], matched(t, compiled(t, []string{filter}, false), rows)[0]; !slices.Equal(got, want) {
			t.Errorf("%v, without prefilter %v", got, want)
		}
	})
}
