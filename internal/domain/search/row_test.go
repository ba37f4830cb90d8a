package search

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/engine/signal"
)

func all(t testing.TB, in *reader) ([]Row, error) {
	t.Helper()
	var out []Row
	for {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, row)
	}
}

func TestLevelsAreReadAsSendersWriteThem(t *testing.T) {
	for _, c := range []struct {
		level, severity, message string
		want                     Level
	}{
		{"error", "", "", Error}, {"ERR", "", "", Error}, {" Warning ", "", "", Warn}, {"critical", "", "", Fatal}, {"notice", "", "", Info},
		{"", "3", "", Error}, {"", "0", "", Fatal}, {"", "7", "", Debug}, {"50", "", "", Error}, {"10", "", "", Trace}, {"35", "", "", Unknown}, {"E", "", "", Error}, {"v", "", "", Trace},
		{"61", "", "", Unknown}, {"8", "", "", Unknown}, {"-1", "", "", Unknown}, {"loud", "", "error", Unknown},
		{"info", "error", "FATAL", Info}, {"", "warn", "error", Warn},
		{"", "", "ERROR disk full", Error}, {"", "", "[2016-12-19 16:00:00,123] WARN slow", Warn}, {"", "", "2026-03-01T12:00:00.5Z INFO up", Info},
		{"", "", "2026-03-01T12:00:00+01:00 [main] debug", Unknown}, {"", "", "<3>panic: no", Fatal}, {"", "", "errors are few", Unknown},
		{"", "", "no error here", Unknown}, {"", "", "", Unknown}, {"", "", strings.Repeat(" ", 41) + "error", Unknown},
	} {
		if got := LevelOf(c.level, c.severity, c.message); got != c.want {
			t.Errorf("level %q severity %q message %q is %s, want %s", c.level, c.severity, c.message, got, c.want)
		}
	}
}

// What a field says is a level on a page exactly when a rule finds it, and the search for bad lines too.
func TestALevelIsTheSameForPagesRulesAndSearches(t *testing.T) {
	bad, err := match.Compiler{}.Compile([]string{badLines})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range Levels[:len(Levels)-1] {
		for _, said := range signal.LevelValues(string(l)) {
			for _, value := range []string{said, strings.ToUpper(said), " " + said + " "} {
				if got := LevelOf(value, "", ""); got != l {
					t.Errorf("level %q is %s, want %s", value, got, l)
				}
				found, err := bad.Match(t.Context(), []signal.Row{{Fields: []signal.Field{{Name: "_msg", Value: "x"}, {Name: "level", Value: value}}}})
				if err != nil || (len(found[0]) == 1) != l.Bad() {
					t.Errorf("level %q is bad: %v, %v", value, found, err)
				}
			}
		}
	}
}

func TestAnswersAreReadWhateverTheLinesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.MapOfN(rapid.StringN(1, 10, 40), rapid.String(), 1, 8).Draw(t, "fields")
		var answer bytes.Buffer
		for range 3 {
			if err := json.NewEncoder(&answer).Encode(fields); err != nil {
				t.Fatal(err)
			}
		}
		in := newReader(&answer)
		ids := map[string]bool{}
		for range 3 {
			row, err := in.next()
			if err != nil {
				t.Fatal(err)
			}
			ids[row.ID] = true
			for _, f := range row.Fields {
				if fields[f.Name] != f.Value {
					t.Fatalf("%q is %q, was %q", f.Name, f.Value, fields[f.Name])
				}
			}
		}
		if len(ids) != 3 {
			t.Fatalf("three equal rows have %d identities", len(ids))
		}
	})
}

func TestLongValuesAreCutAndTheirLengthKept(t *testing.T) {
	long := strings.Repeat("ü", MaxValue)
	line, err := json.Marshal(map[string]string{"_msg": long, "stack": long})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := all(t, newReader(bytes.NewReader(line)))
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	r := rows[0]
	if len(r.Message) > MaxValue || r.Bytes != len(long) || r.Fields[0].Bytes != len(long) || !utf8.ValidString(r.Message) {
		t.Errorf("message of %d bytes said to be %d", len(r.Message), r.Bytes)
	}
	in := newReader(bytes.NewReader(line))
	in.whole = true
	if rows, _ := all(t, in); rows[0].Message != long || rows[0].Mark != r.Mark || rows[0].ID != r.ID {
		t.Error("the whole line is another one than the cut one")
	}
}

func TestAnAnswerThatFailsInTheMiddleIsAnError(t *testing.T) {
	rows, err := all(t, newReader(strings.NewReader(`{"_msg":"a"}`+"\n"+`remoteAddr: "@"; requestURI: /select/logsql/query; cannot execute query [*]: context deadline exceeded`)))
	if len(rows) != 1 || !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "shorter range") {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if _, err := all(t, newReader(strings.NewReader(`{"_msg":`))); err == nil {
		t.Error("half a row is taken for a whole one")
	}
	if _, err := all(t, newReader(strings.NewReader(`{"_msg":5}`))); err == nil {
		t.Error("a number is taken for a text")
	}
}

func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	refused := func(text string) error { return &errs.E{Kind: errs.Invalid, Message: text} }
	for _, c := range []struct{ said, asked, want string }{
		{`cannot parse query [foo[123]: unexpected token "["; context: [foo[]`, `foo[123`, `this is no LogsQL at character 4, near “foo[”: unexpected token "["`},
		{`remoteAddr: "@"; requestURI: /select/logsql/query?query=x; cannot parse query [foo:bar) x]: unexpected unparsed tail after [foo:bar]; context: [foo:bar)]; tail: [ x]`,
			`foo:bar) x`, `this is no LogsQL at character 8, near “foo:bar)”: unexpected unparsed tail after [foo:bar]`},
		{`cannot parse query [a |]: missing pipe; context: [a |]`, `a |`, `this is no LogsQL at its end: missing pipe`},
		{`{"status":"error","errorType":"422","error":"cannot execute query [a]: the query needs too much memory"}`, `a`, `the search needs more memory than the log engine may use`},
		{`something else`, `a`, `the log engine cannot answer this: something else`},
	} {
		if got := mistake(refused(c.said), c.asked); !strings.HasPrefix(got.Error(), c.want) || !errs.Is(got, errs.Invalid) {
			t.Errorf("%s\n  is told as %v\n  want %s", c.said, got, c.want)
		}
	}
	if down := errs.Unavailablef("down"); !errors.Is(mistake(down, ""), down) {
		t.Error("an engine that is down is a mistake of the asker")
	}
}

func TestSpreadsheetsGetNoFormulas(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "+cmd": "'+cmd", "-5": "-5", "-x": "'-x", "@a": "'@a", "plain": "plain", "": "", "\tx": "'\tx",
		"\nx": "'\nx", "＝1+1": "'＝1+1", "+1.5e3": "+1.5e3", "-1+cmd|' /C calc'!A0": "'-1+cmd|' /C calc'!A0", "é=1": "é=1"} {
		if got := cell(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestStepsFitTheirRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length, most := rapid.Int64Range(1, int64(MaxRange)).Draw(t, "length"), rapid.IntRange(10, 100).Draw(t, "most")
		step := StepOf(time.Duration(length), most)
		if n := int64(time.Duration(length) / step); n > int64(most) || step <= 0 {
			t.Fatalf("%d steps of %s", n, step)
		}
	})
}
