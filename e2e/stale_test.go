package e2e

import (
	"testing"
	"time"
)

const (
	reconnectingWithin = 3 * time.Second // two, and the server's own time to stop
	staleWithin        = 30 * time.Second
	recoverWithin      = 15 * time.Second // the feed tries again at least every 6 s
)

// A board that is green while nothing arrives any more is the worst of all.
func TestPageSaysThatItIsStaleAndRecoversByItself(t *testing.T) {
	d := openDesk(t)
	x := d.browser("olive").tab(desktop)
	x.expect("ERR_CONNECTION_REFUSED") // while the server is down
	x.expect("ERR_INCOMPLETE_CHUNKED_ENCODING")
	d.alert("client-portal", "Late", "warning") // which has no hours in which it is closed
	d.resolve("client-portal", "Late", "warning")
	x.open("/")
	x.mark()
	x.want(`document.querySelector("#stale").checkVisibility()`, "false")
	green := func() string { return x.text(`getComputedStyle(document.querySelector("#board .badge-ok")).color`) }
	fresh := green()

	began := time.Now()
	d.stop()
	x.shows(reconnectingWithin, "#stale", "Reconnecting …")
	x.want(`document.documentElement.hasAttribute("data-reconnecting")`, "true")
	x.shows(staleWithin, "#stale", "Stale since ")
	took := time.Since(began)
	t.Logf("stale %v after the server was told to stop", took.Round(time.Millisecond))
	if took > staleWithin {
		t.Errorf("the banner took %v", took)
	}
	x.want(`document.documentElement.hasAttribute("data-stale")`, "true")
	x.shows(patience, "#stale", "UTC")
	if green() == fresh {
		t.Errorf("what was OK is still shown in %s while the page is stale", fresh)
	}
	x.shot("stale")

	d.start()
	began = time.Now()
	d.alert("payments", "QueueDepth", "critical")
	x.until(recoverWithin, "the banner to go", `!document.querySelector("#stale").checkVisibility()`)
	x.shows(recoverWithin, "#board", "INC-2")
	t.Logf("recovered %v after the server was there again", time.Since(began).Round(time.Millisecond))
	x.want(`document.documentElement.hasAttribute("data-stale")`, "false")
	x.unmoved()
}
