package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

func TestKeyboardAloneIsEnough(t *testing.T) {
	d := openDesk(t)
	d.alert("payments", "QueueDepth", "critical")
	d.alert("mail", "MailQueue", "warning")
	x := d.browser("olive").tab(desktop)
	x.open("/")
	x.press("g")
	x.press("i")
	x.at("/incidents")

	const row = `document.activeElement?.closest("[data-row]")?.id`
	x.press("j")
	x.want(row, "row-INC-1")
	x.press("j")
	x.want(row, "row-INC-2")
	x.press("j") // the last stays the last
	x.want(row, "row-INC-2")
	x.press("k")
	x.want(row, "row-INC-1")
	x.press(kb.Enter)
	x.at("/incidents/INC-1")

	x.press("?")
	x.shows(patience, "dialog#shortcuts[open]", "Acknowledge")
	x.press(kb.Escape)
	x.until(patience, "the shortcuts to close", `!document.querySelector("dialog[open]")`)
	x.press("a")
	x.shows(patience, "#incident-head", "Acknowledged")

	x.press("k", input.ModifierCtrl)
	x.until(patience, "the palette", `document.querySelector("dialog#palette[open]") && document.activeElement.id === "palette-input"`)
	for _, key := range "INC-2" {
		x.press(string(key))
	}
	x.shows(patience, "#palette-list", "MailQueue")
	x.press(kb.Enter)
	x.at("/incidents/INC-2")
}

// Whoever types a j wants a j.
func TestShortcutsRestWhileSomebodyTypes(t *testing.T) {
	d := openDesk(t)
	d.alert("payments", "QueueDepth", "critical")
	x := d.browser("olive").tab(desktop)
	x.open("/incidents/INC-1")
	x.typeInto("#comment textarea", "ajkr? gi")
	x.want(`document.querySelector("#comment textarea").value`, "ajkr? gi")
	x.want(`document.querySelector("dialog[open]")`, "null")
	x.at("/incidents/INC-1")
	if got := d.incident("INC-1").Status; got != "open" {
		t.Errorf("typing has made the incident %s", got)
	}
}
