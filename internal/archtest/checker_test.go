package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// These tests show that the checker can fail: each example breaks one rule and no other.

func TestBrokenHousesAreFound(t *testing.T) {
	for _, c := range []struct {
		name, path, source string
		rule               string
		want               string
	}{
		{"a lower room imports a higher one", "internal/domain/alert/alert.go",
			code("alert", "mainstay/internal/domain/incident"), "imports follow the table",
			"domain/incident does not stand below domain/alert"},
		{"a room imports its neighbour to the right", "internal/domain/people/people.go",
			code("people", "mainstay/internal/domain/calendar"), "imports follow the table",
			"domain/calendar does not stand below domain/people"},
		{"tests keep the ranks too", "internal/domain/alert/alert_test.go",
			code("alert", "mainstay/internal/domain/incident"), "imports follow the table",
			"domain/incident does not stand below"},
		{"a domain reaches for the log store", "internal/domain/rule/rule.go",
			code("rule", "mainstay/internal/engine/logstore"), "imports follow the table",
			"domain/rule may not import engine/logstore"},
		{"a page speaks to the database", "internal/web/board/board.go",
			code("board", "mainstay/internal/engine/db"), "imports follow the table",
			"web/board may not import engine/db"},
		{"pages import each other", "internal/web/board/board.go",
			code("board", "mainstay/internal/web/incident"), "imports follow the table",
			"web/board may not import web/incident"},
		{"the demo knows more than an outsider", "internal/demo/demo.go",
			code("demo", "mainstay/internal/domain/incident"), "imports follow the table",
			"demo may not import domain/incident"},
		{"a room imports the wiring", "internal/api/api.go",
			code("api", "mainstay/internal/app"), "imports follow the table",
			"api may not import app"},
		{"an engine imports a domain", "internal/engine/timer/timer.go",
			code("timer", "mainstay/internal/domain/people"), "imports follow the table",
			"engine/timer may not import domain/people"},
		{"the agent brings a database", "internal/agent/agent.go",
			code("agent", "mainstay/internal/engine/db"), "imports follow the table",
			"agent may not import engine/db"},
		{"a protocol feeds a domain that nobody named", "internal/ingest/alertmanager/v2.go",
			code("alertmanager", "mainstay/internal/domain/change"), "imports follow the table",
			"ingest/alertmanager may not import domain/change"},
		{"the ground floor takes a library", "internal/base/page/page.go",
			code("page", "github.com/alecthomas/kong"), "imports follow the table",
			"base/page may import the standard library only"},
		{"test harness in the product", "internal/domain/people/people.go",
			code("people", "mainstay/internal/engine/db/dbtest"), "imports follow the table",
			"engine/db/dbtest is for tests only"},
		{"a folder that is not in the plan", "internal/gizmo/gizmo.go",
			code("gizmo"), "imports follow the table",
			`folder "gizmo" has no row`},
		{"a domain without a rank", "internal/domain/gizmo/gizmo.go",
			code("gizmo"), "every domain room has a rank",
			"domain/gizmo has no rank"},
		{"the time of day", "internal/domain/alert/alert.go",
			code("alert", "time") + "var at = time.Now()\n", "only the clock reads the time",
			"alert.go:4: time.Now: time is injected"},
		{"the time of day under another name", "internal/domain/alert/alert.go",
			"// Package alert is an example.\npackage alert\n\nimport t \"time\"\n\nvar now = t.Now\n", "only the clock reads the time",
			"time.Now"},
		{"waiting on the wall", "internal/engine/timer/timer.go",
			code("timer", "time") + "var c = time.After(1)\n", "only the clock reads the time",
			"time.After"},
		{"a test that sleeps", "internal/engine/timer/timer_test.go",
			code("timer", "time") + "func f() { time.Sleep(1) }\n", "only the clock reads the time",
			"time.Sleep"},
		{"no package comment", "internal/domain/alert/alert.go",
			"package alert\n", "every package says what it is",
			`starts with "Package alert "`},
		{"a comment that is not about the package", "internal/domain/alert/alert.go",
			"// Everything about alerts.\npackage alert\n", "every package says what it is",
			`starts with "Package alert "`},
		{"a command that does not say what it does", "cmd/mainstay/main.go",
			code("main"), "every package says what it is",
			`starts with "Command mainstay "`},
		{"a package of odds and ends", "internal/base/util/util.go",
			code("util"), "every package is named for what it does",
			`"util" says nothing`},
		{"another name than the folder", "internal/base/page/page.go",
			code("pages"), "every package is named for what it does",
			"package pages is in folder page"},
		{"work at import", "internal/deliver/smtp/smtp.go",
			code("smtp") + "func init() {}\n", "nothing happens at import",
			"smtp.go:3: no init()"},
		{"a dot import", "internal/deliver/smtp/smtp.go",
			"// Package smtp is an example.\npackage smtp\n\nimport . \"time\"\n", "names show where they come from",
			"no dot imports"},
		{"a main that does the work itself", "cmd/mainstay/main.go",
			"// Command mainstay is an example.\npackage main\n" + strings.Repeat("\n", mainLines), "main parses, runs and gives the exit code",
			"at most 80"},
		{"a program outside cmd", "internal/demo/main.go",
			"// Command demo is an example.\npackage main\n", "main parses, runs and gives the exit code",
			"programs live in cmd/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := built(t, c.path, c.source)
			for rule, check := range rules {
				found := check(h)
				switch {
				case rule != c.rule && len(found) > 0:
					t.Errorf("rule %q complains too: %v", rule, found)
				case rule == c.rule && (len(found) != 1 || !strings.Contains(found[0].String(), c.want)):
					t.Errorf("want one violation with %q, got %v", c.want, found)
				}
			}
		})
	}
}

func TestSoundHousesPass(t *testing.T) {
	for _, c := range []struct{ name, path, source string }{
		{"a higher room imports lower ones", "internal/domain/incident/incident.go",
			code("incident", "mainstay/internal/domain/alert", "mainstay/internal/domain/people", "mainstay/internal/engine/ledger")},
		{"a room imports its neighbour to the left", "internal/domain/calendar/calendar.go",
			code("calendar", "mainstay/internal/domain/people")},
		{"a room imports its own subfolder", "internal/domain/incident/incident.go",
			code("incident", "mainstay/internal/domain/incident/story")},
		{"a test opens a database", "internal/edge/edge_test.go",
			code("edge_test", "mainstay/internal/engine/db", "mainstay/internal/engine/db/dbtest")},
		{"a test waits with a guard", "internal/engine/timer/timer_test.go",
			code("timer", "time") + "var c = time.After(1)\n"},
		{"a harness uses another", "internal/apptest/apptest.go",
			code("apptest", "mainstay/internal/engine/db/dbtest", "mainstay/internal/app")},
		{"a page uses its components", "internal/web/board/board.go",
			code("board", "mainstay/internal/web/ui", "mainstay/internal/domain/incident")},
		{"a variable called time", "internal/domain/alert/alert.go",
			code("alert", "time") + "type c struct{ Now time.Time }\n\nfunc f(time c) any { return time.Now }\n"},
		{"durations", "internal/domain/alert/alert.go",
			code("alert", "time") + "const d = 5 * time.Minute\n"},
		{"generated code", "internal/web/board/board_templ.go",
			"// Code generated by templ - DO NOT EDIT.\n\n" + code("board", "time") + "func init() { _ = time.Now() }\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for rule, check := range rules {
				for _, v := range check(built(t, c.path, c.source)) {
					t.Errorf("rule %q: %s", rule, v)
				}
			}
		})
	}
}

func TestOtherModulesAndTestdataAreNotRead(t *testing.T) {
	h, err := load(fstest.MapFS{
		"internal/base/id/id.go":          text("// Package id is an example.\npackage id\n"),
		"e2e/go.mod":                      text("module mainstay/e2e\n"),
		"e2e/board_test.go":               text("not Go"),
		"internal/api/testdata/broken.go": text("not Go"),
		".cache/x.go":                     text("not Go"),
	})
	if err != nil || len(h.packages) != 1 {
		t.Fatalf("want the one package base/id, got %v, %v", h.packages, err)
	}
}

func TestEmptyOrBrokenSourceIsAnError(t *testing.T) {
	for _, tree := range []fstest.MapFS{{}, {"internal/base/id/id.go": text("package")}} {
		if _, err := load(tree); err == nil {
			t.Errorf("no error for %v", tree)
		}
	}
}

func TestLongCodeIsListed(t *testing.T) {
	long := code("alert") + "func big() {" + strings.Repeat("\n", fileLines) + "}\n"
	got := built(t, "internal/domain/alert/alert.go", long).long()
	if len(got) != 2 || !strings.HasSuffix(got[1].what, "big has 401 lines") {
		t.Errorf("want a long file and a long function, got %v", got)
	}
	if got := built(t, "internal/domain/alert/alert_templ.go", "// Code generated by templ - DO NOT EDIT.\n\n"+long).long(); len(got) > 0 {
		t.Errorf("generated code is listed: %v", got)
	}
}

func TestNoRoomHasTwoRanks(t *testing.T) {
	names := strings.Fields(strings.ReplaceAll(ranks, "|", " "))
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
		t.Errorf("a room is named twice in %v", names)
	}
}

// code returns a package with a comment that imports each target.
func code(name string, targets ...string) string {
	var src strings.Builder
	fmt.Fprintf(&src, "// Package %s is an example.\npackage %s\n", strings.TrimSuffix(name, "_test"), name)
	for _, target := range targets {
		fmt.Fprintf(&src, "import %q\n", target)
	}
	return src.String()
}

func built(t *testing.T, path, source string) *house {
	t.Helper()
	h, err := load(fstest.MapFS{path: text(source)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func text(source string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(source)} }
