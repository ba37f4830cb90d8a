package e2e

import (
	"fmt"
	"net/url"
	"testing"
)

// Whoever is on call gets a webhook, opens its link on the telephone and is done with one
// tap, without signing in.
func TestLinkOfAPageAcknowledgesOnATelephone(t *testing.T) {
	d := openDesk(t)
	d.alert("payments", "QueueDepth", "critical")
	paged := d.hook.page("INC-1")

	x := d.browser("").tab(phone)
	x.openURL(paged.AckURL)
	x.shows(patience, "main", "QueueDepth")
	x.fits()
	if got := d.incident("INC-1").Status; got != "open" {
		t.Errorf("opening the link has made the incident %s; scanners open links too", got)
	}
	x.underThumb("#acknowledge")
	x.click("#acknowledge")
	x.shows(patience, "[role=status]", "You have INC-1")
	i := d.incident("INC-1")
	u := d.person(paged.Person)
	if i.Status != "acknowledged" || i.AcknowledgedBy != u.Name {
		t.Errorf("INC-1 is %s by %q, want acknowledged by %q", i.Status, i.AcknowledgedBy, u.Name)
	}
	link, err := url.Parse(paged.AckURL)
	if err != nil {
		t.Fatal(err)
	}
	x.at(link.Path) // reloading it sends nothing again
}

func TestIncidentPageAcknowledgesOnATelephone(t *testing.T) {
	d := openDesk(t)
	d.alert("payments", "QueueDepth", "critical")
	x := d.browser("olive").tab(phone)
	x.open("/")
	x.shows(patience, "#board", "INC-1")
	x.click(`#board a[href="/incidents/INC-1"]`)
	x.at("/incidents/INC-1")
	x.fits()
	const button = `form[action="/incidents/INC-1/acknowledge"] button`
	x.underThumb(button)
	x.click(button)
	x.shows(patience, "#incident-head", "Acknowledged")
	x.until(patience, "the button to go", `!document.querySelector('`+button+`')?.checkVisibility()`)
	x.at("/incidents/INC-1")
	i := d.incident("INC-1")
	if u := d.person("olive"); i.Status != "acknowledged" || i.AcknowledgedBy != u.Name {
		t.Errorf("INC-1 is %s by %q, want acknowledged by %q", i.Status, i.AcknowledgedBy, u.Name)
	}
}

// underThumb fails unless the element can be hit with a thumb as the page stands: visible
// without scrolling and at least 44 px in height (WCAG 2.2, 2.5.5).
func (x *tab) underThumb(selector string) {
	x.t.Helper()
	const box = `(() => { const b = document.querySelector(%q).getBoundingClientRect(); return %s; })()`
	x.want(fmt.Sprintf(box, selector, "b.top >= 0 && b.bottom <= innerHeight && b.left >= 0 && b.right <= innerWidth"), "true")
	x.want(fmt.Sprintf(box, selector, "b.height >= 44 || b.height"), "true")
}

// outside lists what stands beyond the right edge of the window, except in boxes that scroll
// by themselves, end in an ellipsis or show to screen readers only, and how far the page itself
// can be scrolled sideways.
const outside = `(() => {
	const scrolls = el => {
		for (let box = el; box !== document.body; box = box.parentElement) {
			const style = getComputedStyle(box);
			if (/auto|scroll/.test(style.overflowX) || style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none" || style.clipPath === "inset(50%)") return true;
		}
	};
	const found = [...document.querySelectorAll("body *")].filter(el => el.checkVisibility() && el.getBoundingClientRect().right > innerWidth + 1 && !scrolls(el));
	const out = found.slice(0, 3).map(el => el.outerHTML.slice(0, 150));
	const over = document.documentElement.scrollWidth - innerWidth;
	return (over > 0 ? over + " px too wide; " : "") + out.join(" | ");
})()`

// fits fails when the page is wider than the window.
func (x *tab) fits() {
	x.t.Helper()
	if found := x.text(outside); found != "" {
		x.t.Errorf("beyond the edge: %s", found)
	}
}
