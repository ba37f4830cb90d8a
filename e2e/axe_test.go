package e2e

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// axe is axe-core; see testdata/axe/README.md.
//
//go:embed testdata/axe/axe.min.js
var axe string

func TestAxeIsTheUnmodifiedOne(t *testing.T) {
	sum := sha256.Sum256([]byte(axe))
	const published = "KTSJmUUM3yhJqOcLeRL8LahahJ2jnA0NU5T1HUqe2Vw="
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != published {
		t.Errorf("sha256-%s, published is sha256-%s", got, published)
	}
}

// finding is one rule that a page breaks, or may break.
type finding struct {
	ID, Help string
	Nodes    []struct {
		HTML           string
		FailureSummary string
		Any            []struct{ Message string }
	}
}

func (f finding) String() string {
	out := f.ID + ": " + f.Help
	for _, n := range f.Nodes[:min(len(f.Nodes), 3)] {
		why := n.FailureSummary
		if why == "" && len(n.Any) > 0 {
			why = n.Any[0].Message
		}
		out += fmt.Sprintf("\n      %.200s\n        %s", n.HTML, strings.ReplaceAll(why, "\n", " "))
	}
	if n := len(f.Nodes) - 3; n > 0 {
		out += fmt.Sprintf("\n      and %d more", n)
	}
	return out
}

// examine runs axe-core and names the elements whose contrast it could not judge. It cannot tell what lies behind
// the words of a drawing; the tests of look/canvas reckon those.
const examine = `(async only => {
	const { violations, incomplete } = await axe.run(document, { resultTypes: ["violations", "incomplete"], preload: false, ...only });
	const unsure = incomplete.filter(rule => rule.id === "color-contrast").flatMap(rule => rule.nodes).map(node => node.target[0])
		.filter(target => !document.querySelector(target)?.closest("svg.drawing"));
	return { violations, incomplete: incomplete.filter(rule => rule.id !== "color-contrast"), unsure };
})`

// examineAgain looks at some elements one by one, each in full view.
const examineAgain = `(async targets => {
	const again = { violations: [], incomplete: [] };
	for (const target of targets) {
		const el = document.querySelector(target);
		el.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
		const { violations, incomplete } = await axe.run(el, { resultTypes: ["violations", "incomplete"], preload: false, runOnly: ["color-contrast"] });
		again.violations.push(...violations);
		again.incomplete.push(...incomplete);
		for (let box = el.parentElement; box; box = box.parentElement) box.scrollTo({ top: 0, left: 0, behavior: "instant" });
	}
	return again;
})`

// verdict is what axe-core says about a page.
type verdict struct {
	Violations, Incomplete []finding
	Unsure                 []string // selectors
}

// axe fails the test for every rule of axe-core that the page breaks in this state, and for
// every one of which axe cannot tell: those are for people to clear up, once. What lies half
// under a bar or under the edge of a box that scrolls gets a second look in a window in which
// nothing does. With colours only, rules that colours cannot break are left out.
func (x *tab) axe(state string, s size, coloursOnly bool) {
	x.t.Helper()
	if x.text("typeof window.axe") == "undefined" {
		if err := x.eval(axe+";0", nil); err != nil {
			x.t.Fatal(err)
		}
	}
	only := "{}"
	if coloursOnly {
		only = `{ runOnly: ["color-contrast", "link-in-text-block"] }`
	}
	var first, second verdict
	if err := x.eval(examine+"("+only+")", &first); err != nil {
		x.t.Errorf("%s: axe: %v", state, err)
		return
	}
	if len(first.Unsure) > 0 {
		targets, err := json.Marshal(first.Unsure)
		if err == nil {
			x.resize(size{width: s.width, height: 4 * s.height, phone: s.phone})
			err = x.eval(examineAgain+"("+string(targets)+")", &second)
			x.resize(s)
		}
		if err != nil {
			x.t.Errorf("%s: axe: %v", state, err)
		}
	}
	for _, f := range append(first.Violations, second.Violations...) {
		x.t.Errorf("%s breaks %v", state, f)
	}
	for _, f := range append(first.Incomplete, second.Incomplete...) {
		x.t.Errorf("%s may break %v", state, f)
	}
}
