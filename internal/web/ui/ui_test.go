package ui_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"mainstay/internal/base/errs"
	"mainstay/internal/web/ui"
)

func frame() ui.Frame {
	return ui.Frame{Now: now, URL: at("/incidents?sort=-opened&team=l1&cursor=abc")}
}

func TestStateIsShownByIconWordAndColour(t *testing.T) {
	for state, want := range map[ui.State]struct{ class, word string }{
		ui.OK: {"badge-ok", "OK"}, ui.Warn: {"badge-warn", "Degraded"}, ui.Bad: {"badge-bad", "Down"},
		ui.Unknown: {"badge-unknown", "Unknown"}, ui.Inactive: {"badge-inactive", "Inactive"},
		ui.Maintenance: {"badge-maintenance", "Maintenance"},
	} {
		b := render(t, frame(), ui.StateBadge(ui.Badge{State: state})).one(".badge")
		b.wantText(want.word)
		b.one("svg[aria-hidden=true]")
		if !strings.Contains(b.attr("class"), want.class) {
			t.Errorf("%s has class %q", want.word, b.attr("class"))
		}
	}
}

func TestWhatNobodySetIsUnknownAndNotGreen(t *testing.T) {
	render(t, frame(), ui.StateBadge(ui.Badge{})).one(".badge-unknown").wantText("Unknown")
	render(t, frame(), ui.StateBadge(ui.Badge{State: ui.State(99)})).one(".badge-unknown")
}

func TestHandledLooksDifferentAndSaysWhy(t *testing.T) {
	b := render(t, frame(), ui.StateBadge(ui.Badge{State: ui.Bad, Word: "Acknowledged", Handled: true, Note: "by Ana, 14:02"}))
	b.one(".badge-handled").wantText("Acknowledged by Ana, 14:02")
}

func TestTwoColoursFoldOnlyDegraded(t *testing.T) {
	for state, want := range map[ui.State]ui.State{ui.Warn: ui.Bad, ui.OK: ui.OK, ui.Unknown: ui.Unknown, ui.Maintenance: ui.Maintenance} {
		if got := state.TwoColours(); got != want {
			t.Errorf("%s folds to %s, want %s", state.Word(), got.Word(), want.Word())
		}
	}
}

func TestTimesCarryInstantAndZone(t *testing.T) {
	for _, c := range []struct {
		what templ.Component
		text string
	}{
		{ui.Time(now.Add(-9 * time.Minute)), "13:54 UTC"},
		{ui.TimeSeconds(now.Add(-9 * time.Minute)), "13:54:12 UTC"},
		{ui.Time(now.AddDate(0, 0, -7)), "21 Jul 14:03 UTC"},
		{ui.Time(now.AddDate(-1, 0, 0)), "28 Jul 2025 14:03 UTC"},
		{ui.Date(now), "28 Jul 2026"},
		{ui.Elapsed(now.Add(-754 * time.Second)), "12 min 34 s"},
		{ui.Elapsed(now.Add(-185 * time.Minute)), "3 h 05 min"},
		{ui.Elapsed(now.Add(-52 * time.Hour)), "2 d 4 h"},
		{ui.Countdown(now.Add(754*time.Second), time.Minute), "in 12 min 34 s"},
		{ui.Countdown(now.Add(-4*time.Minute-10*time.Second), time.Minute), "4 min over"},
		{ui.Countdown(now.Add(-40*time.Second), time.Minute), "40 s over"},
	} {
		e := render(t, frame(), c.what).one("time[datetime]")
		if e.text() != c.text {
			t.Errorf("got %q, want %q", e.text(), c.text)
		}
		if _, err := time.Parse(time.RFC3339Nano, e.attr("datetime")); err != nil {
			t.Error(err)
		}
	}
}

func TestTheZeroTimeIsADashAndNotTheYearOne(t *testing.T) {
	for _, c := range []templ.Component{ui.Time(time.Time{}), ui.Date(time.Time{}), ui.Elapsed(time.Time{}), ui.Countdown(time.Time{}, time.Minute)} {
		if doc := render(t, frame(), c); len(doc.all("time")) != 0 || doc.text() != "–" {
			t.Errorf("shown as %q", doc.text())
		}
	}
}

func TestCountdownsGrowLouder(t *testing.T) {
	for left, class := range map[time.Duration]string{time.Hour: "", 5 * time.Minute: "soon", -time.Second: "over"} {
		render(t, frame(), ui.Countdown(now.Add(left), 10*time.Minute)).one("time").wantAttr("class", class)
	}
}

func TestRefusedFieldsSayWhyAtTheControl(t *testing.T) {
	var c errs.Check
	c.Add("name", "must not be empty")
	c.Add("delay", "must be a whole number of minutes")
	form := ui.Form(ui.FormOpts{ID: "f", Action: "/x", Err: c.Err("the policy")})
	doc := render(t, frame(), templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		inner := templ.Join(ui.Input(ui.Field{Name: "name", Label: "Name", Hint: "short"}), ui.Input(ui.Field{Name: "after", Path: "delay", Label: "After"}), ui.Input(ui.Field{Name: "note", Label: "Note"}))
		return form.Render(templ.WithChildren(ctx, inner), w)
	}))
	doc.one(".error-summary").wantText("The policy is not valid.")
	name := doc.one("#f-name")
	name.wantAttr("aria-invalid", "true")
	name.wantAttr("aria-describedby", "f-name-error f-name-hint")
	doc.one("#f-name-error").wantText("must not be empty")
	doc.one("#f-delay-error").wantText("must be a whole number of minutes")
	if doc.one("#f-note").has("aria-invalid") {
		t.Error("a good field is marked")
	}
}

func TestInternalErrorsKeepTheirTextToThemselves(t *testing.T) {
	doc := render(t, frame(), ui.Problem(errors.New("pq: password authentication failed for user mainstay")))
	doc.one(".notice-title").wantText("Something went wrong on our side")
	if strings.Contains(doc.text(), "password") {
		t.Error("the cause is shown:", doc.text())
	}
}

func TestEveryKindOfErrorSaysWhatToDoNext(t *testing.T) {
	for _, err := range []error{errs.NotFoundf("there is no INC-9"), errs.Forbiddenf("no"), errs.Conflictf("closed"), errs.Unavailablef("down"), errs.Unauthenticatedf("who"), errs.Invalidf("bad")} {
		doc := render(t, frame(), ui.Problem(err))
		if doc.one(".notice-title").text() == "" || len(doc.all("p")) < 2 {
			t.Errorf("%v is shown as %q", err, doc.text())
		}
	}
}

func TestSortAndFilterLiveInTheAddress(t *testing.T) {
	order := ui.OrderOf(frame().URL, ui.Order{})
	if (order != ui.Order{Column: "opened", Desc: true}) {
		t.Fatalf("order is %+v", order)
	}
	head := render(t, frame(), templ.Join(templ.Raw("<table><tr>"), ui.SortHead("Opened", "opened", order), ui.SortHead("Key", "key", order)))
	head.one("[aria-sort]").wantAttr("aria-sort", "descending")
	links := head.all("a")
	links[0].wantAttr("href", "/incidents?sort=opened&team=l1")
	links[1].wantAttr("href", "/incidents?sort=key&team=l1")
}

func TestPagerLeadsOnAndBack(t *testing.T) {
	next := "def"
	doc := render(t, frame(), ui.Pager(&next))
	links := doc.all("a")
	links[0].wantAttr("href", "/incidents?sort=-opened&team=l1")
	links[1].wantAttr("href", "/incidents?cursor=def&sort=-opened&team=l1")
	f := frame()
	f.URL = at("/incidents")
	if doc := render(t, f, ui.Pager(nil)); len(doc.all("nav")) != 0 {
		t.Error("a list of one page has a pager")
	}
}

func TestNavigationShowsEightAndPutsTheRestUnderMore(t *testing.T) {
	f := ui.GalleryFrame(now, at("/alerts/ALERT-1"))
	f.NavTopics, f.NavSrc = "incident:* alert:*", "/nav"
	doc := render(t, f, ui.Nav())
	list := doc.one("#nav-items")
	list.wantAttr("data-live", "incident:* alert:*")
	list.wantAttr("data-live-src", "/nav")
	if more := len(doc.one("#nav-more").all("a")); more != len(f.Nav)-8 {
		t.Errorf("%d under More", more)
	}
	doc.one("[aria-current=page]").wantText("Alerts 12 firing")
	doc.one(".more-button").wantAttr("aria-current", "")
}

// TestNavigationMarksWhereAPageBelongs also where its address is not below that of the destination, or the
// destination stands under "More".
func TestNavigationMarksWhereAPageBelongs(t *testing.T) {
	f := ui.Frame{}
	for i := range 8 {
		f.Nav = append(f.Nav, ui.NavItem{Label: fmt.Sprint("Place ", i), URL: fmt.Sprint("/place-", i)})
	}
	f.Nav[3].Also = []string{"/rules"}
	f.Nav = append(f.Nav, ui.NavItem{Label: "Administration", URL: "/admin"}, ui.NavItem{Label: "Log rules", URL: "/rules"})
	f.URL = at("/rules/out-of-memory")
	doc := render(t, f, ui.Nav())
	doc.all("[aria-current=page]")[0].wantText("Place 3")
	doc.one(".more-button").wantAttr("aria-current", "") // the bar shows it already
	f.URL = at("/admin/logs/keeping")
	doc = render(t, f, ui.Nav())
	doc.one("[aria-current=page]").wantText("Administration")
	doc.one(".more-button").wantAttr("aria-current", "true")
}

func TestTextKeepsLinesMakesLinksAndNothingElse(t *testing.T) {
	doc := render(t, frame(), ui.Text("first\nsecond <b>bold</b> (see https://example.org/a?b=c&d=e).\njavascript:alert(1)"))
	doc.one("a").wantAttr("href", "https://example.org/a?b=c&d=e")
	doc.one(".prose").wantText("<b>bold</b>")
	if !strings.Contains(doc.one(".prose").n.FirstChild.Data, "first\nsecond") {
		t.Error("the line break is gone")
	}
}

func TestTextMakesTelephoneNumbersAndMailAddressesOfOneTap(t *testing.T) {
	doc := render(t, frame(), ui.Text("Telephone 5510, at night +44 (20) 7946-0001.\nOr desk@bank.example; build 1234567890123."))
	var links []string
	for _, a := range doc.all("a") {
		links = append(links, a.attr("href")+" "+a.text())
	}
	want := []string{"tel:5510 5510", "tel:+442079460001 +44 (20) 7946-0001", "mailto:desk@bank.example desk@bank.example"}
	if !slices.Equal(links, want) {
		t.Errorf("links: %q, want %q", links, want)
	}
}

func TestRiskyActsAskAndNameTheConsequence(t *testing.T) {
	doc := render(t, frame(), ui.Confirm(ui.Ask{ID: "ask", Open: ui.Act{Label: "Close"}, Title: "Close INC-1?", Consequence: "Its clocks stop.", URL: "/close", Do: ui.Act{Label: "Close it", Kind: ui.Danger}}))
	opener := doc.one("[commandfor=ask][command=show-modal]")
	opener.wantAttr("type", "button")
	dialog := doc.one("dialog#ask")
	dialog.wantText("Its clocks stop.")
	dialog.one("form[method=post]").wantAttr("action", "/close")
}

func TestLiveElementsNameTopicsAndFragment(t *testing.T) {
	doc := render(t, frame(), ui.Live(ui.LiveOf{ID: "head", Topics: "incident:INC-1", Src: "/incidents/INC-1/head"}))
	doc.one("#head[data-live=incident:INC-1][data-live-src=/incidents/INC-1/head]")
	if still := render(t, frame(), ui.Live(ui.LiveOf{ID: "head"})).one("#head"); still.has("data-live-src") {
		t.Error("an element without a fragment wants to be fetched")
	}
}

func TestAssetsAreCachedForEverOnlyUnderTheirOwnBuild(t *testing.T) {
	for url, cache := range map[string]string{
		ui.Asset("app.css"):     "public, max-age=31536000, immutable",
		"/static/older/app.css": "no-cache",
	} {
		w := get(url, "")
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != cache {
			t.Errorf("%s: %d, Cache-Control %q", url, w.Code, w.Header().Get("Cache-Control"))
		}
		if w.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.HasPrefix(w.Body.String(), "/* Mainstay") {
			t.Errorf("%s is not the style sheet", url)
		}
	}
	if w := get(ui.Asset("app.css"), "gzip"); w.Header().Get("Content-Encoding") != "gzip" || w.Body.Len() > 16_000 {
		t.Errorf("packed: %q, %d bytes", w.Header().Get("Content-Encoding"), w.Body.Len())
	}
	if w := get("/static/"+ui.Build()+"/../secret", ""); w.Code != http.StatusNotFound {
		t.Errorf("an unknown file is answered with %d", w.Code)
	}
}

func TestEveryScriptThatIsImportedIsThere(t *testing.T) {
	body := get(ui.Asset("app.js"), "").Body.String()
	for line := range strings.Lines(body) {
		if _, after, ok := strings.Cut(line, `from "./`); ok {
			name, _, _ := strings.Cut(after, `"`)
			ui.Asset(name) // panics when it is missing
		}
	}
}

func TestHeadersForbidInlineScriptAndFrames(t *testing.T) {
	w := httptest.NewRecorder()
	ui.Headers(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%q is not in %q", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
}

func get(url, encoding string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, url, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	ui.Static().ServeHTTP(w, r)
	return w
}

func TestFragmentsKnowThePageThatAsks(t *testing.T) {
	for current, want := range map[string]string{
		"https://desk.example/incidents?team=l1": "/incidents?team=l1",
		"":                                       "/incidents/rows",
		"https://desk.example//evil.example/":    "/incidents/rows",
		"::":                                     "/incidents/rows",
	} {
		r := httptest.NewRequest(http.MethodGet, "/incidents/rows", nil)
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Current-URL", current)
		if got := ui.PageURL(r).String(); got != want {
			t.Errorf("%q gives %q, want %q", current, got, want)
		}
	}
	if got := ui.PageURL(httptest.NewRequest(http.MethodGet, "/a?b=c", nil)).String(); got != "/a?b=c" {
		t.Error(got)
	}
}

func TestSentencesBeginAndEndAsSentencesDo(t *testing.T) {
	for message, want := range map[string]string{
		"the roster is not valid":     "The roster is not valid.",
		"payments-l1 has nobody":      "payments-l1 has nobody.",
		"INC-1 is closed: reopen it.": "INC-1 is closed: reopen it.",
		"émile may not do this":       "Émile may not do this.",
	} {
		if got := ui.Sentence(errs.Conflictf("%s", message)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNothingInAFilterIsRequired(t *testing.T) {
	fields := templ.Join(ui.Input(ui.Field{Name: "q", Label: "Search"}), ui.Select(ui.Field{Name: "team", Label: "Team"}))
	doc := render(t, frame(), templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Filter("Filter").Render(templ.WithChildren(ctx, fields), w)
	}))
	if doc.one("#f-q").has("required") || doc.one("#f-team").has("required") {
		t.Error("a filter cannot be left empty")
	}
	doc.one("input[type=hidden][name=sort]").wantAttr("value", "-opened")
}
