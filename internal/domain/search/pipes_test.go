package search

import (
	"context"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"
	"pgregory.net/rapid"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

func TestCommentsHideNothingThatIsPutBehindThem(t *testing.T) {
	for _, c := range []struct{ what, got, want string }{
		{"newest", cut("* # x").newest(201), "* | sort by (_time desc) limit 201"},
		{"newest", cut("* # a | limit 3").newest(5), "* | sort by (_time desc) limit 5"},
		{"newest", cut("a # b | c\n| filter d # e").newest(5), "a | filter d | sort by (_time desc) limit 5"},
		{"newest", cut(`"# no comment" | filter '#' # one`).newest(5), `"# no comment" | filter '#' | sort by (_time desc) limit 5`},
		{"newest", cut("a#b\nc").newest(5), "a c | sort by (_time desc) limit 5"},
		{"with", With("error # a | b", "host", "web1"), `error host:="web1"`},
		{"with", With("# all\n* # of them", "host", "web1"), `host:="web1"`},
		{"with", With("a # or\nb", "host", "web1"), "a b host:=\"web1\""},
		{"then", Then("error # a", "stats count() n"), "error | stats count() n"},
	} {
		if got := c.got; strings.Join(strings.Fields(got), " ") != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	if !Counts("* | # by host\nstats by (host) count()") || Counts("* # | stats count()") || Piped("* # | limit 3") {
		t.Error("a comment is taken for a part of the query, or hides one")
	}
}

// pieces are what texts are made of that could deceive who looks for pipes.
var pieces = []string{
	"a", "b", "*", " ", " ", "\n", "|", "| ", " | limit 3", " | filter x", " | fields y", " | stats count() n", ` | extract "<z>"`, " # x", "#", "# | y\n",
	`"`, "'", "`", `"q | r"`, `'q # "r'`, "`q\n|`", `\`, `\"`, "(", ")", "[", "]", "{", "}", `{s="a|b"}`, ":", "=", ":in(c | fields d)", " or ", "!", "-", "é", "\xff", "\x00", ".", ",",
}

// Whatever is asked, the engine is told how many rows are wanted of it.
func TestWhatIsParsedOfNewestEndsInALimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12).Draw(t, "text"), "")
		if _, err := logstorage.ParseQuery(text); err != nil {
			t.Skip("is no query")
		}
		for what, logsql := range map[string]string{"newest": cut(text).newest(201), "then": Then(text, "sort by (_time desc) limit 201"), "with": Then(With(text, "f", "v"), "sort by (_time desc) limit 201")} {
			q, err := logstorage.ParseQuery(logsql)
			if err != nil {
				continue // it is refused, with a sentence, and no row comes
			}
			parsed := q.String()
			if !strings.Contains(parsed, "| sort by (_time desc) limit 201") {
				t.Fatalf("%s of %q is %q, and parsed %q: without its limit", what, text, logsql, parsed)
			}
			if what == "with" && !strings.Contains(parsed, "f:=v") && !strings.Contains(parsed, "f:=\"v\"") {
				t.Fatalf("%q with a filter is %q, and parsed %q", text, logsql, parsed)
			}
		}
	})
}

// flood is an engine that sends rows for as long as somebody reads.
type flood struct{ sent int }

func (f *flood) Select(context.Context, string, url.Values, signal.Scope) (signal.Answer, error) {
	return signal.Answer{Body: io.NopCloser(f)}, nil
}

func (f *flood) Read(p []byte) (int, error) {
	f.sent++
	return copy(p, `{"n":"1"}`+"\n"), nil
}

func TestNobodyHoldsMoreRowsThanAnAnswerMayHave(t *testing.T) {
	engine := &flood{}
	s := New(Config{Logs: engine, Scope: func(context.Context, actor.Actor) (signal.Scope, error) { return signal.Scope{All: true}, nil }})
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	_, err := s.Rows(t.Context(), actor.Actor{}, Question{LogsQL: "*", Start: now, End: now.Add(time.Hour)})
	if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "more than 100000 rows") {
		t.Errorf("an answer without an end: %v", err)
	}
	if engine.sent > maxHeld+1 {
		t.Errorf("%d rows were read", engine.sent)
	}
}
