package search_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/child"
	"mainstay/internal/engine/signal"
)

// TestMain makes this binary the engine when a store wants it to be that.
func TestMain(m *testing.M) {
	if child.Wanted() {
		os.Exit(child.Main())
	}
	os.Exit(m.Run())
}

// archive is a search over a running engine, in which the actor named after a service sees that
// service, root everything, and nobody nothing.
type archive struct {
	*search.Service
	t     *testing.T
	store *logstore.Store
	from  time.Time
}

var root = actor.Actor{Kind: actor.User, ID: "root", Name: "root"}

func open(t *testing.T) *archive {
	t.Helper()
	store, err := logstore.Open(logstore.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	store.Start()
	t.Cleanup(func() {
		if err := store.Stop(); err != nil {
			t.Error(err)
		}
	})
	a := &archive{t: t, store: store, from: clock.Wall().Now().Add(-time.Hour).Truncate(time.Minute)}
	a.Service = search.New(search.Config{Logs: store, Scope: func(_ context.Context, by actor.Actor) (signal.Scope, error) {
		switch by.ID {
		case "":
			return signal.Scope{}, errs.Forbiddenf("nobody may read the logs of no service")
		case "root":
			return signal.Scope{All: true}, nil
		}
		return signal.Scope{Services: []string{by.ID}}, nil
	}})
	return a
}

// add stores a line of a service, so many seconds after from; more are fields: "level=error".
func (a *archive) add(after float64, service, text string, more ...string) {
	a.t.Helper()
	r := signal.Row{Time: a.from.Add(time.Duration(after * float64(time.Second))), Stream: []string{"source", "service", "host"}}
	for _, pair := range append([]string{"_msg=" + text, "source=" + service, "service=" + service, "host=h1"}, more...) {
		name, value, _ := strings.Cut(pair, "=")
		r.Set(name, value)
	}
	if err := a.store.Append(a.t.Context(), []signal.Row{r}); err != nil {
		a.t.Fatal(err)
	}
}

func (a *archive) settle() {
	a.t.Helper()
	ctx, stop := context.WithTimeout(a.t.Context(), 30*time.Second)
	defer stop()
	if err := a.store.Flush(ctx); err != nil {
		a.t.Fatal(err)
	}
}

func (a *archive) ask(logsql string) search.Question {
	return search.Question{LogsQL: logsql, Start: a.from, End: a.from.Add(time.Hour)}
}

func messages(rows []search.Row) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Message)
	}
	return strings.Join(out, " ")
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestPagesHoldEveryLineOnce(t *testing.T) {
	a := open(t)
	var want []string
	for i := range 60 {
		after := float64(i)
		if i >= 20 && i < 45 {
			after = 20 // more lines of one instant than a page has
		}
		a.add(after, "payments", fmt.Sprintf("line-%02d", i))
		want = append(want, fmt.Sprintf("line-%02d", i))
	}
	a.settle()
	var got []string
	last := a.from.Add(time.Hour)
	q := a.ask("*")
	q.Limit = 10
	for range 20 {
		page := must[search.Answer](t)(a.Rows(t.Context(), root, q))
		if len(page.Rows) > 10 {
			t.Fatalf("%d rows on a page", len(page.Rows))
		}
		for _, r := range page.Rows {
			if r.Time.After(last) {
				t.Errorf("%s is newer than what came before", r.Message)
			}
			last = r.Time
			got = append(got, r.Message)
		}
		if q.Before = page.Older; page.Older == nil {
			break
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("pages hold %d lines: %v", len(got), got)
	}
}

// A batch of lines that all have one instant must not leave its page nearly empty.
func TestAPageIsFullThoughManyLinesHaveOneInstant(t *testing.T) {
	a := open(t)
	for i := range 30 {
		a.add(10, "payments", fmt.Sprintf("batch-%02d", i))
	}
	a.add(20, "payments", "later")
	a.settle()
	q := a.ask("*")
	q.Limit = 10
	page := must[search.Answer](t)(a.Rows(t.Context(), root, q))
	if len(page.Rows) != 10 || page.Rows[0].Message != "later" || page.Older == nil {
		t.Fatalf("%d rows on the first page: %s", len(page.Rows), messages(page.Rows))
	}
	seen := map[string]int{}
	for n := 0; page.Older != nil && n < 10; n++ {
		for _, r := range page.Rows {
			seen[r.Message]++
		}
		q.Before = page.Older
		page = must[search.Answer](t)(a.Rows(t.Context(), root, q))
	}
	for _, r := range page.Rows {
		seen[r.Message]++
	}
	for m, n := range seen {
		if n != 1 {
			t.Errorf("%s is on %d pages", m, n)
		}
	}
	if len(seen) != 31 {
		t.Errorf("%d of 31 lines on all pages", len(seen))
	}
}

func TestEverybodySeesTheirOwnLinesOnly(t *testing.T) {
	a := open(t)
	a.add(1, "payments", "mine", "level=error")
	a.add(2, "mail", "theirs", "level=error", "secret=yes")
	a.settle()
	pay := actor.Actor{Kind: actor.User, ID: "payments", Name: "pay"}
	ctx := t.Context()
	for _, logsql := range []string{"*", "* or service:mail", "* | stream_context before 5 after 5", "* | union (service:mail)"} {
		if got := messages(must[search.Answer](t)(a.Rows(ctx, pay, a.ask(logsql))).Rows); strings.Contains(got, "theirs") || !strings.Contains(got, "mine") {
			t.Errorf("%s shows %q", logsql, got)
		}
	}
	if h := must[search.Hits](t)(a.Hits(ctx, pay, a.ask("*"), 60)); h.Total != 1 {
		t.Errorf("counts %d lines", h.Total)
	}
	for _, f := range must[[]search.Facet](t)(a.Fields(ctx, pay, a.ask("*"), 10)) {
		if f.Name == "secret" {
			t.Error("names a field of lines of others")
		}
	}
	theirs := must[search.Answer](t)(a.Rows(ctx, root, a.ask("theirs"))).Rows[0]
	if _, err := a.Line(ctx, pay, theirs.Place(), "*"); !errs.Is(err, errs.NotFound) {
		t.Errorf("a line of others: %v", err)
	}
	if rows := must[[]search.Row](t)(a.Around(ctx, pay, theirs.Place(), 5)); len(rows) != 0 {
		t.Errorf("surroundings of others: %s", messages(rows))
	}
	if rows := must[[]search.Row](t)(a.Tail(ctx, pay, a.ask("*"))); messages(rows) != "mine" {
		t.Errorf("the tail shows %s", messages(rows))
	}
	if text := exported(t)(a.Export(ctx, pay, a.ask("*"))); strings.Contains(text, "theirs") {
		t.Error("the export has lines of others")
	}
}

func TestWhoMaySeeNothingIsToldSo(t *testing.T) {
	s := search.New(search.Config{Scope: func(context.Context, actor.Actor) (signal.Scope, error) {
		return signal.Scope{}, errs.Forbiddenf("nobody may read the logs of no service")
	}})
	ctx, by, q := t.Context(), actor.Actor{}, search.Question{LogsQL: "*", Start: time.Unix(1, 0), End: time.Unix(2, 0)}
	refusals := map[string]error{}
	_, refusals["Rows"] = s.Rows(ctx, by, q)
	_, refusals["Hits"] = s.Hits(ctx, by, q, 60)
	_, refusals["Fields"] = s.Fields(ctx, by, q, 10)
	_, refusals["Newest"] = s.Newest(ctx, by, q)
	_, _, refusals["Series"] = s.Series(ctx, by, q, 60, 6)
	_, refusals["Line"] = s.Line(ctx, by, search.Place{}, "*")
	_, refusals["Around"] = s.Around(ctx, by, search.Place{}, 5)
	_, refusals["Tail"] = s.Tail(ctx, by, q)
	_, refusals["Export"] = s.Export(ctx, by, q)
	_, refusals["ExportCSV"] = s.ExportCSV(ctx, by, q)
	for name, err := range refusals {
		if !errs.Is(err, errs.Forbidden) {
			t.Errorf("%s answers %v", name, err)
		}
	}
}

func TestLinesAreCountedByTheLevelThatTheListShows(t *testing.T) {
	a := open(t)
	lines := []struct{ text, more string }{
		{"plain", "level=ERROR"}, {"plain", "severity=3"}, {"ERROR by word", "x=y"}, {"[2026-01-01 10:00:00,5] WARN slow", "x=y"},
		{"2026-01-01T10:00:00.123Z INFO up", "x=y"}, {"FATAL by word", "level=info"}, {"nothing to say", "x=y"}, {"panic: no", "x=y"}, {"plain", "level=trace"},
	}
	for i, l := range lines {
		a.add(float64(i*60), "payments", l.text, l.more)
	}
	a.settle()
	want := map[search.Level]int64{}
	for _, r := range must[search.Answer](t)(a.Rows(t.Context(), root, a.ask("*"))).Rows {
		want[r.Level]++
	}
	h := must[search.Hits](t)(a.Hits(t.Context(), root, a.ask("*"), 60))
	for _, level := range search.Levels {
		if h.Of[level] != want[level] {
			t.Errorf("%s: %d in the histogram, %d in the list", level, h.Of[level], want[level])
		}
	}
	sum := int64(0)
	for _, s := range h.Steps {
		sum += s.Total
	}
	for level, want := range map[search.Level]int64{search.Error: 0, search.Fatal: 0, search.Trace: 1, search.Info: 1} {
		if h.Named[level] != want || int(want) != len(must[search.Answer](t)(a.Rows(t.Context(), root, a.ask("level:"+string(level)))).Rows) {
			t.Errorf("level:%s finds %d lines, it is said to find %d", level, want, h.Named[level])
		}
	}
	if h.Guessed != 4 {
		t.Errorf("%d levels are said to be those of first words, 4 are", h.Guessed)
	}
	if h.Total != int64(len(lines)) || sum != h.Total || h.Bad() != 4 {
		t.Errorf("%d lines, %d in steps, %d bad", h.Total, sum, h.Bad())
	}
	if newest := must[*search.Row](t)(a.Newest(t.Context(), root, a.ask("*"))); newest == nil || newest.Message != "panic: no" {
		t.Errorf("the newest error is %v", newest)
	}
	if none := must[*search.Row](t)(a.Newest(t.Context(), root, a.ask("slow"))); none != nil {
		t.Errorf("a warning is an error: %v", none)
	}
}

func TestFieldsComeWithTheirTopValues(t *testing.T) {
	a := open(t)
	for i := range 12 {
		a.add(float64(i), "payments", "x", fmt.Sprintf("status=%d", 200+i%2*300), fmt.Sprintf("id=%d", i))
	}
	a.add(20, "payments", "x", "status=404")
	a.settle()
	var status search.Facet
	for _, f := range must[[]search.Facet](t)(a.Fields(t.Context(), root, a.ask("* | stats count()"), 2)) {
		if strings.HasPrefix(f.Name, "_") {
			t.Errorf("the engine's own %s is listed", f.Name)
		}
		if f.Name == "status" {
			status = f
		}
		if f.Name == "id" && (f.Hits != 12 || f.Without != 1 || len(f.Values) != 2) {
			t.Errorf("12 of 13 lines have an id, two values are shown: %+v", f)
		}
	}
	if status.Hits != 13 || status.Without != 0 {
		t.Errorf("13 lines have a status, %d counted, %d without", status.Hits, status.Without)
	}
	if len(status.Values) != 2 || status.Values[0].Hits != 6 || status.Values[1].Hits != 6 || status.Many {
		t.Errorf("status has %+v", status)
	}
}

func TestPipesMakeColumnsTablesAndSeries(t *testing.T) {
	a := open(t)
	for i := range 6 {
		a.add(float64(i*60), "payments", fmt.Sprintf("order %d of user%d", i, i%2))
	}
	a.settle()
	ctx := t.Context()
	out := must[search.Answer](t)(a.Rows(ctx, root, a.ask(`* | extract "order <number> of <who>"`)))
	if out.Table || !slices.Equal(out.Made, []string{"number", "who"}) || len(out.Rows) != 6 || out.Rows[0].Get("number") != "5" {
		t.Errorf("extract: %+v", out)
	}
	stats := `* | extract "order <number> of <who>" | stats by (who) count() lines`
	out = must[search.Answer](t)(a.Rows(ctx, root, a.ask(stats)))
	if !out.Table || !slices.Equal(out.Columns, []string{"who", "lines"}) || len(out.Rows) != 2 || out.Rows[0].Get("lines") != "3" {
		t.Errorf("stats: %+v", out)
	}
	series, _, err := a.Series(ctx, root, a.ask(stats), 60, 6)
	if err != nil || len(series) != 2 || len(series[0].Points) != 3 || !strings.HasPrefix(series[0].Name, "user") {
		t.Errorf("series: %+v, %v", series, err)
	}
	out = must[search.Answer](t)(a.Rows(ctx, root, a.ask("* | fields host")))
	if !out.Table || !slices.Equal(out.Columns, []string{"host"}) {
		t.Errorf("fields: %+v", out)
	}
	out = must[search.Answer](t)(a.Rows(ctx, root, a.ask("* | sort by (_time) | limit 2")))
	if out.Table || messages(out.Rows) != "order 0 of user0 order 1 of user1" {
		t.Errorf("sorted: %s", messages(out.Rows))
	}
	if _, err := a.Tail(ctx, root, a.ask(stats)); !errs.Is(err, errs.Invalid) {
		t.Errorf("statistics can be watched: %v", err)
	}
}

func TestALineIsFoundAgainWithWhatSurroundsIt(t *testing.T) {
	a := open(t)
	long := strings.Repeat("x", 100_000)
	for i := range 9 {
		a.add(float64(i*i*60), "payments", fmt.Sprint(i)) // some minutes apart
		a.add(float64(i*i*60), "payments", fmt.Sprint("other", i), "host=h2")
	}
	a.add(5, "mail", long, "id=7")
	a.settle()
	ctx := t.Context()
	four := must[search.Answer](t)(a.Rows(ctx, root, a.ask(`_msg:="4"`))).Rows[0]
	if got := messages(must[[]search.Row](t)(a.Around(ctx, root, four.Place(), 2))); got != "2 3 4 5 6" {
		t.Errorf("around 4: %s", got)
	}
	if got := messages(must[[]search.Row](t)(a.Around(ctx, root, four.Place(), 100))); got != "0 1 2 3 4 5 6 7 8" {
		t.Errorf("far around 4: %s", got)
	}
	cut := must[search.Answer](t)(a.Rows(ctx, root, a.ask("id:7"))).Rows[0]
	whole := must[search.Row](t)(a.Line(ctx, root, cut.Place(), "id:7 | extract if (id:7) \"x<rest>\""))
	if len(cut.Message) > search.MaxValue || whole.Message != long || whole.Get("rest") == "" {
		t.Errorf("cut to %d, whole %d", len(cut.Message), len(whole.Message))
	}
	for _, at := range []search.Place{{Time: four.Time, StreamID: four.StreamID, Mark: "none"}, {Time: four.Time, StreamID: `x or *`, Mark: four.Mark}, {}} {
		if row, err := a.Line(ctx, root, at, "*"); err == nil && row.Message != "4" || err == nil && at.Mark == four.Mark {
			t.Errorf("%+v: %v, %v", at, row.Message, err)
		}
	}
}

func TestAllThatIsFoundCanBeTakenAway(t *testing.T) {
	a := open(t)
	a.add(1, "payments", "one, \"two\"\nthree", "status=200")
	a.add(2, "payments", "=cmd()", "id=7")
	a.settle()
	text := exported(t)(a.Export(t.Context(), root, a.ask("*")))
	if n := strings.Count(text, "\n"); n != 2 || !strings.HasPrefix(text, "{") {
		t.Errorf("NDJSON is %q", text)
	}
	list, err := csv.NewReader(strings.NewReader(exported(t)(a.ExportCSV(t.Context(), root, a.ask("*"))))).ReadAll()
	if err != nil || len(list) != 3 {
		t.Fatalf("CSV: %v, %v", list, err)
	}
	if got := list[0][:2]; !slices.Equal(got, []string{"_time", "_msg"}) || !slices.Contains(list[0], "status") || !slices.Contains(list[0], "id") {
		t.Errorf("the header is %v", list[0])
	}
	if list[1][1] != "one, \"two\"\nthree" || list[2][1] != "'=cmd()" {
		t.Errorf("the rows are %v", list[1:])
	}
}

func exported(t *testing.T) func(io.ReadCloser, error) string {
	return func(body io.ReadCloser, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func TestMistakesAreTheAskersAndSayWhere(t *testing.T) {
	a := open(t)
	a.settle()
	for logsql, want := range map[string]string{
		`foo[123`:            "at character 4",
		`foo:bar) x`:         "at character 8",
		`a | nosuch(pipe) |`: "no LogsQL",
		`* | stats nosuch()`: "no LogsQL",
		`foo | stats by (`:   "at its end",
		`level:(`:            "at its end: something is missing there",
	} {
		_, err := a.Rows(t.Context(), root, a.ask(logsql))
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "remoteAddr") {
			t.Errorf("%s: %v, want %s", logsql, err, want)
		}
	}
	if _, _, err := a.Series(t.Context(), root, a.ask("*"), 60, 6); !errs.Is(err, errs.Invalid) {
		t.Errorf("series of no statistics: %v", err)
	}
	for name, q := range map[string]search.Question{
		"no range":      {LogsQL: "*"},
		"reversed":      {LogsQL: "*", Start: a.from, End: a.from.Add(-1)},
		"a century":     {LogsQL: "*", Start: a.from.AddDate(-100, 0, 0), End: a.from},
		"too long":      {LogsQL: strings.Repeat("x", search.MaxText+1), Start: a.from, End: a.from},
		"too many rows": {LogsQL: "*", Start: a.from, End: a.from, Limit: search.MaxRows + 1},
	} {
		if _, err := a.Rows(t.Context(), root, q); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAReaderWhoLeavesEndsTheSearch(t *testing.T) {
	a := open(t)
	a.settle()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := a.Rows(ctx, root, a.ask("*")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAnEngineThatIsNotThereIsUnavailable(t *testing.T) {
	store, err := logstore.Open(logstore.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Stop() })
	s := search.New(search.Config{Logs: store, Scope: func(context.Context, actor.Actor) (signal.Scope, error) { return signal.Scope{All: true}, nil }})
	if _, err := s.Rows(t.Context(), root, search.Question{LogsQL: "*", Start: time.Unix(1, 0), End: time.Unix(2, 0)}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("%v", err)
	}
}
