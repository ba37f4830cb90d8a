package logs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/logs"
	"mainstay/internal/web/pagetest"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// desk is a desk whose log engine runs. Lines are on wall time, whatever the desk's clock says.
type desk struct {
	*desktest.Desk
	t   *testing.T
	now time.Time
}

func open(t *testing.T) *desk {
	t.Helper()
	d := silent(t)
	d.StartLogs()
	return d
}

// silent is a desk whose log engine does not run.
func silent(t *testing.T) *desk {
	t.Helper()
	return &desk{t: t, now: clock.Wall().Now(), Desk: desktest.Open(t, func(d *apptest.Desk) []action.Route {
		return logs.Routes(logs.Config{Search: d.Rooms.Search, BaseURL: "https://desk.example"})
	})}
}

// add stores a line, so many seconds ago.
func (d *desk) add(ago float64, service, text string, more ...string) {
	d.t.Helper()
	r := signal.Row{Time: d.now.Add(-time.Duration(ago * float64(time.Second))), Stream: []string{"source", "service", "host"}}
	for _, pair := range append([]string{"_msg=" + text, "source=direct", "service=" + service, "host=h1"}, more...) {
		name, value, _ := strings.Cut(pair, "=")
		r.Set(name, value)
	}
	if err := d.Logs.Append(d.t.Context(), []signal.Row{r}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) settle() {
	d.t.Helper()
	ctx, stop := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer stop()
	if err := d.Logs.Flush(ctx); err != nil {
		d.t.Fatal(err)
	}
}

// page asks for the page of a search.
func (d *desk) page(by actor.Actor, pairs ...string) pagetest.Page {
	d.t.Helper()
	return d.Get(by, address("/logs", append(pairs, "wait", "1")...)).Want(http.StatusOK)
}

func address(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return path + "?" + q.Encode()
}

// fragment asks as the script does.
func (d *desk) fragment(by actor.Actor, address string) pagetest.Page {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodGet, address, nil)
	r.Header.Set("HX-Request", "true")
	return d.Ask(by, r).Want(http.StatusOK)
}

func TestTheNewestErrorIsTheLoudestLine(t *testing.T) {
	d := open(t)
	d.add(300, "payments", "queue full", "level=error", "order=ORD-1")
	d.add(200, "payments", "worker stopped", "level=fatal")
	for i := range 250 {
		d.add(float64(100-i%50), "payments", fmt.Sprintf("fine %d", i), "level=info")
	}
	d.settle()
	page := d.page(d.Root)
	rows := page.All("tr.log-row")
	if len(rows) != 200 {
		t.Fatalf("%d rows", len(rows))
	}
	page.One("p.log-newest").WantText("Newest fatal", "worker stopped", "h1", "ago")
	page.One("p.log-count").WantText("200 newest of 252 lines", "ms")
	page.One("ul.log-legend").WantText("fatal 1", "error 1", "info 250")
	page = d.page(d.Root, "q", "queue")
	row := page.One("tr.log-row")
	row.WantText("error", "payments", "h1", "queue full")
	row.WantAttr("class", "log-row level-error is-newest-error")
	page.One("p.log-understood").WantText(`i("queue")`, "Take it as LogsQL")
}

// TestTheChartSaysHowManyErrorsASearchForTheirLevelFinds, because it also counts what the field level does not say.
func TestTheChartSaysHowManyErrorsASearchForTheirLevelFinds(t *testing.T) {
	d := open(t)
	d.add(300, "payments", "queue full", "level=error")
	d.add(200, "payments", "ERROR queue full")
	d.add(100, "payments", "queue full", "severity=3")
	d.add(90, "payments", "INFO fine")
	d.add(80, "payments", "worker stopped", "level=fatal")
	d.settle()
	legend := d.page(d.Root).One("ul.log-legend")
	legend.WantText("error 3 , level:error finds 1", "info 1", "2 by their first word")
	legend.WantNoText("level:fatal", "level:info")
	d.page(d.Root, "q", "level:error").One("ul.log-legend").WantNoText("finds")
}

// TestTheButtonOfTheBarComesAfterAllThatItSends, in the order in which it is read and reached by keys.
func TestTheButtonOfTheBarComesAfterAllThatItSends(t *testing.T) {
	d := silent(t)
	var order []string
	for _, part := range d.page(d.Root, "range", "custom").One("#log-search").All("[class]") {
		for _, class := range []string{"log-q", "log-range", "log-custom", "log-go"} {
			if strings.Contains(part.Attr("class"), class) {
				order = append(order, class)
			}
		}
	}
	if got := strings.Join(order, " "); got != "log-q log-range log-custom log-go" {
		t.Errorf("the bar is %s", got)
	}
}

func TestAnEmptyChartAsksNobodyToDragOverIt(t *testing.T) {
	d := open(t)
	d.add(60, "payments", "one")
	d.settle()
	d.page(d.Root).One(".log-levels").WantText("highest 1", "drag to narrow")
	page := d.page(d.Root, "q", "nobody")
	page.One(".log-levels").WantText("no lines")
	page.One(".log-levels").WantNoText("highest", "drag")
}

func TestATeamSeesItsServicesAndNobodyElseNothing(t *testing.T) {
	d := open(t)
	d.add(10, "payments", "ours")
	d.add(10, "mail", "theirs")
	d.settle()
	page := d.page(d.Ana)
	page.WantText("ours")
	page.WantNoText("theirs")
	d.Get(d.Acme, "/logs").Want(http.StatusForbidden)
	d.Get(d.Vera, "/logs").Want(http.StatusForbidden)
	theirs := d.page(d.Root, "q", "theirs").One("a[data-logs-open]").Attr("href")
	d.Get(d.Root, theirs).Want(http.StatusOK).WantText("theirs")
	d.Get(d.Ana, theirs).Want(http.StatusNotFound)
}

func TestWhatLinesSayIsShownAsText(t *testing.T) {
	d := open(t)
	d.add(5, "payments", "<script>alert(1)</script> \x1b[31mred\x1b[0m \u202egnp.exe\a\u200b end\nsecond", "evil<b>=<img src=x>", "level=error")
	d.add(6, "payments", strings.Repeat("long ", 60_000), "time_error=too old", "replay=true", "parse_error=no JSON")
	d.settle()
	page := d.page(d.Root)
	for _, sub := range page.All("script") {
		if sub.Text() != "" {
			t.Errorf("a script of a line: %s", sub.Text())
		}
	}
	page.None("img")
	page.None("b")
	rows := page.All("tr.log-row")
	rows[0].WantText("<script>alert(1)</script> red ‹U+202E›gnp.exe‹U+0007›‹U+200B› end ⏎ second")
	rows[1].WantText("time of arrival", "maybe repeated", "not parsed", "…")
	if n := len(rows[1].Text()); n > 1000 {
		t.Errorf("a row of %d bytes", n)
	}
	line := d.Get(d.Root, rows[1].One("a[data-logs-open]").Attr("href")).Want(http.StatusOK)
	line.WantText("Show all 292 kB")
	all := line.All("a[data-logs-more]")
	for _, a := range all {
		if strings.Contains(a.Text(), "Show all") {
			if n := len(d.Get(d.Root, a.Attr("href")).One("pre.log-full").Raw()); n != 300_000 {
				t.Errorf("all of it is %d bytes", n)
			}
			return
		}
	}
	t.Error("no way to see all of it")
}

func TestEveryFieldIsAFilterToAddOrToExclude(t *testing.T) {
	d := open(t)
	d.add(5, "payments", "one", `note=say "hi" | or (x)`, "status=200")
	d.add(6, "payments", "two", "status=500")
	d.settle()
	line := d.Get(d.Root, d.page(d.Root, "q", "one").One("a[data-logs-open]").Attr("href"))
	for words, want := range map[string]string{
		"Only lines of this search with this note": "one",
		"Search for this note alone":               "one",
		"No lines with this status":                "",
	} {
		link := line.One("a[title=" + words + "]").Attr("href")
		if rows := strings.Join(said(d, link), " "); rows != want {
			t.Errorf("%s leads to %q, want %q", words, rows, want)
		}
	}
	page := d.page(d.Root)
	facets := d.fragment(d.Root, address("/logs/fields", "range", "1h"))
	if got := said(d, facets.One("a[title=Only lines with status 500]").Attr("href")); strings.Join(got, " ") != "two" {
		t.Errorf("the value leads to %v", got)
	}
	if got := said(d, facets.One("a[title=No lines with status 500]").Attr("href")); strings.Join(got, " ") != "one" {
		t.Errorf("its exclusion leads to %v", got)
	}
	page.One("#log-fields").WantText("status", "500", "200", "Show as a column")
	wide := d.page(d.Root, "col", "status")
	wide.One("tr.log-row#"+wide.All("tr.log-row")[0].Attr("id")).WantText("200", "one")
	wide.WantNoText("h1 one")
}

// said are the messages of the page at an address.
func said(d *desk, link string) (out []string) {
	d.t.Helper()
	for _, row := range d.Get(d.Root, link+"&wait=1").Want(http.StatusOK).All("tr.log-row") {
		out = append(out, row.One("span.log-text").Text())
	}
	return out
}

func TestOlderLinesAreOnTheNextPage(t *testing.T) {
	d := open(t)
	for i := range 450 {
		d.add(float64(i)/10, "payments", fmt.Sprintf("line-%03d", i))
	}
	d.settle()
	seen := map[string]bool{}
	page := d.page(d.Root)
	for n := 1; ; n++ {
		for _, row := range page.All("span.log-text") {
			seen[row.Text()] = true
		}
		next := page.All("a[rel=next]")
		if len(next) == 0 {
			if n != 3 {
				t.Errorf("%d pages", n)
			}
			break
		}
		page = d.Get(d.Root, next[0].Attr("href")+"&wait=1").Want(http.StatusOK)
	}
	if len(seen) != 450 {
		t.Errorf("pages hold %d lines", len(seen))
	}
}

func TestStatisticsAreATableAndAChart(t *testing.T) {
	d := open(t)
	for i := range 30 {
		d.add(float64(i*60), "payments", "x", fmt.Sprintf("status=%d", 200+i%3*100))
	}
	d.settle()
	page := d.page(d.Root, "q", "* | stats by (status) count() lines")
	if n := len(page.All("polyline")); n != 3 {
		t.Errorf("%d curves", n)
	}
	page.One("table").WantText("status", "lines", "200", "10")
	page.None("tr.log-row")
	page.None("[data-logs-tail]")
}

func TestWhatCannotBeDrawnSaysWhy(t *testing.T) {
	d := open(t)
	d.add(60, "payments", "one")
	d.settle()
	page := d.page(d.Root, "q", "* | stats by (host) count() n | unroll by (host)")
	page.One("[data-logs-no-chart]").WantText("Not drawn over time.")
	page.One("table").WantText("n", "1") // the answer is there all the same
	d.page(d.Root, "q", "* | stats by (host) count() n").None("[data-logs-no-chart]")
}

// slow is an engine that answers no question before somebody gives it up.
type slow struct{ asked, given chan struct{} }

func (s slow) Select(ctx context.Context, _ string, _ url.Values, _ signal.Scope) (signal.Answer, error) {
	s.asked <- struct{}{}
	<-ctx.Done()
	s.given <- struct{}{}
	return signal.Answer{}, ctx.Err()
}

func TestASearchThatIsCancelledEndsInTheEngine(t *testing.T) {
	engine := slow{make(chan struct{}, 9), make(chan struct{}, 9)}
	all := func(context.Context, actor.Actor) (signal.Scope, error) { return signal.Scope{All: true}, nil }
	routes := logs.Routes(logs.Config{Search: search.New(search.Config{Logs: engine, Scope: all})})
	page := routes[slices.IndexFunc(routes, func(r action.Route) bool { return r.Pattern == "/logs" })]
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/logs?q=timeout", nil)
	r.Header.Set("HX-Request", "true")
	go func() {
		<-engine.asked
		<-engine.asked // for lines, and for the histogram
		cancel()
	}()
	if _, err := page.Do(r, actor.Actor{}); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-engine.given
	<-engine.given
}

func TestALineStandsAmongItsNeighbours(t *testing.T) {
	d := open(t)
	for i := range 9 {
		d.add(float64(100-i), "payments", fmt.Sprint("line-", i))
		d.add(float64(100-i), "mail", fmt.Sprint("other-", i))
	}
	d.settle()
	link := d.page(d.Root, "q", "line-4").One("a[data-logs-open]").Attr("href")
	page := d.Get(d.Root, link+"&around=2").Want(http.StatusOK)
	page.One("div.log-around").WantText("line-2", "line-3", "this line line-4", "line-5", "line-6")
	page.One("div.log-around").WantNoText("line-1", "line-7", "other")
	page.One("tr.is-here").WantText("line-4")
	d.fragment(d.Root, link).None("html.js")
}

func TestTheTailShowsWhatArrived(t *testing.T) {
	d := open(t)
	d.add(120, "payments", "old")
	d.add(1, "payments", "fresh", "level=error")
	d.settle()
	page := d.fragment(d.Root, "/logs/tail")
	page.One("tr.log-row").WantText("fresh", "error")
	if next, err := time.Parse(time.RFC3339Nano, page.One("table").Attr("data-logs-next")); err != nil || next.Before(d.now) {
		t.Errorf("goes on from %v, %v", next, err)
	}
	d.fragment(d.Root, address("/logs/tail", "q", "* | stats count()")).One("[data-logs-problem]").WantText("cannot be watched")
}

func TestAllCanBeTakenAway(t *testing.T) {
	d := open(t)
	d.add(5, "payments", "one", "status=200")
	d.settle()
	if file := string(d.Get(d.Root, "/logs/export").Want(http.StatusOK).File); !strings.Contains(file, `"_msg":"one"`) {
		t.Errorf("NDJSON: %s", file)
	}
	if file := string(d.Get(d.Root, "/logs/export?format=csv").Want(http.StatusOK).File); !strings.HasPrefix(file, "_time,_msg,") || !strings.Contains(file, "one") {
		t.Errorf("CSV: %s", file)
	}
	page := d.Get(d.Root, address("/logs/export", "q", "a |"))
	page.Want(http.StatusSeeOther)
	if len(page.Messages) != 1 || !strings.Contains(page.Messages[0].Text, "no LogsQL") {
		t.Errorf("a wrong search: %v", page.Messages)
	}
}

func TestEmptyAndWrongSearchesSayWhatToDoNext(t *testing.T) {
	d := open(t)
	d.add(2*3600, "payments", "long ago")
	d.settle()
	page := d.page(d.Root)
	page.WantText("No line arrived in this time", "Last 6 h")
	page = d.page(d.Root, "q", "nothing", "range", "6h")
	page.WantText("No line fits", "Last 24 h", "All lines")
	page = d.page(d.Root, "q", "foo:bar) x")
	page.One("[data-logs-problem=invalid]").WantText("no LogsQL at character 8", "Search for it as plain words")
	page.None("tr.log-row")
	for _, bad := range []string{"start=yesterday&range=custom", "start=2026-01-02T00:00&end=2026-01-01T00:00&range=custom", "before=x", "start=0001-01-01T00:00&range=custom"} {
		d.Get(d.Root, "/logs?"+bad).Want(http.StatusOK).One("[data-logs-problem=invalid]")
	}
	d.Get(d.Root, "/logs/line?t=x").Want(http.StatusNotFound)
	d.Get(d.Root, "/logs?range=nonsense&as=x&view=y&col=&col=a&wait=1").Want(http.StatusOK).One("#log-q")
}

func TestWithoutTheEngineThePageSaysSoAndGoesOn(t *testing.T) {
	d := silent(t)
	for _, page := range []pagetest.Page{d.page(d.Root), d.fragment(d.Root, "/logs")} {
		page.One("[data-logs-retry]").WantText("log engine is starting again", "Nothing is lost", "goes on by itself", "Try again")
	}
	d.fragment(d.Root, "/logs/tail").One("[data-logs-problem]")
	d.fragment(d.Root, "/logs/fields").One("#log-fields")
	d.Get(d.Root, "/logs/export").Want(http.StatusSeeOther)
	place := address("/logs/line", "t", "2026-01-01T00:00:00Z", "s", strings.Repeat("0", 48), "m", "x")
	d.Get(d.Root, place).Want(http.StatusOK).One("[data-logs-retry]")
}

func TestTheRangeStandsInTheAddress(t *testing.T) {
	d := open(t)
	d.add(600, "payments", "earlier")
	d.add(10, "payments", "later")
	d.settle()
	from, to := d.now.Add(-700*time.Second), d.now.Add(-500*time.Second)
	page := d.page(d.Root, "range", "custom", "start", from.UTC().Format("2006-01-02T15:04:05"), "end", to.UTC().Format(time.RFC3339))
	page.One("tr.log-row").WantText("earlier")
	for _, link := range page.All("a[data-logs-bar]") {
		q, err := url.Parse(link.Attr("href"))
		if err != nil || q.Query().Get("range") != "custom" || q.Query().Get("start") == "" {
			t.Fatalf("a bar leads to %s", link.Attr("href"))
		}
	}
	d.page(d.Root, "range", "15m").WantText("earlier", "later")
}

func TestAnEmptyDeskSaysHowToSendTheFirstLine(t *testing.T) {
	d := open(t)
	d.settle() // the engine is up
	page := d.page(d.Root)
	if box := page.One("#log-first"); !strings.Contains(box.Text(), "https://desk.example/insert/jsonline") {
		t.Errorf("the hint is %q", box.Text())
	}
	d.add(3*24*3600, "payments", "long ago")
	d.settle()
	page = d.page(d.Root)
	page.None("#log-first")
	if text := page.One("#log-main").Text(); !strings.Contains(text, "The newest line:") {
		t.Errorf("nothing leads to the newest line: %q", text)
	}
}

func TestAMistakeIsToldWhereTheQuestionIs(t *testing.T) {
	d := open(t)
	d.add(60, "payments", "foo nosuchpipe")
	d.settle()
	page := d.page(d.Root, "q", "foo | stats by (")
	if bar := page.One("#log-q"); bar.Attr("aria-invalid") != "true" || bar.Attr("aria-describedby") != "log-wrong" {
		t.Error("the bar does not say that it is wrong")
	}
	page.One("#log-wrong")
	page.None(".log-histogram")
	page = d.page(d.Root, "q", "foo | nosuchpipe")
	if note := page.One("[data-logs-strange]").Text(); !strings.Contains(note, "nosuchpipe is no pipe") {
		t.Errorf("the page says %q", note)
	}
	d.page(d.Root, "q", "foo | limit 3").None("[data-logs-strange]")
}
