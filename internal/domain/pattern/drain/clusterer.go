package drain

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a Clusterer.
const (
	MaxTemplates = 2000 // of one source, without catch-alls
	maxServices  = 200  // of one source
	maxChildren  = 100  // of a node of the tree
	maxLeaf      = 64   // templates between which similarity decides

	// similar is the share of a line's words that must agree with a template's.
	similar = 0.6
)

// Clusterer finds the template of each line, and makes one where there is none. It has no clock,
// no store and no randomness: the same lines in the same order give the same templates, and those
// of one source do not depend on another's. One goroutine may use it at a time.
//
// What it learnt is in Templates; Restore gives it back.
type Clusterer struct {
	trees  map[Origin]*tree
	counts map[string]int // templates by source
	inside map[string]int // services by source
	byID   map[ID]*Template
	number int64
	mask   masker

	last     Origin
	lastTree *tree
}

// New returns one that has seen nothing.
func New() *Clusterer {
	return &Clusterer{trees: map[Origin]*tree{}, counts: map[string]int{}, inside: map[string]int{}, byID: map[ID]*Template{}}
}

// Sighting says what became of a line.
type Sighting struct {
	Template *Template
	// New is set for the first line of a template, Wider when the line made the template more
	// general.
	New, Wider bool
}

// Add finds the template of a message of a source and service.
func (c *Clusterer) Add(o Origin, message string) Sighting {
	c.mask.message(valid(message))
	t := c.treeOf(o)
	if c.mask.tokens[0] != Any || len(c.mask.tokens) > 1 { // a line of nothing but Any is the catch-all's
		if found := t.exact(&c.mask); found != nil {
			return Sighting{Template: found}
		}
		if found := t.nearest(&c.mask); found != nil {
			found.generalise(c.mask.tokens)
			return Sighting{Template: found, Wider: true}
		}
		if made, isNew := c.bear(t); made != nil {
			return Sighting{Template: made, New: isNew}
		}
	}
	return c.rest(t)
}

// Find is the template that a message matches as it is, nil when there is none. It learns nothing.
func (c *Clusterer) Find(o Origin, message string) *Template {
	t := c.trees[o]
	if t == nil {
		return nil
	}
	c.mask.message(valid(message))
	return t.exact(&c.mask)
}

// treeOf is the tree of an origin. A source whose services are too many to tell apart has one
// nameless service for the rest, which never gets anything but its catch-all.
func (c *Clusterer) treeOf(o Origin) *tree {
	if c.lastTree != nil && c.last == o {
		return c.lastTree
	}
	t := c.trees[o]
	if t == nil {
		if o = (Origin{name(o.Source), name(o.Service)}); c.trees[o] != nil {
			return c.trees[o]
		}
		if c.inside[o.Source] >= maxServices {
			return c.overflow(o.Source)
		}
		t = &tree{origin: o}
		c.trees[o] = t
		c.inside[o.Source]++
	}
	c.last, c.lastTree = t.origin, t
	return t
}

// maxName bounds the name of a service, which a sender may choose.
const maxName = 200

// name makes of a name what a database can hold.
func name(s string) string {
	s = strings.ReplaceAll(valid(s), "\x00", "\uFFFD")
	if len(s) > maxName {
		s = valid(s[:maxName])
	}
	return strings.Clone(s)
}

// valid replaces what is no UTF-8: templates must be the same once they have been stored.
func valid(s string) string {
	if utf8.ValidString(s) { // several times as fast, and nearly always so
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// manyServices is the service of lines whose own is one too many. No service can have that name.
const manyServices = "<*>"

func (c *Clusterer) overflow(source string) *tree {
	o := Origin{source, manyServices}
	if c.trees[o] == nil {
		c.trees[o] = &tree{origin: o, full: true}
	}
	return c.trees[o]
}

// bear makes a template of the line, unless there is no room for one.
func (c *Clusterer) bear(t *tree) (made *Template, isNew bool) {
	birth := strings.Join(c.mask.tokens, " ")
	id := idOf(t.origin, birth)
	if have := c.byID[id]; have != nil { // found by another way through the tree
		return have, false
	}
	if t.full || c.counts[t.origin.Source] >= MaxTemplates || !t.room(c.mask.tokens, c.mask.words) {
		return nil, false
	}
	c.number++
	made = &Template{ID: id, Origin: t.origin, Birth: birth, Text: birth, Number: c.number, tokens: strings.Split(birth, " "), wide: c.mask.wide}
	c.keep(t, made, c.mask.words)
	return made, true
}

func (c *Clusterer) keep(t *tree, made *Template, words []word) {
	c.byID[made.ID] = made
	if made.CatchAll() {
		t.rest = made
		return
	}
	c.counts[made.Source]++
	leaf := t.place(strings.Split(made.Birth, " "), words)
	leaf.templates = append(leaf.templates, made)
}

// rest is the catch-all of a tree.
func (c *Clusterer) rest(t *tree) Sighting {
	if t.rest != nil {
		return Sighting{Template: t.rest}
	}
	c.number++
	made := &Template{ID: idOf(t.origin, Any), Origin: t.origin, Birth: Any, Text: Any, Number: c.number, tokens: []string{Any}}
	c.keep(t, made, nil)
	return Sighting{Template: made, New: true}
}

// Forget drops templates that have not been seen for long. What is left is as if restored.
func (c *Clusterer) Forget(gone func(*Template) bool) {
	var left []Template
	for _, t := range c.Templates() {
		if !gone(t) {
			left = append(left, *t)
		}
	}
	if len(left) == len(c.byID) {
		return
	}
	number := c.number
	*c = *New()
	c.Restore(left)
	c.number = number
}

// Templates are all, as they were born. They are the Clusterer's own.
func (c *Clusterer) Templates() []*Template {
	out := make([]*Template, 0, len(c.byID))
	for _, t := range c.byID {
		out = append(out, t)
	}
	slices.SortFunc(out, byBirth)
	return out
}

// Restore gives a new Clusterer what another one learnt, in any order.
func (c *Clusterer) Restore(list []Template) {
	sorted := make([]*Template, len(list))
	for i := range list {
		t := list[i]
		sorted[i] = &t
	}
	slices.SortFunc(sorted, byBirth)
	for _, t := range sorted {
		t.tokens, t.wide = strings.Split(t.Text, " "), shapesOf(strings.Split(t.Birth, " "))
		c.number = max(c.number, t.Number)
		tr := c.trees[t.Origin]
		if tr == nil {
			tr = &tree{origin: t.Origin, full: t.Service == manyServices}
			c.trees[t.Origin] = tr
			if !tr.full {
				c.inside[t.Source]++
			}
		}
		var words []word
		for _, token := range strings.Split(t.Birth, " ") {
			words = append(words, wordOf(token))
		}
		c.keep(tr, t, words)
	}
}

func byBirth(a, b *Template) int {
	if a.Number != b.Number {
		return int(a.Number - b.Number)
	}
	return strings.Compare(string(a.ID), string(b.ID))
}
