package ui_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"mainstay/internal/web/ui"
)

// now is the moment at which the tests render their pages.
var now = time.Date(2026, 7, 28, 14, 3, 12, 0, time.UTC)

// at is the address of the page under test.
func at(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u
}

// node is a part of a rendered page that tests ask about.
type node struct {
	t *testing.T
	n *html.Node
}

// render draws the component in the frame and parses the outcome.
func render(t *testing.T, f ui.Frame, c templ.Component) node {
	t.Helper()
	var b strings.Builder
	if err := c.Render(ui.With(context.Background(), f), &b); err != nil {
		t.Fatal(err)
	}
	n, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return node{t, n}
}

// all finds every element that fits a selector of the form tag, .class, #id, [attr], [attr=value]
// or a run of these without blanks, such as a.button[href=/x].
func (d node) all(selector string) []node {
	d.t.Helper()
	fits := parse(d.t, selector)
	var found []node
	for n := range d.n.Descendants() {
		if n.Type == html.ElementNode && fits(n) {
			found = append(found, node{d.t, n})
		}
	}
	return found
}

// one is all where exactly one is expected.
func (d node) one(selector string) node {
	d.t.Helper()
	found := d.all(selector)
	if len(found) != 1 {
		d.t.Fatalf("%s: found %d, want 1", selector, len(found))
	}
	return found[0]
}

func (d node) text() string {
	var b strings.Builder
	for n := range d.n.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (d node) attr(name string) string {
	value, _ := attribute(d.n, name)
	return value
}

func (d node) has(name string) bool {
	_, ok := attribute(d.n, name)
	return ok
}

func (d node) wantText(want string) {
	d.t.Helper()
	if !strings.Contains(d.text(), want) {
		d.t.Errorf("text is %q, want %q in it", d.text(), want)
	}
}

func (d node) wantAttr(name, want string) {
	d.t.Helper()
	if got := d.attr(name); got != want {
		d.t.Errorf("%s is %q, want %q", name, got, want)
	}
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// parse turns a selector into a question about a node.
func parse(t *testing.T, selector string) func(*html.Node) bool {
	t.Helper()
	var tests []func(*html.Node) bool
	rest := selector
	for rest != "" {
		part := rest
		if end := strings.IndexAny(rest[1:], ".#["); end >= 0 && rest[0] != '[' {
			part = rest[:end+1]
		} else if rest[0] == '[' {
			part = rest[:strings.IndexByte(rest, ']')+1]
		}
		rest = rest[len(part):]
		tests = append(tests, simple(part))
	}
	return func(n *html.Node) bool {
		for _, test := range tests {
			if !test(n) {
				return false
			}
		}
		return true
	}
}

func simple(part string) func(*html.Node) bool {
	switch part[0] {
	case '.':
		return func(n *html.Node) bool {
			class, _ := attribute(n, "class")
			return strings.Contains(" "+class+" ", " "+part[1:]+" ")
		}
	case '#':
		return func(n *html.Node) bool { id, _ := attribute(n, "id"); return id == part[1:] }
	case '[':
		name, want, valued := strings.Cut(part[1:len(part)-1], "=")
		return func(n *html.Node) bool {
			got, ok := attribute(n, name)
			return ok && (!valued || got == want)
		}
	}
	return func(n *html.Node) bool { return n.Data == part }
}
