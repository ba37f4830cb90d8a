package e2e

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
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

// axe fails the test for every rule of axe-core that the page breaks in this state, and for
// every one of which axe cannot tell: those are for people to clear up, once.
func (x *tab) axe(state string) {
	x.t.Helper()
	if x.text("typeof window.axe") == "undefined" {
		if err := x.eval(axe+";0", nil); err != nil {
			x.t.Fatal(err)
		}
	}
	var found struct{ Violations, Incomplete []finding }
	err := x.eval(`axe.run(document, { resultTypes: ["violations", "incomplete"] })
		.then(({ violations, incomplete }) => ({ violations, incomplete }))`, &found)
	if err != nil {
		x.t.Errorf("%s: axe: %v", state, err)
		return
	}
	for _, f := range found.Violations {
		x.t.Errorf("%s breaks %v", state, f)
	}
	for _, f := range found.Incomplete {
		x.t.Errorf("%s may break %v", state, f)
	}
}
