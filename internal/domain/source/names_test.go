package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/domain/source/mask"
	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/engine/signal"
)

// TestEveryValueThatIsSentIsStored, whatever names of the server's a sender uses.
func TestEveryValueThatIsSentIsStored(t *testing.T) {
	var pool []string
	for _, name := range []string{"source", "service", "component", "environment", "host", "level", "severity", "uploaded", "replay",
		"restored", "parse_error", "time_error", "original_time", "_time", "_stream", "_stream_id", "part", "part_of", "more_fields",
		"long_names", "service.name", "host.name", strings.Repeat("n", 200), shortName(strings.Repeat("n", 200), maxName)} {
		pool = append(pool, name, "sent_"+name, "sent_"+name+"_2", "sent_sent_"+name)
	}
	rapid.Check(t, func(t *rapid.T) {
		drawn := rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 0, 40, rapid.ID[string]).Draw(t, "names")
		row := signal.Row{Time: rapid.SampledFrom([]time.Time{{}, noon, noon.AddDate(-10, 0, 0)}).Draw(t, "time"),
			Fault: rapid.SampledFrom([]string{"", "fault"}).Draw(t, "fault"), Stream: drawn[:len(drawn)/2]}
		sent := map[string]bool{}
		for i, name := range drawn {
			value := fmt.Sprintf("value%dv", i)
			if strings.HasSuffix(name, "level") && i%2 == 0 {
				value = "NOTICE"
			}
			if strings.HasSuffix(name, "service") && i%3 == 0 {
				value = strings.Repeat(value, 50)
			}
			sent[value] = true
			row.Fields = append(row.Fields, signal.Field{Name: name, Value: value})
		}
		row.Fields = append(row.Fields, signal.Field{Name: "_msg", Value: strings.Repeat("x", rapid.SampledFrom([]int{1, maxRow + 1}).Draw(t, "message"))})
		for i := range rapid.SampledFrom([]int{0, 1000}).Draw(t, "more") {
			row.Fields = append(row.Fields, signal.Field{Name: fmt.Sprint("f", i), Value: "v"})
		}
		row.Fields = rapid.Permutation(row.Fields).Draw(t, "order")
		in := intakeOf(Source{Name: "app", Spec: Spec{Service: rapid.SampledFrom([]string{"", "pay"}).Draw(t, "service"), Component: "core", Mask: []mask.Mask{{What: "none"}}}}, 90*24*time.Hour)
		if rapid.Bool().Draw(t, "past") {
			in.upload(noon)
		}
		in.prepare(row)
		for _, r := range in.rows {
			seen := map[string]bool{}
			var all strings.Builder
			for _, f := range r.Fields {
				if seen[f.Name] || len(f.Name) > maxName {
					t.Fatalf("name %s is there twice or too long", f.Name)
				}
				seen[f.Name] = true
				all.WriteString(f.Value + "\n")
				if slices.Contains([]string{signal.Replay, signal.Restored, "_time", "_stream", "_stream_id"}, f.Name) {
					t.Fatalf("a sender has set %s", f.Name)
				}
			}
			for value := range sent {
				if value != "NOTICE" && !strings.Contains(all.String(), value) || value == "NOTICE" && !strings.Contains(strings.ToLower(all.String()), "notice") {
					t.Fatalf("%s is lost: %.3000v", value, r.Fields)
				}
			}
			if r.Get(signal.Source) != "app" || r.Get(signal.Component) != "core" || r.Get(signal.ParseError) != row.Fault {
				t.Fatalf("the server's own are not: %v", r.Fields)
			}
		}
	})
}

func TestASendersOwnFieldsAreKeptBesideTheServers(t *testing.T) {
	for sent, want := range map[string]string{
		"service=mine sent_service=theirs":                   "service=pay sent_service=theirs sent_service_2=mine",
		"uploaded=a sent_uploaded=b sent_uploaded_2=c":       "uploaded= sent_uploaded=b sent_uploaded_2=c sent_uploaded_3=a",
		"_stream=a sent__stream=b":                           "sent__stream=b sent__stream_2=a",
		"replay=a":                                           "replay= sent_replay=a",
		"restored=a":                                         "restored= sent_restored=a",
		"parse_error=a":                                      "parse_error= sent_parse_error=a",
		"original_time=a time_error=b":                       "sent_original_time=a sent_time_error=b original_time=2016-11-02T12:00:00Z",
		"level=NOTICE sent_level=x":                          "level=info sent_level=x sent_level_2=NOTICE",
		"part=1 more_fields=a long_names=b":                  "part=1 sent_more_fields=a sent_long_names=b",
		"host= hostname=web-1":                               "host=web-1 hostname=web-1",
		"source=app environment=prod sent_environment=mine2": "source=app environment=prod sent_environment=mine2",
	} {
		in := intakeOf(Source{Name: "app", Spec: Spec{Service: "pay"}}, 90*24*time.Hour)
		row := signal.Row{Time: noon.AddDate(-10, 0, 0)}
		for pair := range strings.FieldsSeq(sent) {
			name, value, _ := strings.Cut(pair, "=")
			row.Fields = append(row.Fields, signal.Field{Name: name, Value: value})
		}
		in.prepare(row)
		for pair := range strings.FieldsSeq(want) {
			if name, value, _ := strings.Cut(pair, "="); in.rows[0].Get(name) != value {
				t.Errorf("%s: %s is %q, want %q", sent, name, in.rows[0].Get(name), value)
			}
		}
		if in.unparsed != 0 {
			t.Errorf("%s counts as not parsed", sent)
		}
	}
}

func TestALineOfManyFieldsKeepsWhatRulesAndStreamsNeed(t *testing.T) {
	for _, first := range []bool{true, false} {
		row := signal.Row{Time: noon, Stream: []string{"pod", strings.Repeat("l", 150)}}
		special := []signal.Field{{Name: "_msg", Value: "x"}, {Name: "severity", Value: "FATAL"}, {Name: "host.name", Value: "web-1"},
			{Name: "component", Value: "core"}, {Name: "service", Value: "pay"}, {Name: "pod", Value: "p-1"}, {Name: strings.Repeat("l", 150), Value: "long"}}
		for i := range 1500 {
			row.Fields = append(row.Fields, signal.Field{Name: fmt.Sprint("f", i), Value: "v"})
		}
		if row.Fields = append(row.Fields, special...); first {
			row.Fields = append(special, row.Fields[:1500]...)
		}
		in := intakeAtNoon()
		in.take([]signal.Row{row})
		got := in.rows[0]
		if len(got.Fields) > maxFields {
			t.Errorf("%d fields", len(got.Fields))
		}
		for name, want := range map[string]string{"level": "fatal", "severity": "FATAL", "host": "web-1", "component": "core", "service": "pay", "pod": "p-1"} {
			if got.Get(name) != want {
				t.Errorf("first %v: %s is %q, want %q", first, name, got.Get(name), want)
			}
		}
		if len(got.Stream) != 2 || got.Get(got.Stream[1]) != "long" || len(got.Stream[1]) != maxName || len(row.Stream[1]) != 150 {
			t.Errorf("first %v: the stream is %v, that of other rows %v", first, got.Stream, row.Stream)
		}
		rule, err := match.Compiler{}.Compile([]string{"level:fatal host:web-1"})
		if err != nil {
			t.Fatal(err)
		}
		if found, err := rule.Match(t.Context(), in.rows); err != nil || len(found[0]) != 1 {
			t.Errorf("first %v: no rule finds the line (%v)", first, err)
		}
	}
}

func TestANameOfTwoMebibytesLeavesARowThatTheEngineTakes(t *testing.T) {
	in := intakeAtNoon()
	in.prepare(signal.Row{Time: noon, Fields: []signal.Field{{Name: strings.Repeat("n", 2<<20), Value: "v"}, {Name: "level", Value: strings.Repeat("l", 2<<20)}}})
	for _, r := range in.rows {
		if rowSize(r) > 3<<19 {
			t.Errorf("a row of %d bytes", rowSize(r))
		}
	}
}
