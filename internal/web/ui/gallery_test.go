package ui_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"mainstay/internal/web/ui"
)

func gallery(t *testing.T) node {
	return render(t, ui.GalleryFrame(now, at("/gallery")), ui.Gallery())
}

// pages are all layouts, for what must hold on each.
var pages = map[string]templ.Component{"page": ui.Gallery(), "wall": ui.GalleryWall(), "bare": ui.GalleryBare()}

func TestPagesObeyTheContentPolicy(t *testing.T) {
	for name, page := range pages {
		doc := render(t, ui.GalleryFrame(now, at("/gallery")), page)
		for n := range doc.n.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "style" || (n.Data == "script" && n.FirstChild != nil) {
				t.Errorf("%s: inline <%s>", name, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.Contains(a.Val, "javascript:") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				}
			}
		}
	}
}

func TestIdsAreUniqueAndReferencesLeadSomewhere(t *testing.T) {
	for name, page := range pages {
		doc := render(t, ui.GalleryFrame(now, at("/gallery")), page)
		ids := map[string]int{}
		for _, n := range doc.all("[id]") {
			ids[n.attr("id")]++
		}
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: %d elements have the id %q", name, n, id)
			}
		}
		for _, reference := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "commandfor", "form"} {
			for _, n := range doc.all("[" + reference + "]") {
				for id := range strings.FieldsSeq(n.attr(reference)) {
					if ids[id] == 0 && id != "palette-list" && id != "gallery-bulk" {
						t.Errorf("%s: %s=%q leads nowhere", name, reference, id)
					}
				}
			}
		}
	}
}

func TestEveryPageHasOneTitleAndAMainPart(t *testing.T) {
	for name, page := range pages {
		doc := render(t, ui.GalleryFrame(now, at("/gallery")), page)
		doc.one("h1")
		doc.one("main")
		doc.one("html[lang=en]")
		if name != "bare" {
			doc.one("#stale[role=alert]")
		}
	}
}

func TestEveryButtonAndControlHasAName(t *testing.T) {
	doc := gallery(t)
	for _, b := range doc.all("button") {
		if b.text() == "" && !b.has("aria-label") {
			t.Errorf("a button without a name: %v", b.n.Attr)
		}
	}
	labelled := map[string]bool{}
	for _, l := range doc.all("label[for]") {
		labelled[l.attr("for")] = true
	}
	for _, kind := range []string{"input", "select", "textarea"} {
		for _, c := range doc.all(kind) {
			inside := c.n.Parent.Data == "label"
			if c.attr("type") != "hidden" && !labelled[c.attr("id")] && !c.has("aria-label") && !inside {
				t.Errorf("a control without a label: %v", c.n.Attr)
			}
		}
	}
}

func TestEveryPostingFormCarriesTheToken(t *testing.T) {
	for _, form := range gallery(t).all("form[method=post]") {
		form.one("input[name=csrf]").wantAttr("value", "gallery")
	}
}

func TestRowsThatCanBeTickedHaveAnIdentity(t *testing.T) {
	for _, row := range gallery(t).one("#gallery-rows").all("tr") {
		if row.attr("id") == "" || !row.has("data-row") {
			t.Errorf("row %q has no id: a tick could move to another record", row.text())
		}
		row.one("input[name=picked]").wantAttr("form", "gallery-bulk")
	}
}
