package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"mainstay/internal/edge"
)

// patience bounds every wait that promises nothing about speed.
const patience = 20 * time.Second

// size is a window's, in CSS pixels.
type size struct {
	width, height int64
	phone         bool
}

func (s size) String() string { return fmt.Sprintf("%dx%d", s.width, s.height) }

var (
	desktop = size{width: 1366, height: 768}
	phone   = size{width: 390, height: 844, phone: true}
)

// profile is a browser with cookies, storage and workers of its own.
type profile struct {
	desk *desk
	id   cdp.BrowserContextID
	tabs []*tab
}

// browser opens a browser in which a person is signed in; with an empty login nobody is.
func (d *desk) browser(login string) *profile {
	d.t.Helper()
	id, err := target.CreateBrowserContext().Do(chromium.executor())
	if err != nil {
		d.t.Fatal(err)
	}
	p := &profile{desk: d, id: id}
	d.t.Cleanup(func() {
		if err := target.DisposeBrowserContext(id).Do(chromium.executor()); err != nil {
			d.t.Error(err)
		}
	})
	if login != "" {
		p.signIn(login)
	}
	return p
}

// signIn puts the cookie of a session into the profile.
func (p *profile) signIn(login string) {
	p.desk.t.Helper()
	cookie := &network.CookieParam{Name: edge.Cookie, Value: p.desk.session(login).Token, URL: p.desk.url("/"),
		HTTPOnly: true, SameSite: network.CookieSameSiteLax}
	err := storage.SetCookies([]*network.CookieParam{cookie}).WithBrowserContextID(p.id).Do(chromium.executor())
	if err != nil {
		p.desk.t.Fatal(err)
	}
}

// tab is one page of a browser. What goes wrong in it (errors on the console, breaches of the
// content security policy, failed requests) fails the test, unless it was expected.
type tab struct {
	t       *testing.T
	desk    *desk
	profile *profile
	id      target.ID
	ctx     context.Context

	mu       sync.Mutex
	problems []string
	expected []string
}

// tab opens a tab in the profile.
func (p *profile) tab(s size) *tab {
	t := p.desk.t
	t.Helper()
	// The first needs a window; the others stand beside it, as tabs do.
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(p.id).WithNewWindow(len(p.tabs) == 0).Do(chromium.executor())
	if err != nil {
		t.Fatal(err)
	}
	x := &tab{t: t, desk: p.desk, profile: p, id: id}
	var cancel context.CancelFunc
	x.ctx, cancel = chromedp.NewContext(chromium.ctx, chromedp.WithTargetID(id))
	t.Cleanup(func() {
		x.report()
		if t.Failed() {
			x.shot("failed-" + t.Name())
		}
		cancel()
	})
	chromedp.ListenTarget(x.ctx, x.hear)
	x.run(log.Enable(), audits.Enable(), network.Enable())
	x.resize(s)
	p.tabs = append(p.tabs, x)
	return x
}

func (x *tab) hear(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		x.note("exception: " + e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning || e.Type == runtime.APITypeAssert {
			x.note(fmt.Sprintf("console.%s: %s", e.Type, words(e.Args)))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			x.note(fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *audits.EventIssueAdded:
		if d, err := json.Marshal(e.Issue.Details); err == nil {
			x.note(fmt.Sprintf("issue %s: %s", e.Issue.Code, d))
		}
	}
}

func words(args []*runtime.RemoteObject) string {
	var out []string
	for _, a := range args {
		out = append(out, string(a.Value)+a.Description)
	}
	return strings.Join(out, " ")
}

func (x *tab) note(problem string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.problems = append(x.problems, problem)
}

// expect says that problems that contain the text belong to the test.
func (x *tab) expect(text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.expected = append(x.expected, text)
}

// report fails the test for every problem since the last report that nobody expected.
func (x *tab) report() {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range x.problems {
		if !containsAny(p, x.expected) {
			x.t.Error(p)
		}
	}
	x.problems = nil
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func (x *tab) run(actions ...chromedp.Action) {
	x.t.Helper()
	if err := chromedp.Run(x.ctx, actions...); err != nil {
		x.t.Fatal(err)
	}
}

func (x *tab) resize(s size) {
	x.t.Helper()
	if s.phone {
		x.run(chromedp.EmulateViewport(s.width, s.height, chromedp.EmulateMobile, chromedp.EmulateTouch))
		return
	}
	x.run(chromedp.EmulateViewport(s.width, s.height))
}

// open loads a page of the desk and waits for all that belongs to it.
func (x *tab) open(path string) {
	x.t.Helper()
	x.openURL(x.desk.url(path))
}

func (x *tab) openURL(url string) {
	x.t.Helper()
	ctx, stop := context.WithTimeout(x.ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, chromedp.Navigate(url)); err != nil {
		x.t.Fatalf("open %s: %v", url, err)
	}
}

// eval evaluates an expression in the page, as the developer tools do; a promise is awaited.
func (x *tab) eval(expression string, out any) error {
	ctx, stop := context.WithTimeout(x.ctx, patience)
	defer stop()
	return chromedp.Run(ctx, chromedp.Evaluate(expression, out, func(p *runtime.EvaluateParams) *runtime.EvaluateParams {
		return p.WithAwaitPromise(true).WithReturnByValue(true)
	}))
}

// text is what an expression gives as a string.
func (x *tab) text(expression string) string {
	x.t.Helper()
	var out string
	if err := x.eval("String("+expression+")", &out); err != nil {
		x.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// want fails unless the expression gives the text.
func (x *tab) want(expression, text string) {
	x.t.Helper()
	if got := x.text(expression); got != text {
		x.t.Errorf("%s is %q, want %q", expression, got, text)
	}
}

// look is how often a condition is asked for.
const look = 25 * time.Millisecond

// until waits until an expression is true in the page, whatever page that is by then, and
// returns how long it took.
func (x *tab) until(within time.Duration, what, expression string) time.Duration {
	x.t.Helper()
	began := time.Now()
	tick := time.NewTicker(look)
	defer tick.Stop()
	var last error
	for {
		var yes bool
		if last = x.eval("(async () => !!(await ("+expression+")))()", &yes); last == nil && yes {
			return time.Since(began)
		}
		if time.Since(began) > within {
			var at string
			_ = x.eval(whereabouts, &at)
			x.t.Fatalf("not within %v: %s (%s; last error: %v)\nthe tab is at %s", within, what, expression, last, at)
		}
		<-tick.C
	}
}

// whereabouts tells where a tab is, what has the focus and what is written there, and how the page begins.
const whereabouts = `[location.href, document.readyState, document.activeElement?.id || document.activeElement?.tagName, document.activeElement?.value,
	document.querySelector(".main")?.innerText.slice(0, 600)].join(" | ")`

// shows waits until there is a visible element for the selector whose text holds the words.
func (x *tab) shows(within time.Duration, selector, words string) time.Duration {
	x.t.Helper()
	return x.until(within, fmt.Sprintf("%q in %s", words, selector),
		fmt.Sprintf(`[...document.querySelectorAll(%q)].some(el => el.checkVisibility() && el.textContent.replace(/\s+/g, " ").includes(%q))`, selector, words))
}

// at waits until the tab is at a path of the desk.
func (x *tab) at(path string) {
	x.t.Helper()
	x.until(patience, "being at "+path, fmt.Sprintf("document.readyState === 'complete' && location.pathname + location.search === %q", path))
}

// click clicks into the middle of an element, as a hand would: what lies above it gets the click.
func (x *tab) click(selector string) {
	x.t.Helper()
	ctx, stop := context.WithTimeout(x.ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible)); err != nil {
		x.t.Fatalf("click %s: %v", selector, err)
	}
}

// typeInto puts the focus into a field and types.
func (x *tab) typeInto(selector, text string) {
	x.t.Helper()
	ctx, stop := context.WithTimeout(x.ctx, patience)
	defer stop()
	if err := chromedp.Run(ctx, chromedp.SendKeys(selector, text, chromedp.ByQuery, chromedp.NodeVisible)); err != nil {
		x.t.Fatalf("type into %s: %v", selector, err)
	}
}

// press presses keys one after the other, wherever the focus is.
func (x *tab) press(keys string, modifiers ...input.Modifier) {
	x.t.Helper()
	x.run(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}
