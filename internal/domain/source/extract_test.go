package source

import (
	"testing"

	"mainstay/internal/engine/signal"
)

func TestExtractionFillsWhatIsEmpty(t *testing.T) {
	for _, c := range []struct {
		name string
		rule Extract
		in   []signal.Field
		want map[string]string
	}{
		{"expression", Extract{Regexp: `order=(?P<order>ORD-\d+)(?: by (?P<user>\w+))?`}, line("x order=ORD-7"), map[string]string{"order": "ORD-7", "user": ""}},
		{"expression without a match", Extract{Regexp: `order=(?P<order>\d+)`}, line("nothing"), map[string]string{"order": ""}},
		{"pattern", Extract{Pattern: "user=<user> ip=<ip>"}, line("at 12 user=ana ip=10.0.0.1"), map[string]string{"user": "ana", "ip": "10.0.0.1"}},
		{"pattern, middle", Extract{Pattern: "[<level>] <_>: <what>;"}, line("[warn] x: disk; rest"), map[string]string{"level": "warn", "what": "disk"}},
		{"pattern, quoted", Extract{Pattern: "user=<user> ip=<ip>"}, line(`user="ana maria" ip=1`), map[string]string{"user": "ana maria", "ip": "1"}},
		{"pattern, plain", Extract{Pattern: "user=<plain:user> ip=<ip>"}, line(`user="ana" ip=1`), map[string]string{"user": `"ana"`, "ip": "1"}},
		{"pattern, half", Extract{Pattern: "user=<user> ip=<ip>."}, line(`user=ana ip=1`), map[string]string{"user": "ana", "ip": ""}},
		{"pattern, brackets", Extract{Pattern: "&lt;<tag>&gt;"}, line(`a <b> c`), map[string]string{"tag": "b"}},
		{"pattern from the start", Extract{Pattern: "<first> <rest>"}, line("a b c"), map[string]string{"first": "a", "rest": "b c"}},
		{"JSON", Extract{Format: JSON}, line(` {"a":1,"b":{"c":"x","d":[1,2]},"e":null,"_msg":"no"} `), map[string]string{"a": "1", "b.c": "x", "b.d": "[1,2]", "e": ""}},
		{"no JSON", Extract{Format: JSON}, line(`{"a":`), map[string]string{"a": ""}},
		{"logfmt", Extract{Format: Logfmt}, line(`took a=1 b="two \"w" c= d=x=y`), map[string]string{"a": "1", "b": `two "w`, "c": "", "d": "x=y"}},
		{"another field", Extract{From: "body", Format: Logfmt}, []signal.Field{{Name: "_msg", Value: "a=no"}, {Name: "body", Value: "a=yes"}}, map[string]string{"a": "yes"}},
		{"a field that is there", Extract{Format: Logfmt}, []signal.Field{{Name: "_msg", Value: "a=new b=new"}, {Name: "a", Value: "old"}, {Name: "b", Value: ""}}, map[string]string{"a": "old", "b": "new"}},
		{"what the server sets", Extract{Format: Logfmt}, line("source=x time_error=y _time=z service=payments"), map[string]string{"source": "", "time_error": "", "_time": "", "service": "payments"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := newExtractor(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			row := signal.Row{Fields: c.in}
			message := row.Get("_msg")
			x.row(&row)
			for name, want := range c.want {
				if got := row.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if row.Get("_msg") != message {
				t.Error("the line has changed")
			}
		})
	}
}

func line(s string) []signal.Field { return []signal.Field{{Name: "_msg", Value: s}} }

func TestWhatIsExtractedIsMasked(t *testing.T) {
	in := intakeOf(Source{Name: "app", Spec: Spec{Extract: []Extract{{Pattern: "pw <password> end"}, {Pattern: "pan <pan> "}}}}, 0)
	in.prepare(signal.Row{Fields: line("pan 4111111111111111 pw hunter2 end")})
	if r := in.rows[0]; r.Get("password") != "[masked]" || r.Get("pan") != "[card …1111]" {
		t.Errorf("%v", r)
	}
}

func TestRulesOfExtractionFollowEachOther(t *testing.T) {
	in := intakeOf(Source{Name: "app", Spec: Spec{Extract: []Extract{{Pattern: "body=<body>"}, {From: "body", Format: JSON}}}}, 0)
	in.prepare(signal.Row{Fields: line(`body={"order":"7"}`)})
	if got := in.rows[0].Get("order"); got != "7" {
		t.Errorf("%q", got)
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("user=<user> ip=<ip>", `user="a" ip=1`)
	f.Add("<a>&lt;<b>", `{"a":{"b":1}}`)
	f.Fuzz(func(_ *testing.T, pattern, s string) {
		row := signal.Row{Fields: line(s)}
		for _, e := range []Extract{{Pattern: pattern}, {Format: JSON}, {Format: Logfmt}} {
			if x, err := newExtractor(e); err == nil {
				x.row(&row)
			}
		}
	})
}
