package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mainstay/internal/config"
)

// fires sends an alert about a component.
func (d *desk) fires(service, component, severity string) {
	d.t.Helper()
	d.call(http.MethodPost, "/api/v2/alerts", []map[string]any{{"labels": map[string]string{"alertname": "Broken", "service": service,
		"component": component, "severity": severity}}}, nil)
}

// place is where a part of the drawing stands.
func (x *tab) place(part string) string {
	x.t.Helper()
	return x.text(fmt.Sprintf(`document.querySelector("#drawing-part-%s").getAttribute("transform")`, part))
}

const portal = "/services/client-portal/board"

func TestPartsAreMovedByMouseAndByArrowKeysAndStayThere(t *testing.T) {
	d := openDesk(t)
	x := d.browser("ada").tab(desktop)
	x.open(portal)
	x.click("[data-move-parts]")
	other, before := x.place("identity"), x.place("portal-web")
	var box [4]float64
	if err := x.eval(`(() => { const b = document.querySelector("#drawing-part-portal-web .back").getBoundingClientRect(); return [b.x, b.y, b.width, b.height] })()`, &box); err != nil {
		t.Fatal(err)
	}
	cx, cy := box[0]+box[2]/2, box[1]+box[3]/2
	x.run(chromedp.MouseEvent(input.MousePressed, cx, cy, chromedp.ButtonLeft), chromedp.MouseEvent(input.MouseMoved, cx+40, cy+20, chromedp.ButtonLeft),
		chromedp.MouseEvent(input.MouseMoved, cx+120, cy+60, chromedp.ButtonLeft), chromedp.MouseEvent(input.MouseReleased, cx+120, cy+60, chromedp.ButtonLeft))
	x.shows(patience, "#drawing-said", "portal-web stands at")
	dragged := x.place("portal-web")
	if dragged == before || x.place("identity") != other {
		t.Errorf("portal-web went from %s to %s, identity from %s to %s", before, dragged, other, x.place("identity"))
	}
	x.run(chromedp.Evaluate(`document.querySelector("#drawing-said").textContent = ""; document.querySelector("#drawing-part-portal-web a").focus()`, nil))
	x.press(kb.ArrowRight)
	x.shows(patience, "#drawing-said", "portal-web stands at")
	moved := x.place("portal-web")
	if moved == dragged {
		t.Error("the arrow key moved nothing")
	}
	x.open(portal)
	if got := x.place("portal-web"); got != moved {
		t.Errorf("after loading again it stands at %s, want %s", got, moved)
	}
}

func TestRedLeadsToItsCauseInTwoClicks(t *testing.T) {
	d := openDesk(t)
	x := d.browser("ada").tab(desktop)
	x.open(portal)
	d.fires("client-portal", "identity", "critical")
	x.shows(2*time.Second, "#drawing-part-identity.f-bad", "Down")
	x.click("#drawing-part-portal-web a")
	x.shows(patience, "#part", "Sign-in of clients")
	x.click("#part a.key")
	x.at("/incidents/INC-1")
}

func TestStatesDifferForWhoSeesNoRedOrNoGreen(t *testing.T) {
	d := openDesk(t)
	for component, severity := range map[string]string{"identity": "critical", "internet-line": "warning"} {
		d.fires("client-portal", component, severity)
	}
	x := d.browser("ada").tab(desktop)
	x.open(portal)
	x.shows(patience, "#drawing-part-internet-line.f-warn", "Degraded")
	for _, how := range []emulation.SetEmulatedVisionDeficiencyType{emulation.SetEmulatedVisionDeficiencyTypeProtanopia, emulation.SetEmulatedVisionDeficiencyTypeDeuteranopia} {
		x.run(emulation.SetEmulatedVisionDeficiency(how))
		colours := map[string][3]float64{}
		for name, part := range map[string]string{"bad": "identity", "warn": "internet-line", "not watched": "storage"} {
			colours[name] = x.colour("#drawing-part-" + part + " .back")
		}
		for a, p := range colours {
			for b, q := range colours {
				if a < b && apart(p, q) < 60 {
					t.Errorf("%s: %s %v and %s %v look alike", how, a, p, b, q)
				}
			}
		}
		x.shot("drawing-" + string(how))
	}
}

// colour is what is on the screen inside an element, beside its left edge.
func (x *tab) colour(selector string) [3]float64 {
	x.t.Helper()
	var at [2]float64
	if err := x.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center"}); const b = e.getBoundingClientRect(); return [b.x + 10, b.y + b.height - 6] })()`, selector), &at); err != nil {
		x.t.Fatal(err)
	}
	var shot []byte
	x.run(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		shot, err = page.CaptureScreenshot().Do(ctx)
		return err
	}))
	var img image.Image
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		x.t.Fatal(err)
	}
	r, g, b, _ := img.At(int(at[0]), int(at[1])).RGBA()
	return [3]float64{float64(r >> 8), float64(g >> 8), float64(b >> 8)}
}

func apart(a, b [3]float64) (d float64) {
	for i := range a {
		d += max(a[i]-b[i], b[i]-a[i])
	}
	return d
}

// estate is a service of n components.
func estate(n int) string {
	var out strings.Builder
	out.WriteString("{kind: Service, name: big, title: Big, tier: 2, owner: infrastructure}\n")
	layers := []string{"business-process", "front-end", "application", "middleware", "machine"}
	for i := range n {
		var needs []string
		for j := max(0, i-7); j < i; j += 3 {
			needs = append(needs, "big-"+strconv.Itoa(j))
		}
		fmt.Fprintf(&out, "---\n{kind: Component, name: big-%d, layer: %s, service: big, depends_on: [%s]}\n", i, layers[i*len(layers)/n], strings.Join(needs, ", "))
	}
	return out.String()
}

func TestABoardOf500ComponentsIsPatched(t *testing.T) {
	d := openDesk(t)
	d.apply(config.File{Name: "big.yaml", Text: estate(500)})
	x := d.browser("ada").tab(desktop)
	x.open("/services/big/board")
	x.mark()
	d.fires("big", "big-490", "critical")
	took := x.shows(patience, "#drawing-part-big-490.f-bad", "Down")
	x.unmoved()
	t.Logf("shown after %v; %s elements patched in %s ms", took, x.text(`document.querySelector("#drawing").dataset.patched`),
		x.text(`document.querySelector("#drawing").dataset.patchMs`))
}

func TestWallsFitFromATelephoneTo4K(t *testing.T) {
	d := openDesk(t)
	d.fires("client-portal", "identity", "critical")
	for _, s := range []size{phone, {width: 1366, height: 768}, {width: 3840, height: 2160}} {
		x := d.browser("ada").tab(s)
		x.open("/wall?view=client-portal&view=board&every=5")
		x.shows(patience, "#wall-board", "Client portal")
		x.until(patience, "the drawing", `!!document.querySelector("#wall-svg")`)
		x.want(`String(document.documentElement.scrollWidth <= innerWidth)`, "true")
		x.shot("wall-" + s.String())
		x.until(patience, "the next view", `!!document.querySelector(".wall-tiles")`)
	}
}

func TestDrawingsAreSound(t *testing.T) {
	d := openDesk(t)
	d.fires("client-portal", "identity", "critical")
	d.fires("client-portal", "internet-line", "warning")
	x := d.browser("ada").tab(desktop)
	for _, page := range []string{portal, portal + "?part=identity", portal + "?down=identity", portal + "/text", "/wall?view=client-portal"} {
		t.Run(name(page), func(t *testing.T) { x.within(t).isSound(page) })
	}
}
