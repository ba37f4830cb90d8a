package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// line sends a line that happened some time ago; fields are further ones.
func (d *desk) line(ago time.Duration, message string, fields ...string) {
	d.t.Helper()
	row := map[string]string{"_time": time.Now().Add(-ago).UTC().Format(time.RFC3339Nano), "_msg": message, "service": "payments", "host": "pay-1"}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		row[name] = value
	}
	body, err := json.Marshal(row)
	if err != nil {
		d.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, d.url("/insert/jsonline?_stream_fields=service,host"), strings.NewReader(string(body)))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		d.t.Fatalf("a line is answered with %s", resp.Status)
	}
}

// manyLines is how many lines sends.
const manyLines = 35

// lines are some of every level, one of them hostile.
func (d *desk) lines() {
	d.t.Helper()
	for i := range 30 {
		d.line(time.Duration(i)*time.Minute, fmt.Sprintf("batch %d is settled", i), "level="+[]string{"info", "debug", "trace"}[i%3], fmt.Sprintf("batch=B-%02d", i))
	}
	d.line(3*time.Minute, "queue PAY.OUT is full", "level=error", "order=ORD-7")
	d.line(4*time.Minute, "settlement worker stopped", "level=fatal")
	d.line(5*time.Minute, "retry in 4 s", "level=warn", "replay=true")
	d.line(6*time.Minute, "<b>bold</b> \x1b[31mred \u202ereversed "+strings.Repeat("wide", 2000))
	d.line(7*time.Minute, strings.Repeat("unbroken", 100)+"\nsecond line", "level=error")
}

// searchable waits until the engine finds all that lines sends.
func (x *tab) searchable() {
	x.t.Helper()
	x.until(patience, "all lines", fmt.Sprintf(`fetch("/logs?wait=1", { headers: { Accept: "text/html" } }).then(a => a.text()).then(text =>
		new DOMParser().parseFromString(text, "text/html").querySelectorAll(".log-row").length >= %d)`, manyLines))
}

func TestTheLogsPageIsSound(t *testing.T) {
	d := openDesk(t)
	d.lines()
	x := d.browser("ada").tab(desktop)
	x.open("/incidents")
	x.searchable()
	for _, address := range []string{
		"/logs", "/logs?q=queue", "/logs?view=raw", "/logs?q=*+%7C+stats+by+(level)+count()+lines", "/logs?q=a)+b%3Ac", "/logs?q=nothingfits",
		"/logs?q=batch+%7C+nosuchpipe", "/logs?q=*+%7C+stats+by+(", // what the bar says of them
		"/logs?range=custom&start=2026-01-01T00:00&end=2026-01-01T01:00", "/logs?col=order&col=batch",
	} {
		t.Run(name(address), func(t *testing.T) { x.within(t).isSound(address) })
	}
	x.open("/logs?q=queue")
	line := x.text(`document.querySelector("a[data-logs-open]").getAttribute("href")`)
	t.Run("line", func(t *testing.T) { x.within(t).isSound(line + "&around=10") })
}

func TestAnEmptyPageOfLogsIsSound(t *testing.T) {
	d := openDesk(t)
	x := d.browser("ada").tab(desktop)
	x.open("/incidents")
	x.isSound("/logs")
	x.isSound("/rules/+new")
	x.isSound("/logs/upload")
}

func TestLinesAreSearchedAndOpenedByKeyboard(t *testing.T) {
	d := openDesk(t)
	d.lines()
	x := d.browser("ada").tab(desktop)
	x.open("/incidents")
	x.searchable()
	x.press("g")
	x.press("l")
	x.at("/logs")
	x.press("/")
	x.until(patience, "the bar to have the focus", `document.activeElement.id === "log-q"`)
	x.until(patience, "the key, which the driver also types", `document.activeElement.value === "/"`)
	x.want(`(document.activeElement.value = "", "")`, "")
	x.typeInto("#log-q", "queue")
	x.until(patience, "what was typed", `document.activeElement.value === "queue"`)
	x.press(kb.Enter, input.ModifierCtrl)
	x.until(patience, "one line", `document.querySelectorAll(".log-row").length === 1 && location.search.includes("q=queue")`)
	x.want(`document.activeElement.id`, "log-q")
	x.want(`(document.activeElement.blur(), "")`, "")
	x.press("j")
	x.press(kb.Enter)
	x.shows(patience, ".log-more", "ORD-7")
	x.axe("an open line", desktop, false)
	x.press(kb.Enter)
	x.until(patience, "the line to close", `!document.querySelector(".log-more")`)
	x.want(`(history.back(), "")`, "")
	x.until(patience, "all lines", `document.querySelectorAll(".log-row").length > 20`)
	x.want(`(document.querySelector("[data-logs-plot]").focus(), "")`, "")
	x.press(kb.End)
	x.press(kb.Enter)
	x.until(patience, "a narrower range", `location.search.includes("range=custom")`)
	x.fits()
}

func TestDraggingOverTheHistogramNarrowsTheRange(t *testing.T) {
	d := openDesk(t)
	d.lines()
	x := d.browser("ada").tab(desktop)
	x.open("/incidents")
	x.searchable()
	x.open("/logs")
	var plot struct{ Left, Top, Width, Height, From, Step, Bars float64 }
	x.until(patience, "the histogram", `!!document.querySelector("[data-logs-plot]")`)
	if err := x.eval(`(() => { const p = document.querySelector("[data-logs-plot]"), b = p.getBoundingClientRect();
		return { left: b.left, top: b.top, width: b.width, height: b.height, from: Date.parse(p.dataset.from), step: +p.dataset.step, bars: +p.dataset.bars } })()`, &plot); err != nil {
		t.Fatal(err)
	}
	at := func(bar float64) (float64, float64) {
		return plot.Left + (bar+0.5)*plot.Width/plot.Bars, plot.Top + plot.Height/2
	}
	mouse := func(kind input.MouseType, bar float64) chromedp.Action {
		px, py := at(bar)
		return chromedp.MouseEvent(kind, px, py, chromedp.ButtonLeft)
	}
	x.run(mouse(input.MousePressed, 20), mouse(input.MouseMoved, 25), mouse(input.MouseMoved, 29), mouse(input.MouseReleased, 29))
	x.until(patience, "a narrower range", `location.search.includes("range=custom")`)
	for name, bar := range map[string]float64{"start": 20, "end": 30} {
		far := fmt.Sprintf(`Math.abs(Date.parse(new URLSearchParams(location.search).get(%q)) - %f) <= 1`, name, plot.From+bar*plot.Step)
		x.want(far, "true")
	}
}

func TestALongSearchCanBeCancelled(t *testing.T) {
	d := openDesk(t)
	d.lines()
	x := d.browser("ada").tab(desktop)
	x.open("/incidents")
	x.searchable()
	x.open("/logs")
	// A server that answers no search before it is given up.
	x.want(`(window.fetch = (url, how) => new Promise((_, no) => how.signal?.addEventListener("abort", () => no(how.signal.reason))), "")`, "")
	x.typeInto("#log-q", "queue")
	x.press(kb.Enter, input.ModifierCtrl)
	x.until(patience, "how long it takes", `!document.querySelector("#log-progress").hidden && document.querySelector("[data-logs-elapsed]").textContent !== ""`)
	x.click("[data-logs-cancel]")
	x.shows(patience, "#log-main .flash", "Cancelled: the search was given up after")
	x.until(patience, "the end of the progress", `document.querySelector("#log-progress").hidden`)
	x.want(`document.querySelectorAll(".log-row").length > 20`, "true")
}

func TestTheTailShowsALineWithinSeconds(t *testing.T) {
	d := openDesk(t)
	d.lines()
	x := d.browser("ada").tab(desktop)
	x.open("/incidents")
	x.searchable()
	x.open("/logs")
	x.click("[data-logs-tail]")
	x.shows(patience, "#log-tail-state", "Live")
	d.line(0, "just arrived", "level=error")
	x.shows(5*time.Second, ".log-row.is-newest-error", "just arrived")
	x.shows(patience, ".log-newest", "just arrived")
	x.shows(patience, "[data-logs-since]", "+ 1 since")
	x.click("[data-logs-pause]")
	d.line(0, "while paused")
	x.shows(patience, ".pill", "1 new line")
	x.want(`document.querySelector("#log-rows").textContent.includes("while paused")`, "false")
	x.click(".pill")
	x.shows(patience, ".log-row", "while paused")
	x.shows(patience, "[data-logs-since]", "+ 2 since")
}
