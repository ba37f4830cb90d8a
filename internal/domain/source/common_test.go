package source

import (
	"strings"
	"testing"

	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/engine/signal"
)

func TestHostServiceAndLevelHaveOneNameWhateverTheProtocol(t *testing.T) {
	for _, c := range []struct{ name, fields, want string }{
		{"nothing", "_msg=x", "_msg=x"},
		{"the common names", "host=h service=s level=error", "host=h service=s level=error"},
		{"OpenTelemetry", "service.name=pay host.name=h severity=ERROR", "service.name=pay host.name=h severity=ERROR host=h service=pay level=error"},
		{"Beats", "agent.hostname=a host.name=h log.level=WARN", "agent.hostname=a host.name=h log.level=WARN host=h level=warn"},
		{"journald", "_HOSTNAME=h level=error PRIORITY=3", "_HOSTNAME=h level=error PRIORITY=3 host=h"},
		{"one's own goes first", "host=mine hostname=other level=info severity=error service=s service.name=t", "host=mine hostname=other level=info severity=error service=s service.name=t"},
		{"case", "level=Warning", "level=warn"},
		{"a letter", "level=E", "level=error"},
		{"a letter that is no beginning", "level=v", "level=trace sent_level=v"},
		{"an abbreviation", "level=ERR", "level=error"},
		{"more than is left", "level=NOTICE", "level=info sent_level=NOTICE"},
		{"numbers of loggers", "level=50", "level=error sent_level=50"},
		{"numbers of syslog", "severity=4", "severity=4 level=warn"},
		{"words that are no level", "severity=Sev-2 level=gold", "severity=Sev-2 level=gold"},
		{"a level that says nothing beside one that does", "severity=high lvl=dbg", "severity=high lvl=dbg level=debug"},
		{"numbers that are none", "level=17", "level=17"},
	} {
		var r signal.Row
		for pair := range strings.FieldsSeq(c.fields) {
			name, value, _ := strings.Cut(pair, "=")
			r.Fields = append(r.Fields, signal.Field{Name: name, Value: value})
		}
		common(&r, true)
		var got []string
		for _, f := range r.Fields {
			got = append(got, f.Name+"="+f.Value)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %s, want %s", c.name, s, c.want)
		}
	}
}

func TestTheServiceOfASourceIsNotRepeatedFromItsLines(t *testing.T) {
	in := intakeOf(Source{Name: "app", Spec: Spec{Service: "payments"}}, 0)
	in.prepare(signal.Row{Fields: []signal.Field{{Name: "service.name", Value: "checkout"}}})
	if r := in.rows[0]; r.Get(signal.Service) != "payments" || r.Get("sent_service") != "" || r.Get("service.name") != "checkout" {
		t.Errorf("%v", r)
	}
}

// Whatever a sender writes for a level, a rule for the level finds the line.
func TestARuleFindsEveryWordForALevel(t *testing.T) {
	for _, level := range []string{"fatal", "error", "warn", "info", "debug", "trace"} {
		rule, err := match.Compiler{}.Compile([]string{"level:" + level})
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range signal.LevelValues(level) {
			for _, name := range []string{"level", "severity", "log.level"} {
				row := signal.Row{Fields: []signal.Field{{Name: "_msg", Value: "x"}, {Name: name, Value: strings.ToUpper(said)}}}
				common(&row, false)
				if found, err := rule.Match(t.Context(), []signal.Row{row}); err != nil || len(found[0]) != 1 {
					t.Errorf("%s=%s is stored as %v, which level:%s does not find (%v)", name, said, row.Fields, level, err)
				}
			}
		}
	}
}
