package e2e

import (
	"testing"
	"time"
)

// soon is what the desk promises: a change shows within two seconds, without a reload.
const soon = 2 * time.Second

func TestChangesShowWithinTwoSecondsWithoutReload(t *testing.T) {
	d := openDesk(t)
	p := d.browser("olive")
	board, list := p.tab(desktop), d.browser("hugo").tab(desktop)
	board.open("/")
	list.open("/incidents")
	for _, x := range []*tab{board, list} {
		x.mark()
	}
	board.shows(patience, "#board", "Payments")
	list.shows(patience, "#incident-rows", "No active incidents")

	began := time.Now()
	d.alert("payments", "QueueDepth", "critical")
	board.shows(soon, "#board", "INC-1")
	t.Logf("on the board %v after the alert was sent", time.Since(began).Round(time.Millisecond))
	list.shows(soon, "#incident-rows", "INC-1")
	both := time.Since(began)
	t.Logf("in the list %v after the alert was sent", both.Round(time.Millisecond))
	if both > soon {
		t.Errorf("it took %v, want less than %v", both, soon)
	}

	began = time.Now()
	d.call("POST", "/api/v1/incidents/INC-1/acknowledge", nil, nil)
	list.shows(soon, "#incident-rows", "Acknowledged")
	if took := time.Since(began); took > soon {
		t.Errorf("the acknowledgement took %v, want less than %v", took, soon)
	}
	for _, x := range []*tab{board, list} {
		x.unmoved()
	}
}

// mark leaves a mark in the page that a reload would wipe away.
func (x *tab) mark() {
	x.t.Helper()
	x.want("window.marked = true", "true")
}

// unmoved fails when the page has been loaded again since mark.
func (x *tab) unmoved() {
	x.t.Helper()
	x.want("window.marked", "true")
}

func TestLiveUpdateLeavesTheReaderAlone(t *testing.T) {
	d := openDesk(t)
	d.alert("payments", "QueueDepth", "critical")
	x := d.browser("olive").tab(desktop)
	x.open("/incidents/INC-1")
	const box, typed = "#comment textarea", "Restarting the channel on mq-2, back in"
	x.typeInto(box, typed)
	if err := x.eval(`document.querySelector("`+box+`").setSelectionRange(3, 11)`, nil); err != nil {
		t.Fatal(err)
	}
	d.call("POST", "/api/v1/incidents/INC-1/comments", map[string]string{"text": "The firewall drops idle sessions"}, nil)
	d.call("POST", "/api/v1/incidents/INC-1/acknowledge", nil, nil)
	x.shows(soon, ".timeline", "The firewall drops idle sessions")
	x.shows(soon, "#incident-head", "Acknowledged")
	x.want(`document.querySelector("`+box+`").value`, typed)
	x.want(`document.activeElement === document.querySelector("`+box+`")`, "true")
	x.want(`[document.activeElement.selectionStart, document.activeElement.selectionEnd]`, "3,11")

	// A question that is being answered stays open too.
	x.click(".act-ask-escalate")
	x.until(patience, "the question to open", `document.querySelector("dialog[open] textarea")`)
	x.typeInto("dialog[open] textarea", "The cut-off is near")
	d.call("POST", "/api/v1/incidents/INC-1/comments", map[string]string{"text": "Bank B confirms"}, nil)
	x.shows(soon, ".timeline", "Bank B confirms")
	x.want(`document.querySelector("dialog[open] textarea").value`, "The cut-off is near")
}
