package pagetest

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// node is a part of a rendered page that tests ask about.
type node struct {
	t *testing.T
	n *html.Node
}

// All finds every element that fits a selector of the form tag, .class, #id, [attr], [attr=value]
// or a run of these without blanks, such as a.button[href=/x].
func (d node) All(selector string) []node {
	d.t.Helper()
	if d.n == nil {
		d.t.Fatalf("%s: the answer is no page", selector)
	}
	fits := parse(selector)
	var found []node
	for n := range d.n.Descendants() {
		if n.Type == html.ElementNode && fits(n) {
			found = append(found, node{d.t, n})
		}
	}
	return found
}

// One is All where exactly one is expected.
func (d node) One(selector string) node {
	d.t.Helper()
	found := d.All(selector)
	if len(found) != 1 {
		d.t.Fatalf("%s: found %d, want 1, in: %.600s", selector, len(found), d.Text())
	}
	return found[0]
}

// None fails the test when anything fits the selector.
func (d node) None(selector string) {
	d.t.Helper()
	if found := d.All(selector); len(found) > 0 {
		d.t.Errorf("%s: found %d, want none; the first says %q", selector, len(found), found[0].Text())
	}
}

// Text is what a reader sees, with single blanks.
func (d node) Text() string {
	if d.n == nil {
		return ""
	}
	var b strings.Builder
	for n := range d.n.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Raw is the text with its blanks and line ends as they are, such as what a textarea holds.
func (d node) Raw() string {
	var b strings.Builder
	for n := range d.n.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

// Attr is the value of an attribute, empty when there is none.
func (d node) Attr(name string) string {
	value, _ := attribute(d.n, name)
	return value
}

// Has reports whether there is the attribute.
func (d node) Has(name string) bool {
	_, ok := attribute(d.n, name)
	return ok
}

// WantText fails the test when one of the texts is not there.
func (d node) WantText(want ...string) {
	d.t.Helper()
	text := d.Text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			d.t.Errorf("text is %.900q, want %q in it", text, w)
		}
	}
}

// WantNoText fails the test when one of the texts is there.
func (d node) WantNoText(unwanted ...string) {
	d.t.Helper()
	text := d.Text()
	for _, u := range unwanted {
		if strings.Contains(text, u) {
			d.t.Errorf("text has %q in it, which it should not: %.900q", u, text)
		}
	}
}

// WantAttr fails the test when an attribute has another value.
func (d node) WantAttr(name, want string) {
	d.t.Helper()
	if got := d.Attr(name); got != want {
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
func parse(selector string) func(*html.Node) bool {
	var tests []func(*html.Node) bool
	for rest := selector; rest != ""; {
		part := first(rest)
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

// first cuts off the first part of a selector: a tag, .class, #id or [attr=value].
func first(selector string) string {
	if selector[0] == '[' {
		return selector[:strings.IndexByte(selector, ']')+1]
	}
	if end := strings.IndexAny(selector[1:], ".#["); end >= 0 {
		return selector[:end+1]
	}
	return selector
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
