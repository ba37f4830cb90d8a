package match

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/engine/signal"
)

// row makes a line of a message and further name=value fields; "host=" fields are of its stream.
func row(message string, fields ...string) signal.Row {
	r := signal.Row{Time: time.Date(2026, 5, 4, 10, 30, 0, 0, time.UTC), Stream: []string{"host"}} // a Monday
	if message != "" {
		r.Set(signal.Message, message)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		r.Set(name, value)
	}
	return r
}

// few are rows on which filters differ.
var few = []signal.Row{
	0: row("Failed password for root from 10.0.0.7 port 22", "level=error", "source=auth", "service=login", "host=a"),
	1: row("Accepted password for ubuntu", "level=info", "source=auth", "service=login", "host=b"),
	2: row("java.lang.OutOfMemoryError: Java heap space", "level=ERROR", "source=app", "service=payments", "host=a", "took=250"),
	3: row("", "level=warn", "source=app", "service=payments", "status=503", "bytes=12KB"),
	4: row("Größe überschritten: STRAẞE, 5 \u212A", "level=Info", "source=app", "env=prod", "host=x,y=\"z\""),
	5: row("disk \"sda\" full\nat block 12", "source=kern", "component=db", "environment=prod", "host="),
	6: row("errors: 0, terror none", "source=app", "took=9", "limit=9", "service="),
	7: row("bad \xff\xfe bytes, ſection", "source=app", "service=payments", "ip=10.1.2.3"),
}

var table = []struct {
	filter string
	want   []int
}{
	{`password`, []int{0, 1}},
	{`"password for"`, []int{0, 1}},
	{`"password fo"`, nil},
	{`Password`, nil},
	{`i(PASSWORD)`, []int{0, 1}},
	{`i("failed pass"*)`, []int{0}},
	{`pass*`, []int{0, 1}},
	{`error`, nil},
	{`error*`, []int{6}},
	{`~error`, []int{6}},
	{`~"(?i)error"`, []int{2, 6}},
	{`~"(Failed|Accepted) pass"`, []int{0, 1}},
	{`~"(?i)(failed|accepted) PASS"`, []int{0, 1}},
	{`~"pass(word)? for (root|ubu.tu)$"`, []int{1}},
	{`~"5 (?i:k)"`, []int{4}},
	{`~"(?i)SECTION"`, []int{7}},
	{`i("5 k")`, []int{4}},
	{`i(größe)`, []int{4}},
	{`i(straße)`, []int{4}},
	{`~"bytes|\\x{FFFD}"`, []int{7}},
	{`~"."`, []int{0, 1, 2, 4, 5, 6, 7}},
	{`level:error`, []int{0}},
	{`level:=error`, []int{0}},
	{`level:i(error)`, []int{0, 2}},
	{`level:in(error,"warn")`, []int{0, 3}},
	{`level:in(error,"")`, []int{0, 5, 6, 7}},
	{`level:""`, []int{5, 6, 7}},
	{`level:*`, []int{0, 1, 2, 3, 4}},
	{`level:!""`, []int{0, 1, 2, 3, 4}},
	{`_msg:""`, []int{3}},
	{`:OutOfMemoryError`, []int{2}},
	{`"java.lang.OutOfMemoryError"`, []int{2}},
	{`lang`, []int{2}},
	{`password !ubuntu`, []int{0}},
	{`password -root`, []int{1}},
	{`(root or ubuntu) and password`, []int{0, 1}},
	{`root or heap or status:503`, []int{0, 2, 3}},
	{`!password`, []int{2, 3, 4, 5, 6, 7}},
	{`!(!root)`, []int{0}},
	{`contains_all(password, root)`, []int{0}},
	{`contains_any(heap, root)`, []int{0, 2}},
	{`seq(password, root, port)`, []int{0}},
	{`seq(root, password)`, nil},
	{`="Accepted password"*`, []int{1}},
	{`="Accepted password for ubuntu"`, []int{1}},
	{`status:>=500`, []int{3}},
	{`status:range[500,504)`, []int{3}},
	{`took:>100`, []int{2}},
	{`took:eq_field(limit)`, []int{0, 1, 3, 4, 5, 6, 7}},
	{`bytes:>10KB`, []int{3}},
	{`ip:ipv4_range("10.1.0.0/16")`, []int{7}},
	{`level:len_range(5, 5)`, []int{0, 2}},
	{`level:string_range(a, i)`, []int{0}},
	{`"disk \"sda\" full"`, []int{5}},
	{"`\"sda\" full\nat`", []int{5}},
	{`"\xff"`, []int{7}},
	{`_time:day_range[10:00, 11:00]`, []int{0, 1, 2, 3, 4, 5, 6, 7}},
	{`_time:day_range[11:00, 12:00] or root`, []int{0}},
	{`_time:week_range[Mon, Fri] password`, []int{0, 1}},
	{`{service="payments"}`, []int{2, 3, 7}},
	{`{service="payments"} heap`, []int{2}},
	{`{service!="payments"}`, []int{0, 1, 4, 5, 6}},
	{`{service=""}`, []int{4, 5, 6}},
	{`{service=~"pay.*|login"}`, []int{0, 1, 2, 3, 7}},
	{`{service!~"pay.*|login"}`, []int{4, 5, 6}},
	{`{service in ("payments","login")}`, []int{0, 1, 2, 3, 7}},
	{`{host="a" or source="kern"}`, []int{0, 2, 5}},
	{`{host="a",source="app"}`, []int{2}},
	{`_stream:{host="x,y=\"z\""}`, []int{4}},
	{`{env="prod"}`, nil}, // no stream field
	{`{environment="prod"}`, []int{5}},
	{`{component="db"} -"sdb"`, []int{5}},
	{`*`, []int{0, 1, 2, 3, 4, 5, 6, 7}},
	{`_msg:*`, []int{0, 1, 2, 3, 4, 5, 6, 7}}, // the engine takes it for *
	{`* level:warn`, []int{3}},
	{`level:warn or *`, []int{0, 1, 2, 3, 4, 5, 6, 7}},
	{`(* *) level:warn # all of them`, []int{3}},
	{`{source="app"} * -heap "*"`, nil},
	{`level:in(*) root`, []int{0}},
	{`"|" or "in(a | b)" or root`, []int{0}},
}

func TestFiltersMatchTheLinesThatASearchFinds(t *testing.T) {
	for _, c := range table {
		for _, prefilter := range []bool{true, false} {
			m, err := compile([]string{c.filter}, prefilter)
			if err != nil {
				t.Errorf("%s: %v", c.filter, err)
				continue
			}
			got, err := m.Match(t.Context(), few)
			if err != nil || !slices.Equal(got[0], c.want) {
				t.Errorf("%s with prefilter %v matches %v (%v), should %v", c.filter, prefilter, got[0], err, c.want)
			}
		}
	}
}

func TestAllRulesOfAMatcherAnswerAsEachAlone(t *testing.T) {
	var filters []string
	for _, c := range table {
		filters = append(filters, c.filter)
	}
	m, err := Compiler{}.Compile(filters)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 { // what a batch leaves behind must not show in the next
		rows := slices.Repeat(few, 300*round+1) // 1, 301 and 601 times 8 rows: several batches
		got, err := m.Match(t.Context(), rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range table {
			if want := repeated(c.want, len(rows)/len(few)); !slices.Equal(got[i], want) {
				t.Errorf("round %d: %s matches %d rows, should %d", round, c.filter, len(got[i]), len(want))
			}
		}
	}
}

func repeated(indexes []int, times int) []int {
	var all []int
	for i := range times {
		for _, n := range indexes {
			all = append(all, i*len(few)+n)
		}
	}
	return all
}

func TestFiltersThatNeedStoredLinesAreRefusedWithWhatToDo(t *testing.T) {
	for filter, says := range map[string]string{
		`error | fields a`:                           "leave out pipes",
		`error | filter x`:                           "leave out pipes",
		`options(concurrency=1) error`:               "and options",
		`options() error`:                            "and options",
		`user:in(admin | fields user)`:               "subquery",
		`user:contains_any(admin | fields user)`:     "subquery",
		`!(a or user:contains_all(x | uniq (user)))`: "subquery",
		`_time:5m error`:                             "day_range",
		`_time:2024-01-01`:                           "day_range",
		`_time:[now-1h, now]`:                        "day_range",
		`_stream_id:0000000000000000e934a84adb05276890d7f7bfcadabe92`: "stream's fields",
		`_stream_id:in(* | fields _stream_id)`:                        "stream's fields",
		`took:value_type(uint8)`:                                      "stored lines",
		`a:eq_field(_time)`:                                           "stored lines",
		`a:le_field(_stream)`:                                         "stored lines",
		"\"\\x00row\":5":                                              "stored lines",
		`{"a=b"="c"}`:                                                 "cannot be told",
		`!*`:                                                          "means nothing",
		``:                                                            "missing query",
		`"open`:                                                       "improperly quoted",
		`~"("`:                                                        "regexp",
		`error)`:                                                      "unexpected",
		strings.Repeat("a ", maxLength):                               "split it",
		strings.Repeat("(a or b ", 200) + strings.Repeat(")", 200): "split it",
		`~"(abcdefghijkl){900}"`:                                   "repeat less",
	} {
		err := Check(filter)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.80q: %v, should say %q", filter, err, says)
		}
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("%.80q: the complaint has %d characters", filter, len(err.Error()))
		}
	}
}

func TestALiteralIsFoundInEachRowThatRepeatsAValue(t *testing.T) {
	values := []string{"calm", "boom", "kaboom!"}
	rapid.Check(t, func(t *rapid.T) {
		m, err := Compiler{}.Compile([]string{"boom", "host:boom"})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time with what the first has left
			var rows []signal.Row
			want := [2][]int{}
			for i := range rapid.IntRange(0, 12).Draw(t, "rows") {
				row := signal.Row{Fields: []signal.Field{
					{Name: signal.Message, Value: rapid.SampledFrom(values).Draw(t, "message")},
					{Name: "host", Value: rapid.SampledFrom(values).Draw(t, "host")},
				}}
				for j, f := range row.Fields {
					if f.Value == "boom" {
						want[j] = append(want[j], i)
					}
				}
				if rapid.Bool().Draw(t, "turn") {
					slices.Reverse(row.Fields)
				}
				rows = append(rows, row)
			}
			got, err := m.Match(t.Context(), rows)
			if err != nil || !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[1]) {
				t.Fatalf("%v, not %v (%v)", got, want, err)
			}
		}
	})
}
