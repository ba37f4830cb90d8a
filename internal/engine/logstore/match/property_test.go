package match

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mainstay/internal/engine/signal"
)

// A writer writes filters about lines.
type writer struct{ rows []signal.Row }

// field draws a field of some line and its value.
func (w writer) field(t *rapid.T) (name, value string) {
	r := w.rows[rapid.IntRange(0, len(w.rows)-1).Draw(t, "row")]
	f := r.Fields[rapid.IntRange(0, len(r.Fields)-1).Draw(t, "field")]
	return f.Name, f.Value
}

// piece draws a part of a value, often one of whole words, at times changed a little.
func piece(t *rapid.T, value string) string {
	if value == "" {
		return ""
	}
	from := rapid.IntRange(0, len(value)-1).Draw(t, "from")
	to := min(len(value), from+rapid.IntRange(0, 40).Draw(t, "length"))
	part := value[from:to]
	if rapid.Bool().Draw(t, "words") {
		part = strings.TrimFunc(part, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if i := strings.IndexByte(value, ' '); i > 0 && rapid.Bool().Draw(t, "first") {
			part = value[:i]
		}
	}
	switch rapid.IntRange(0, 9).Draw(t, "change") {
	case 0:
		part = strings.ToUpper(part)
	case 1:
		part = strings.ToLower(part)
	case 2:
		part += rapid.StringN(0, 3, 6).Draw(t, "more")
	}
	return part
}

// leaf draws a filter of one field.
func (w writer) leaf(t *rapid.T) string {
	name, value := w.field(t)
	part := piece(t, value)
	quoted := strconv.Quote(part)
	prefix := strconv.Quote(name) + ":"
	if name == signal.Message && rapid.Bool().Draw(t, "default field") {
		prefix = ""
	}
	_, other := w.field(t)
	second := strconv.Quote(piece(t, other))
	switch rapid.IntRange(0, 15).Draw(t, "leaf") {
	case 0, 1:
		return prefix + quoted
	case 2:
		return prefix + quoted + "*"
	case 3:
		return prefix + "=" + quoted + "*"
	case 4:
		return prefix + "=" + strconv.Quote(value)
	case 5:
		return prefix + "i(" + quoted + ")"
	case 6:
		return prefix + "i(" + quoted + "*)"
	case 7:
		return prefix + "in(" + strconv.Quote(value) + "," + second + ")"
	case 8:
		return prefix + "contains_any(" + quoted + "," + second + ")"
	case 9:
		return prefix + "contains_all(" + quoted + "," + strconv.Quote(piece(t, value)) + ")"
	case 10:
		return prefix + "seq(" + quoted + "," + strconv.Quote(piece(t, value)) + ")"
	case 11:
		return "{" + rapid.SampledFrom([]string{"source", "service", "host", "env"}).Draw(t, "tag") +
			rapid.SampledFrom([]string{"=", "!=", "=~", "!~"}).Draw(t, "op") + strconv.Quote(regexp.QuoteMeta(part)) + "}"
	case 12:
		return prefix + "len_range(5, 90)"
	default:
		return prefix + "~" + strconv.Quote(w.expression(t, part, value))
	}
}

// expression draws a regular expression.
func (w writer) expression(t *rapid.T, part, value string) string {
	a, b := regexp.QuoteMeta(valid(part)), regexp.QuoteMeta(valid(piece(t, value)))
	e := rapid.SampledFrom([]string{
		"A", "A|B", "A.*B", "(?i)A", "(?i:A)B", "^A", "A$", "(A|B)+", "(A)?B", "[0-9]+A", "(?:A){2}|B", "A[a-zA-Z]", "(?i)(A|B)",
		"A.+", ".+A.+", ".*A.*", "AB?", "(?s)A.B", "A\\b", "(?i)A[^x]*B", "(A){0,3}B", "x*A|B{1,2}",
	}).Draw(t, "form")
	e = strings.ReplaceAll(e, "B", "\x00")
	e = strings.ReplaceAll(e, "A", a)
	return strings.ReplaceAll(e, "\x00", b)
}

func valid(s string) string { return strings.ToValidUTF8(s, "") }

// filter draws leaves and combinations of them.
func (w writer) filter(t *rapid.T, depth int) string {
	if depth == 0 {
		return w.leaf(t)
	}
	a := func() string { return w.filter(t, depth-1) }
	switch rapid.IntRange(0, 6).Draw(t, "form") {
	case 0:
		return "(" + a() + " " + a() + ")"
	case 1:
		return "(" + a() + " or " + a() + ")"
	case 2:
		return "!(" + a() + ")"
	case 3:
		return a() + " and -" + w.leaf(t)
	case 4:
		return "* " + a()
	default:
		return w.leaf(t)
	}
}

func TestThePrefilterNeverHidesALineThatMatches(t *testing.T) {
	rows := slices.Concat(few, sample(realRows(t), 1500))
	w := writer{rows}
	var hits, derived, total int
	rapid.Check(t, func(t *rapid.T) {
		var filters []string
		for range rapid.IntRange(1, 6).Draw(t, "filters") {
			f := w.filter(t, rapid.IntRange(0, 3).Draw(t, "depth"))
			if Check(f) == nil {
				filters = append(filters, f)
			}
		}
		with, without := compiled(t, filters, true), compiled(t, filters, false)
		got, want := matched(t, with, rows), matched(t, without, rows)
		for i, f := range filters {
			if !slices.Equal(got[i], want[i]) {
				need, _ := Literals(f)
				t.Fatalf("%s with literals %q finds %d rows, without %d", f, need, len(got[i]), len(want[i]))
			}
			total++
			if len(want[i]) > 0 {
				hits++
			}
			if len(with.rules[i].clauses) > 0 {
				derived++
			}
		}
	})
	t.Logf("%d filters, %d with literals, %d that match a line", total, derived, hits)
	if derived < total/3 || hits < total/3 {
		t.Error("too few of the filters drawn say anything about the prefilter")
	}
}

func TestARuleMeansWhatTheSearchMeansOverRealLines(t *testing.T) {
	rows := sample(realRows(t), 700)
	s := stored(t, rows)
	w := writer{rows}
	rapid.Check(t, func(rt *rapid.T) {
		f := w.filter(rt, rapid.IntRange(0, 2).Draw(rt, "depth"))
		if Check(f) != nil {
			return
		}
		got := matched(rt, compiled(rt, []string{f}, true), rows)[0]
		if want := searched(t, s, f); !slices.Equal(got, want) {
			rt.Fatalf("%s: a rule finds %v, a search %v", f, got, want)
		}
	})
}

// TestALiteralIsFoundWhereItStands holds the automaton against strings.Contains.
func TestALiteralIsFoundWhereItStands(t *testing.T) {
	letters := rapid.StringOfN(rapid.SampledFrom([]rune("abcAB\xff é")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		literals := rapid.SliceOfNDistinct(rapid.Map(letters, foldASCII), 1, 30, rapid.ID[string]).Draw(t, "literals")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("abcABé x")), 0, 150, -1).Draw(t, "text")
		a := newAutomaton(literals)
		if rapid.Bool().Draw(t, "sparse") { // as if there were too many states for rows of transitions
			a.full = 1
		}
		seen := newSightings(len(literals))
		seen.begin()
		bits := scan(a, text, &seen, 5)
		for i, literal := range literals {
			found := seen.of[i] == seen.now
			if found != strings.Contains(foldASCII(text), literal) {
				t.Fatalf("%q in %q: found %v", literal, text, found)
			}
		}
		if (bits >= utf8.RuneSelf) != strings.ContainsRune(text, 'é') {
			t.Fatalf("bits %x of %q", bits, text)
		}
	})
}

func TestMatchersOfTheSameFiltersRunSideBySide(t *testing.T) {
	filters := []string{"root", "!root", `{source="app"}`, `~"(?i)error|disk"`, "* level:warn"}
	want := matched(t, compiled(t, filters, false), few)
	var all sync.WaitGroup
	for range 8 {
		m := compiled(t, filters, true)
		all.Go(func() {
			for range 50 {
				got, err := m.Match(t.Context(), few)
				if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
					t.Errorf("%v, %v; should be %v", got, err, want)
				}
			}
		})
	}
	all.Wait()
}

type failer interface {
	Helper()
	Fatal(args ...any)
}

func compiled(t failer, filters []string, prefilter bool) *Matcher {
	t.Helper()
	m, err := compile(filters, prefilter)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func matched(t failer, m *Matcher, rows []signal.Row) [][]int {
	t.Helper()
	got, err := m.Match(context.Background(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
