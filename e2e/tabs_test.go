package e2e

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
)

// Browsers hold six connections to a server that speaks plain HTTP. If every tab had one of
// its own for the feed, the seventh tab would hang.
func TestTenTabsShareOneFeed(t *testing.T) {
	d := openDesk(t)
	p := d.browser("olive")
	var tabs []*tab
	for i := range 10 {
		x := p.tab(desktop)
		x.open([]string{"/", "/incidents", "/alerts"}[i%3])
		x.mark()
		tabs = append(tabs, x)
	}
	if n := p.workers(t); n != 1 {
		t.Errorf("ten tabs have %d shared workers", n)
	}
	began := time.Now()
	d.alert("payments", "QueueDepth", "critical")
	last := tabs[len(tabs)-1]
	last.front()
	last.showsAlert(soon)
	hidden := 0
	for i, x := range tabs {
		if x.text("document.hidden") == "true" {
			hidden++
		}
		x.showsAlert(hiddenWithin)
		t.Logf("tab %d (hidden: %s): %v", i, x.text("document.hidden"), time.Since(began).Round(10*time.Millisecond))
	}
	d.call("POST", "/api/v1/incidents/INC-1/acknowledge", nil, nil)
	d.alert("mail", "MailQueue", "warning")
	for i, x := range tabs {
		x.front()
		if took := x.shows(soon, ".nav", "2"); took > soon {
			t.Errorf("tab %d took %v", i, took)
		}
		x.unmoved()
	}
	t.Logf("%d tabs were in the background", hidden)
}

// hiddenWithin is how soon a tab in the background must show a change: it gathers for ten
// seconds.
const hiddenWithin = 13 * time.Second

func (x *tab) showsAlert(within time.Duration) {
	x.t.Helper()
	x.until(within, "the alert", `["INC-1", "QueueDepth"].some(word => document.querySelector("main").textContent.includes(word))`)
}

// front brings the tab before the others, as a click on it does.
func (x *tab) front() {
	x.t.Helper()
	if err := target.ActivateTarget(x.id).Do(chromium.executor()); err != nil {
		x.t.Fatal(err)
	}
	x.until(patience, "the tab to be in front", "!document.hidden")
}

// workers counts the shared workers of the profile.
func (p *profile) workers(t *testing.T) (n int) {
	t.Helper()
	all, err := target.GetTargets().WithFilter(target.Filter{{Type: "shared_worker"}}).Do(chromium.executor())
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range all {
		if info.BrowserContextID == p.id {
			n++
		}
	}
	return n
}
