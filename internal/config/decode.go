package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder reads a YAML node into a Spec more strictly than the YAML library does: unknown
// and repeated fields are errors, texts are taken as they are written (a date stays a date,
// "no" stays "no"), and every value's place is noted for errors that come later.
type decoder struct {
	doc *Document
	p   *problems
	ok  bool
}

// decode reads the document's fields into a new value of type spec. It reports whether all
// of them could be read.
func (d *Document) decode(spec reflect.Type, p *problems) bool {
	v := reflect.New(spec)
	dec := decoder{doc: d, p: p, ok: true}
	dec.fields(d.root, "", v.Elem(), "kind", "name")
	d.spec = v.Elem().Interface()
	return dec.ok
}

func (c *decoder) refuse(n *yaml.Node, path, format string, args ...any) {
	c.doc.nodes[path] = n
	c.p.invalid(c.doc, path, format, args...)
	c.ok = false
}

func (c *decoder) value(n *yaml.Node, path string, v reflect.Value) {
	c.doc.nodes[path] = n
	switch {
	case n.Kind == yaml.AliasNode:
		c.refuse(n, path, "is an alias (*%s): write the value out", short(n.Value))
	case isNull(n):
		// Nothing written is the same as left out.
	case !known(n):
		c.refuse(n, path, "has the tag %s, which is not known here", short(n.Tag))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		c.value(n, path, v.Elem())
	case asText(v) != nil:
		if c.scalar(n, path, "a text") {
			if err := asText(v).UnmarshalText([]byte(n.Value)); err != nil {
				c.refuse(n, path, "%s", short(err.Error()))
			}
		}
	case v.Kind() == reflect.Struct:
		c.fields(n, path, v)
	case v.Kind() == reflect.Slice:
		c.list(n, path, v)
	case v.Kind() == reflect.Map:
		c.words(n, path, v)
	default:
		c.plain(n, path, v)
	}
}

// known reports whether a node's tag is one that YAML gives by itself.
func known(n *yaml.Node) bool {
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!seq", "!!map":
		return true
	}
	return false
}

func asText(v reflect.Value) encoding.TextUnmarshaler {
	u, _ := v.Addr().Interface().(encoding.TextUnmarshaler)
	return u
}

// plain reads texts, numbers, and true or false.
func (c *decoder) plain(n *yaml.Node, path string, v reflect.Value) {
	tag := n.ShortTag()
	switch v.Kind() {
	case reflect.String:
		if c.scalar(n, path, "a text") {
			v.SetString(n.Value)
		}
	case reflect.Bool:
		if c.scalar(n, path, "true or false") {
			b, err := strconv.ParseBool(n.Value)
			if err != nil || tag != "!!bool" {
				c.refuse(n, path, "must be true or false, not %q", short(n.Value))
				return
			}
			v.SetBool(b)
		}
	case reflect.Int, reflect.Int64:
		if c.scalar(n, path, "a whole number") {
			i, err := strconv.ParseInt(n.Value, 10, 64)
			if err != nil || tag != "!!int" {
				c.refuse(n, path, "must be a whole number, not %q", short(n.Value))
				return
			}
			v.SetInt(i)
		}
	case reflect.Float64:
		if c.scalar(n, path, "a number") {
			f, err := strconv.ParseFloat(n.Value, 64)
			if err != nil || tag != "!!int" && tag != "!!float" || math.IsInf(f, 0) || math.IsNaN(f) {
				c.refuse(n, path, "must be a number, not %q", short(n.Value))
				return
			}
			v.SetFloat(f)
		}
	default:
		panic(fmt.Sprintf("specs have no fields of type %s", v.Type())) // a room's Spec is wrong: a test finds it
	}
}

func (c *decoder) scalar(n *yaml.Node, path, want string) bool {
	if n.Kind == yaml.ScalarNode {
		return true
	}
	c.refuse(n, path, "must be %s, not %s", want, shape(n))
	return false
}

func (c *decoder) list(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		c.refuse(n, path, `must be a list such as "[a, b]", not %s`, shape(n))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		if isNull(item) {
			c.refuse(item, at, "must not be empty")
			continue
		}
		c.value(item, at, v.Index(i))
	}
}

// words reads names that people choose, each with a text.
func (c *decoder) words(n *yaml.Node, path string, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	c.pairs(n, path, func(key, value *yaml.Node, at string) {
		c.doc.nodes[at] = value
		if c.scalar(value, at, "a text") {
			text := value.Value
			if isNull(value) {
				text = ""
			}
			v.SetMapIndex(reflect.ValueOf(key.Value), reflect.ValueOf(text))
		}
	})
}

// fields reads a mapping into a struct, passing over the keys of the envelope.
func (c *decoder) fields(n *yaml.Node, path string, v reflect.Value, envelope ...string) {
	byName := map[string]int{}
	for i := range v.NumField() {
		if f, ok := fieldOf(v.Type().Field(i)); ok {
			byName[f.name] = i
		}
	}
	c.pairs(n, path, func(key, value *yaml.Node, at string) {
		i, ok := byName[key.Value]
		if slices.Contains(envelope, key.Value) {
			return
		}
		if !ok {
			c.refuse(key, at, "is not a field of %s%s", c.owner(path), hint(key.Value, byName))
			return
		}
		c.value(value, at, v.Field(i))
	})
}

// pairs visits the keys and values of a mapping.
func (c *decoder) pairs(n *yaml.Node, path string, visit func(key, value *yaml.Node, at string)) {
	if n.Kind != yaml.MappingNode {
		c.refuse(n, path, "must be fields and values, not %s", shape(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			c.refuse(key, at, `is not known here: write the fields out`)
		case key.Kind != yaml.ScalarNode || len(key.Value) > 200:
			c.refuse(key, path, "has a key that is not a word")
		case seen[key.Value]:
			c.refuse(key, at, "stands here a second time")
		default:
			seen[key.Value] = true
			visit(key, value, at)
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// owner names what a field would belong to.
func (c *decoder) owner(path string) string {
	if path == "" {
		return c.doc.Kind
	}
	return c.doc.Kind + " " + path
}

func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "fields and values"
	case yaml.AliasNode:
		return "an alias"
	}
	return fmt.Sprintf("%q", short(n.Value))
}

// hint suggests the field that somebody probably meant.
func hint(key string, known map[string]int) string {
	if key == "spec" {
		return ": its fields stand beside kind and name"
	}
	best, least := "", len(key)/3+2
	for name := range known {
		if n := distance(key, name); n < least || n == least && name < best {
			best, least = name, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(`, did you mean "%s"?`, best)
}

// distance is how many letters must be put in, left out or replaced (Levenshtein 1966).
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// field is a field of a Spec as its tags describe it.
type field struct {
	name     string
	optional bool
	doc      string
	enum     []string
}

// fieldOf reads the tags of a struct field: yaml (the name; omitempty means optional), doc,
// and enum (values with commas between).
func fieldOf(f reflect.StructField) (field, bool) {
	name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "" || name == "-" {
		return field{}, false
	}
	out := field{name: name, doc: f.Tag.Get("doc")}
	for option := range strings.SplitSeq(options, ",") {
		out.optional = out.optional || option == "omitempty"
	}
	if e := f.Tag.Get("enum"); e != "" {
		out.enum = strings.Split(e, ",")
	}
	return out, true
}
