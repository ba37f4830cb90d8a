package apidoc

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// reference is the document in the order in which people read it.
type reference struct {
	version string
	base    string // of the server, for examples
	groups  []group
}

// group is the operations of one noun.
type group struct {
	name  string
	calls []call
}

// call is one operation.
type call struct {
	id, method, path string
	about, needs     string
	parameters       []field
	body             content
	answers          []answer
	curl             string
}

// field is a parameter, or a part of a body or an answer; those of parts are named "steps[].after".
type field struct {
	name, kind, about string
	required          bool
}

// content is a body in its first format.
type content struct {
	format  string // "application/json"; empty for none
	fields  []field
	example string // empty where it is not JSON
}

type answer struct {
	status, about string
	content
}

// methods are the order of operations on one path.
var methods = []string{"get", "post", "put", "patch", "delete"}

// arrange groups the operations by their tag, both by name.
func arrange(d document, base string) reference {
	r := reference{version: d.Info.Version, base: base}
	byTag := map[string][]call{}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range methods {
			op, ok := d.Paths[path][method]
			if !ok {
				continue
			}
			tag := cmp.Or(append(slices.Clone(op.Tags), "other")[0], "other")
			byTag[tag] = append(byTag[tag], d.call(base, strings.ToUpper(method), path, op))
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		r.groups = append(r.groups, group{tag, byTag[tag]})
	}
	return r
}

func (d document) call(base, method, path string, op operation) call {
	c := call{id: op.OperationID, method: method, path: path, about: op.Summary, needs: op.Description}
	for _, p := range op.Parameters {
		f := d.field(p.Name, p.Schema, p.Required)
		f.kind = strings.TrimSpace(p.In + " " + f.kind)
		f.about = cmp.Or(p.Description, f.about)
		c.parameters = append(c.parameters, f)
	}
	c.body = d.content(op.RequestBody.Content, inBodies)
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if status == "default" { // the same everywhere: said once, above
			continue
		}
		r := op.Responses[status]
		c.answers = append(c.answers, answer{status, r.Description, d.content(r.Content, inAnswers)})
	}
	c.curl = curl(base, c)
	return c
}

// content describes the first format, JSON before others.
func (d document) content(formats map[string]media, where place) content {
	names := slices.Sorted(maps.Keys(formats))
	if len(names) == 0 {
		return content{}
	}
	s := formats[names[0]].Schema
	c := content{format: strings.Join(names, " or "), fields: d.fields("", s, 0)}
	if strings.HasSuffix(names[0], "json") && len(c.fields) > 0 {
		c.example = d.example(s, where)
	}
	return c
}

// deepest is how many levels of parts are listed.
const deepest = 3

// fields lists the parts of an object, those that must be there first.
func (d document) fields(prefix string, s *schema, level int) []field {
	s = d.resolve(s)
	if s == nil || level > deepest {
		return nil
	}
	if s.Items != nil {
		return d.fields(prefix+"[].", s.Items, level)
	}
	var out []field
	for _, name := range propertyNames(s) {
		p := s.Properties[name]
		out = append(out, d.field(prefix+name, p, slices.Contains(s.Required, name)))
		inner := prefix + name + "."
		if r := d.resolve(p); r != nil && r.Items != nil {
			inner, p = prefix+name+"[].", r.Items
		}
		out = append(out, d.fields(inner, p, level+1)...)
	}
	return out
}

// propertyNames are the names of the parts, those that must be there first.
func propertyNames(s *schema) []string {
	return slices.SortedFunc(maps.Keys(s.Properties), func(a, b string) int {
		must := func(name string) int {
			if slices.Contains(s.Required, name) {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(must(a), must(b)), cmp.Compare(a, b))
	})
}

func (d document) field(name string, s *schema, required bool) field {
	f := field{name: name, required: required}
	if s != nil {
		f.about = s.Description
	}
	r := d.resolve(s)
	if r == nil {
		return f
	}
	f.about = cmp.Or(f.about, r.Description)
	f.kind = d.kind(r)
	return f
}

// kind says what a value may be: "string", "list of integer", "open | closed", "date-time or null".
func (d document) kind(s *schema) string {
	name, nullable := s.Type.name()
	switch {
	case len(s.Enum) > 0:
		name = alternatives(s.Enum)
	case s.Items != nil:
		name, nullable = "list", false // an absent list is an empty one
		if inner := d.resolve(s.Items); inner != nil {
			name = "list of " + d.kind(inner)
		}
	case s.Format != "" && name == "string":
		name = s.Format
	}
	if nullable {
		name += " or null"
	}
	return name
}

func alternatives(enum []json.RawMessage) string {
	var out []string
	for _, v := range enum {
		out = append(out, strings.Trim(string(v), `"`))
	}
	return strings.Join(out, " | ")
}
