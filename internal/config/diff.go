package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Action is what an application does to one object.
type Action string

// The actions.
const (
	Created   Action = "created"
	Changed   Action = "changed"
	Unchanged Action = "unchanged"
)

// Diff is what an application changed, or would change.
type Diff struct {
	DryRun  bool     `json:"dry_run"`
	Objects []Object `json:"objects"` // in the order in which they were applied
}

// Object is one document's part of it.
type Object struct {
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	File   string   `json:"file"`
	Line   int      `json:"line"`
	Action Action   `json:"action"`
	Fields []Change `json:"fields,omitempty"` // of a changed object
}

// Change is one field that is different. Old is empty for what was added to a list or not
// there before, New for what was removed. Secrets are never shown: their fields read "hidden".
type Change struct {
	Path string `json:"path"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Count returns how many objects have the action.
func (d Diff) Count(a Action) (n int) {
	for _, o := range d.Objects {
		if o.Action == a {
			n++
		}
	}
	return n
}

// Fingerprint stands for the change and for the files that make it: who has seen a plan can
// ask for this and nothing else. Secrets are in it as the files have them.
func (d Diff) Fingerprint(files []File) string {
	sum := sha256.New()
	// A hash takes everything, and the types have nothing that JSON has not.
	_ = json.NewEncoder(sum).Encode(files)
	_ = json.NewEncoder(sum).Encode(d.Objects)
	return hex.EncodeToString(sum.Sum(nil))
}

func (d *Diff) add(doc *Document, changed bool, before, after object) {
	line, _ := doc.position("")
	o := Object{Kind: doc.Kind, Name: doc.Name, File: doc.File, Line: line, Action: Unchanged}
	switch {
	case changed && before.spec == nil:
		o.Action = Created
	case changed:
		o.Action = Changed
		o.Fields = compare("", before.spec, after.spec)
		if len(o.Fields) == 0 {
			// Only something that is not shown can differ.
			o.Fields = []Change{{Path: "secret", Old: hidden, New: hidden}}
		}
	}
	d.Objects = append(d.Objects, o)
}

// Print writes the diff for people, one object or field per line.
func (d Diff) Print(w io.Writer) error {
	var b strings.Builder
	for _, o := range d.Objects {
		switch o.Action {
		case Created:
			fmt.Fprintf(&b, "+ %s %s\n", o.Kind, o.Name)
		case Changed:
			fmt.Fprintf(&b, "~ %s %s\n", o.Kind, o.Name)
		case Unchanged:
		}
		for _, c := range o.Fields {
			b.WriteString("    " + c.String() + "\n")
		}
	}
	verb := ""
	if d.DryRun {
		verb = "would be "
	}
	created, changed := d.Count(Created), d.Count(Changed)
	if created+changed == 0 {
		fmt.Fprintf(&b, "no change: %d objects are as they should be\n", len(d.Objects))
	} else {
		fmt.Fprintf(&b, "%d %screated, %d %schanged, %d unchanged\n", created, verb, changed, verb, d.Count(Unchanged))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// String is "tier: 2 → 1", "holidays: + {date: 2026-12-25}".
func (c Change) String() string {
	switch {
	case c.Old == "":
		return c.Path + ": + " + c.New
	case c.New == "":
		return c.Path + ": - " + c.Old
	}
	return c.Path + ": " + c.Old + " → " + c.New
}

const hidden = "hidden"

// secrets are fields whose values are not shown.
var secrets = []string{"secret", "password", "token"}

// compare lists the differences between two values; nil stands for one that is not there.
func compare(path string, old, new *yaml.Node) []Change {
	switch {
	case old != nil && new != nil && old.Kind == yaml.MappingNode && new.Kind == yaml.MappingNode:
		return compareFields(path, old, new)
	case old != nil && new != nil && old.Kind == yaml.SequenceNode && new.Kind == yaml.SequenceNode:
		return compareLists(path, old, new)
	}
	if was, is := show(old), show(new); was != is {
		return []Change{{path, was, is}}
	}
	return nil
}

func compareFields(path string, old, new *yaml.Node) (out []Change) {
	was, is := pairsOf(old), pairsOf(new)
	for _, key := range keysOf(old, new) {
		at := join(path, key)
		if slices.Contains(secrets, key) {
			if show(was[key]) != show(is[key]) {
				out = append(out, Change{at, hidden, hidden})
			}
			continue
		}
		out = append(out, compare(at, was[key], is[key])...)
	}
	return out
}

// long is the length, in bytes, above which lists are compared item by item.
const long = 60

// compareLists shows short lists whole, of long ones what was removed and added.
func compareLists(path string, old, new *yaml.Node) (out []Change) {
	was, is := show(old), show(new)
	if was == is {
		return nil
	}
	if len(was) <= long && len(is) <= long {
		return []Change{{path, was, is}}
	}
	before, after := itemsOf(old), itemsOf(new)
	gone, come := missing(before, after), missing(after, before)
	for _, i := range gone {
		if slices.Contains(come, i) { // another stands in its place
			out = append(out, compare(fmt.Sprintf("%s[%d]", path, i), old.Content[i], new.Content[i])...)
			continue
		}
		out = append(out, Change{Path: path, Old: before[i]})
	}
	for _, i := range come {
		if !slices.Contains(gone, i) {
			out = append(out, Change{Path: path, New: after[i]})
		}
	}
	if len(out) == 0 {
		return []Change{{path, was, is}} // another order
	}
	return out
}

// missing returns the indexes of the items of a that are not in b.
func missing(a, b []string) (out []int) {
	for i, item := range a {
		if !slices.Contains(b, item) {
			out = append(out, i)
		}
	}
	return out
}

func itemsOf(n *yaml.Node) []string {
	out := make([]string, len(n.Content))
	for i, item := range n.Content {
		out[i] = show(item)
	}
	return out
}

func pairsOf(n *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		out[n.Content[i].Value] = n.Content[i+1]
	}
	return out
}

// keysOf returns the keys of both mappings in the order of the new one.
func keysOf(old, new *yaml.Node) (out []string) {
	for _, n := range []*yaml.Node{new, old} {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !slices.Contains(out, n.Content[i].Value) {
				out = append(out, n.Content[i].Value)
			}
		}
	}
	return out
}

// show writes a value on one line: [a, b], {x: 1}.
func show(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	var parts []string
	switch n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, show(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			value := show(n.Content[i+1])
			if slices.Contains(secrets, n.Content[i].Value) {
				value = hidden
			}
			parts = append(parts, n.Content[i].Value+": "+value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if n.Value == "" || strings.ContainsAny(n.Value, "\n\t") {
		return fmt.Sprintf("%q", n.Value)
	}
	return n.Value
}
