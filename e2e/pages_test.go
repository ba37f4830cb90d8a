package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"

	"mainstay/internal/base/actor"
)

// TestEveryPageIsSound looks at every page that the site has, as an administrator, who sees
// every act: at two sizes, in both themes.
func TestEveryPageIsSound(t *testing.T) {
	d := openDesk(t)
	pages := append(d.pages(d.seed()), moreStates...)
	lanes := 2 // as many as there are processors where this usually runs
	for lane := range lanes {
		x := d.browser("ada").tab(desktop)
		t.Run("lane", func(t *testing.T) {
			t.Parallel()
			for i := lane; i < len(pages); i += lanes {
				t.Run(name(pages[i]), func(t *testing.T) { x.within(t).isSound(pages[i]) })
			}
		})
	}
}

// TestPagesForStrangersAreSound looks at what shows without a sign-in.
func TestPagesForStrangersAreSound(t *testing.T) {
	d := openDesk(t)
	d.alert("payments", "QueueDepth", "critical")
	ack := pathOf(t, d.hook.page("INC-1").AckURL)
	code, err := d.Rooms.People.PasswordCode(context.Background(), actor.Mainstay, "hugo")
	if err != nil {
		t.Fatal(err)
	}
	d.call(http.MethodPost, "/api/v1/users/hugo/contacts/methods",
		map[string]string{"name": "gateway", "channel": "webhook", "address": d.hook.url("hugo-gateway"), "secret": hookSecret}, nil)
	confirm := pathOf(t, d.hook.await("the link that confirms an address", func(m message) bool { return m.Code != "" }).URL)

	x := d.browser("").tab(desktop)
	for _, address := range []string{"/login", "/password?code=" + code, "/password?code=used", "/setup?code=used", ack, "/a/made-up", confirm, "/verify/made-up"} {
		t.Run(name(address), func(t *testing.T) { x.within(t).isSound(address) })
	}
	d.call(http.MethodPost, "/api/v1/incidents/INC-1/acknowledge", nil, nil)
	t.Run("acknowledged", func(t *testing.T) { x.within(t).isSound(ack) })
}

func pathOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// TestOtherRolesSeeSoundPages looks at where a role makes a difference to what a page is.
func TestOtherRolesSeeSoundPages(t *testing.T) {
	d := openDesk(t)
	d.seed()
	for login, addresses := range map[string][]string{
		"edgar": {"/", "/incidents/INC-1", "/admin"}, // an observer reads, and has no access to some
		"hilda": {"/", "/me/account"},                // a client
	} {
		x := d.browser(login).tab(desktop)
		for _, address := range addresses {
			t.Run(login+":"+name(address), func(t *testing.T) { x.within(t).isSound(address) })
		}
	}
}

// TestDialogsAndMenusAreSound opens everything that a page keeps closed at first.
func TestDialogsAndMenusAreSound(t *testing.T) {
	d := openDesk(t)
	d.seed()
	x := d.browser("ada").tab(desktop)
	for _, address := range []string{"/incidents", "/incidents/INC-1"} {
		x.open(address)
		var ids []string
		for _, s := range []size{desktop, phone} {
			x.resize(s)
			if err := x.eval(closed, &ids); err != nil || len(ids) < 3 {
				t.Fatalf("%s has %v: %v", address, ids, err)
			}
			for _, id := range ids {
				t.Run(fmt.Sprintf("%s:%s:%v", name(address), id, s), func(t *testing.T) { x.within(t).opensSound(id, s) })
			}
		}
	}
}

// closed lists the dialogs and the menus that can be opened in this window.
const closed = `[...document.querySelectorAll("dialog[id], .menu[popover][id]")].map(el => el.id)
	.filter(id => document.querySelector("[popovertarget='" + id + "']")?.checkVisibility() ?? true)`

// opensSound opens a dialog or a menu and looks at it.
func (x *tab) opensSound(id string, s size) {
	x.t.Helper()
	el := fmt.Sprintf("document.getElementById(%q)", id)
	if id == "palette" { // is empty until somebody types
		x.press("k", input.ModifierCtrl)
		x.until(patience, "the palette", `document.activeElement.id === "palette-input"`)
		x.typeInto("#palette-input", "INC-1")
		x.until(patience, "what was typed, and nothing else", `(list => list.length > 0 && list.every(o => o.textContent.includes("INC-1")))([...document.querySelectorAll("#palette-list [role=option]")])`)
	} else {
		x.want(fmt.Sprintf("(%s.showModal ? %[1]s.showModal() : %[1]s.showPopover(), %[1]s.checkVisibility())", el), "true")
	}
	for _, theme := range themes {
		x.theme(theme)
		x.axe(id+" in "+theme, s, theme == "dark")
	}
	x.shot(fmt.Sprintf("%s %v", id, s))
	x.fits()
	x.want(fmt.Sprintf("(%s.close ? %[1]s.close() : %[1]s.hidePopover(), %[1]s.checkVisibility())", el), "false")
}

// moreStates are addresses at which known pages look different.
var moreStates = []string{
	"/no-such-page", "/incidents/INC-99", "/incidents/INC-2", "/incidents/INC-3", "/incidents?show=restored", "/incidents?q=nothing+fits",
	"/services/payments/board?part=payments-mq", "/services/payments/board?down=payments-mq",
}

func name(address string) string { return strings.ReplaceAll(strings.Trim(address, "/"), "/", ":") }

// within lets a tab report to a subtest.
func (x *tab) within(t *testing.T) *tab {
	outer := x.t
	x.t = t
	t.Cleanup(func() {
		x.report()
		x.t = outer
	})
	return x
}

var themes = []string{"light", "dark"}

// theme is what the system says that it likes.
func (x *tab) theme(name string) {
	x.t.Helper()
	x.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}))
}

// isSound opens a page and looks at it at both sizes in both themes: no rule of axe-core may be
// broken, nothing may stand beyond the edge, and the console must stay silent.
func (x *tab) isSound(address string) {
	x.t.Helper()
	x.resize(desktop)
	x.expect("the server responded with a status of 40") // pages that say so
	x.open(address)
	for _, s := range []size{desktop, phone} {
		x.resize(s)
		for _, theme := range themes {
			x.theme(theme)
			state := fmt.Sprintf("%s at %v, %s", address, s, theme)
			x.axe(state, s, theme == "dark")
			x.shot(state)
		}
		x.fits()
	}
}
