package search_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/domain/search"
	"mainstay/internal/engine/logstore/match"
)

func TestWhatIsNoPipeIsNoticed(t *testing.T) {
	for text, want := range map[string]string{
		"foo | nosuchpipe":                      "nosuchpipe",
		"foo | stat by(host) | limit 3":         "stat by(host)",
		"foo | error or warn | sort by (_time)": "error or warn",
		"foo | level:error":                     "",
		`foo | "a | b" | limit 3`:               "",
		"* | stats by (host) count()":           "",
		"* | count()":                           "",
		"* | Where x:1 | HEAD 3":                "",
		"a|b":                                   "b",
	} {
		if got := strings.Join(search.Strange(text), "; "); got != want {
			t.Errorf("%s: %q are no pipes, want %q", text, got, want)
		}
	}
}

func TestTextIsTakenAsPeopleMeanIt(t *testing.T) {
	for text, want := range map[string]string{
		"":                            `*`,
		"  ":                          `*`,
		"timeout":                     `i("timeout")`,
		"Connection  refused":         `i("Connection") i("refused")`,
		`"connection refused" db1`:    `i("connection refused") i("db1")`,
		`'one phrase'`:                `i("one phrase")`,
		"`a b`":                       `i("a b")`,
		`"say \"no\""`:                `i("say \"no\"")`,
		`can't connect`:               `i("can't") i("connect")`,
		`"never closed`:               `i("\"never") i("closed")`,
		"bob@example.com":             `i("bob@example.com")`,
		"/var/log/messages":           `i("/var/log/messages")`,
		"foo[123]":                    `i("foo[123]")`,
		"http://bank.example/a?b=c":   `i("http://bank.example/a?b=c")`,
		"10.0.0.1:8080 refused":       `i("10.0.0.1:8080") i("refused")`,
		"localhost:5432":              `i("localhost:5432")`,
		"12:34:56":                    `i("12:34:56")`,
		"2026-03-01T12:34:56Z":        `i("2026-03-01T12:34:56Z")`,
		"error: disk full":            `i("error:") i("disk") i("full")`,
		`C:\Temp\a.log`:               `i("C:\\Temp\\a.log")`,
		"std::bad_alloc":              `i("std::bad_alloc")`,
		"post(Ledger.java:120)":       `i("post(Ledger.java:120)")`,
		"Ledger.java:120":             `i("Ledger.java:120")`,
		"--verbose -1":                `i("--verbose") i("-1")`,
		`{"event":"order"}`:           `i("{\"event\":\"order\"}")`,
		"status=500":                  `i("status=500")`,
		`""`:                          `*`,
		"héllo wörld":                 `i("héllo") i("wörld")`,
		"level:error":                 ``,
		"error or warn":               ``,
		"error AND timeout":           ``,
		"error not debug":             ``,
		"not debug":                   ``,
		"err*":                        ``,
		"*":                           `*`,
		`{service="payments"}`:        ``,
		"(a b)":                       ``,
		`i("x")`:                      ``,
		`re("a.*b")`:                  ``,
		`!debug`:                      ``,
		`-debug`:                      ``,
		`error | stats count()`:       ``,
		`"a field":x`:                 ``,
		`"foo bar"*`:                  ``,
		`http.status:500`:             ``,
		`_time:5m error`:              ``,
		`!(host:web1 or host:web2)`:   ``,
		`@timestamp:x`:                `i("@timestamp:x")`,
		"what | filter status:>=500":  ``,
		`status:in("a", "b") timeout`: ``,
	} {
		got, plain := search.Interpret(text)
		words := want != "" && want != "*"
		if want == "" {
			want = text
		}
		if got != want || plain != words && text != `""` {
			t.Errorf("%q is searched as %s (plain %v), want %s", text, got, plain, want)
		}
	}
}

func TestAReaderDecidesHowATextIsTaken(t *testing.T) {
	for _, c := range []struct {
		text string
		as   search.Reading
		want string
	}{
		{"level:error", search.Words, `i("level:error")`},
		{"file not found", search.Words, `i("file") i("not") i("found")`},
		{"timeout", search.LogsQL, "timeout"},
		{"", search.Words, "*"},
		{" ", search.LogsQL, "*"},
		{"timeout", search.Guess, `i("timeout")`},
	} {
		if got, _ := search.Read(c.text, c.as); got != c.want {
			t.Errorf("%q as %q is %s, want %s", c.text, c.as, got, c.want)
		}
	}
}

// Whatever is typed, words can be searched: the engine's own parser takes what they become.
func TestWordsAlwaysBecomeLogsQL(t *testing.T) {
	parses := func(text string) error {
		_, err := match.Compiler{}.Compile([]string{text})
		return err
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune(`ab "'\:|{}()*[]!-<>=~,.#@$/	`))), rapid.StringMatching(`.*\x00\xff.*`)).Draw(t, "text")
		logsql, plain := search.Interpret(text)
		if !plain && logsql != "*" && logsql != strings.TrimSpace(text) {
			t.Fatalf("%q is taken as LogsQL and changed to %q", text, logsql)
		}
		if plain {
			if err := parses(logsql); err != nil {
				t.Fatalf("%q is searched as %s: %v", text, logsql, err)
			}
		}
		if words, _ := search.Read(text, search.Words); parses(words) != nil {
			t.Fatalf("%q as words is %s: %v", text, words, parses(words))
		}
	})
}

func TestFiltersAreAddedBeforeThePipes(t *testing.T) {
	for _, c := range []struct{ text, with, without string }{
		{"*", `level:="error"`, `!level:="error"`},
		{`i("a b")`, `i("a b") level:="error"`, `i("a b") !level:="error"`},
		{"a or b", `(a or b) level:="error"`, `(a or b) !level:="error"`},
		{"a | stats count() n", `a level:="error" | stats count() n`, `a !level:="error" | stats count() n`},
		{`"x|y" {a="b|c"} | fields z`, `"x|y" {a="b|c"} level:="error" | fields z`, `"x|y" {a="b|c"} !level:="error" | fields z`},
		{`a:in(b | fields c) | limit 1`, `a:in(b | fields c) level:="error" | limit 1`, `a:in(b | fields c) !level:="error" | limit 1`},
		{"color:red", `color:red level:="error"`, `color:red !level:="error"`},
	} {
		if got := search.With(c.text, "level", "error"); got != c.with {
			t.Errorf("%s with: %s, want %s", c.text, got, c.with)
		}
		if got := search.Without(c.text, "level", "error"); got != c.without {
			t.Errorf("%s without: %s, want %s", c.text, got, c.without)
		}
	}
}

// A click on any value of any field makes a search that the engine understands.
func TestAddedFiltersAlwaysParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, value := rapid.StringN(1, 20, 60).Draw(t, "name"), rapid.String().Draw(t, "value")
		for _, text := range []string{search.Is(name, value), search.With("a or b", name, value), search.Without("*", name, value)} {
			if _, err := (match.Compiler{}).Compile([]string{text}); err != nil {
				t.Fatalf("field %q value %q: %s: %v", name, value, text, err)
			}
		}
	})
}

func TestPipesTellWhatAnAnswerIs(t *testing.T) {
	for text, want := range map[string]struct{ counts, tail bool }{
		"*":                                  {false, true},
		`a | extract "x=<x>"`:                {false, true},
		"a | unpack_json | filter b:c":       {false, true},
		"a | stats by (b) count()":           {true, false},
		"a | count()":                        {true, false},
		"a | by (b) count()":                 {true, false},
		"a | sort by (_time)":                {false, false},
		"a | limit 3":                        {false, false},
		"a | top 3 by (b)":                   {false, false},
		"a | fields b":                       {false, false},
		"a | stream_context before 3":        {false, false},
		`"a | stats count()"`:                {false, true},
		"a | stats count() n | sort by (n)":  {true, false},
		"a:in(b | stats count()) | filter c": {false, true},
	} {
		if got := search.Counts(text); got != want.counts {
			t.Errorf("%s counts: %v", text, got)
		}
		if got := search.CanTail(text); got != want.tail {
			t.Errorf("%s can be watched: %v", text, got)
		}
	}
}

func TestCursorsAreReadAsTheyAreWritten(t *testing.T) {
	c, err := search.ParseCursor("2026-03-01T12:00:00.123456789Z~7")
	if err != nil || c.Seen != 7 || c.String() != "2026-03-01T12:00:00.123456789Z~7" {
		t.Errorf("%v, %v", c, err)
	}
	for _, bad := range []string{"", "~", "x~1", "2026-03-01T12:00:00Z~-1", "2026-03-01T12:00:00Z~" + strconv.Itoa(1<<30)} {
		if _, err := search.ParseCursor(bad); err == nil {
			t.Errorf("%q is taken for a cursor", bad)
		}
	}
}
