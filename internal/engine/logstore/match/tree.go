package match

import (
	"fmt"
	"reflect"
	"slices"

	"mainstay/internal/engine/signal"
)

// op says what a node of a filter asks.
type op int

const (
	anything   op = iota // every row; also what is not looked into
	allOf                // every kid
	anyOf                // at least one kid
	not                  // not its kid; not looked into
	contains             // the value contains text
	foldedHas            // the lower-cased value contains the lower-cased text
	expression           // the value matches a regular expression
)

// A node is a filter as the engine parsed it, reduced to what the prefilter can use.
type node struct {
	op   op
	text string
	kids []node
}

// A tree is a filter as the engine parsed it.
type tree struct {
	root node
	// columns are the fields that the filter looks at, without repetition.
	columns []string
	// fields are the fields of the row that they are made of.
	fields []string
	// stars is the number of places at which it says "any row", bare of those at which a star was
	// not yet simplified to that.
	stars, bare int
	// regexps are all regular expressions in it.
	regexps []string
}

// refusal is why a filter that the engine understands is not one for lines as they arrive.
type refusal string

// maxDepth bounds how deeply filters nest; people need three or four levels.
const maxDepth = 100

// read takes the filter f of the engine apart. It panics with a refusal for what cannot run at
// arrival, and with another value when the engine's types are not the expected ones.
func read(f reflect.Value) *tree {
	t := &tree{}
	t.root = t.node(f, maxDepth)
	return t
}

// everything reports whether all rows match.
func (t *tree) everything() bool { return t.root.op == anything && t.stars == 1 && len(t.columns) == 0 }

func (t *tree) node(f reflect.Value, depth int) node {
	if depth == 0 {
		panic(refusal(fmt.Sprintf("nests more than %d levels deep: split it into several rules", maxDepth)))
	}
	v := f.Elem().Elem()
	switch kind := v.Type().Name(); kind {
	case "filterNoop":
		t.stars++
		return node{}
	case "filterAnd":
		return node{op: allOf, kids: t.nodes(member(v, "filters"), depth-1)}
	case "filterOr":
		return node{op: anyOf, kids: t.nodes(member(v, "filters"), depth-1)}
	case "filterNot":
		return node{op: not, kids: []node{t.node(member(v, "f"), depth-1)}}
	case "filterStream":
		return t.stream(v)
	case "filterDayRange", "filterWeekRange":
		t.column(signal.TimeField)
		return node{}
	default:
		return t.field(kind, v)
	}
}

func (t *tree) nodes(filters reflect.Value, depth int) []node {
	nodes := make([]node, filters.Len())
	for i := range nodes {
		nodes[i] = t.node(filters.Index(i), depth)
	}
	return nodes
}

// field reads a filter of one field's value.
func (t *tree) field(kind string, v reflect.Value) node {
	switch kind {
	case "filterTime":
		panic(refusal("may not name an instant or a span of _time: lines are looked at as they arrive; day_range and week_range are possible"))
	case "filterStreamID":
		panic(refusal(`may not ask for a _stream_id: name the stream's fields, as in {service="payments"}`))
	case "filterValueType":
		panic(refusal("may not ask for a value_type: it is known for stored lines only"))
	}
	t.fieldColumn(text(v, "fieldName"))
	switch kind {
	case "filterPhrase":
		return node{op: contains, text: text(v, "phrase")}
	case "filterPrefix", "filterExactPrefix":
		return t.prefix(kind, v)
	case "filterExact":
		return node{op: contains, text: text(v, "value")}
	case "filterAnyCasePhrase":
		return node{op: foldedHas, text: text(v, "phrase")}
	case "filterAnyCasePrefix":
		return node{op: foldedHas, text: text(v, "prefix")}
	case "filterIn", "filterContainsAny":
		return node{op: anyOf, kids: values(member(v, "values"))}
	case "filterContainsAll":
		return node{op: allOf, kids: values(member(v, "values"))}
	case "filterSequence":
		return node{op: allOf, kids: texts(member(v, "phrases"))}
	case "filterRegexp":
		return t.regexp(text(member(v, "re").Elem(), "exprStr"))
	case "filterEqField", "filterLeField":
		t.fieldColumn(text(v, "otherFieldName"))
		return node{}
	case "filterRange", "filterStringRange", "filterIPv4Range", "filterLenRange":
		return node{}
	}
	panic(refusal("is of a kind that cannot be used at arrival: " + kind))
}

func (t *tree) prefix(kind string, v reflect.Value) node {
	prefix := text(v, "prefix")
	if name := text(v, "fieldName"); kind == "filterPrefix" && prefix == "" && (name == "" || name == signal.Message) {
		t.bare++
	}
	return node{op: contains, text: prefix}
}

// stream reads {a="b",c=~"d" or e!="f"}.
func (t *tree) stream(v reflect.Value) node {
	t.column(signal.StreamField)
	either := node{op: anyOf}
	ors := member(member(v, "f").Elem(), "orFilters")
	for i := range ors.Len() {
		both := node{op: allOf}
		tags := member(ors.Index(i).Elem(), "tagFilters")
		for j := range tags.Len() {
			both.kids = append(both.kids, t.tag(tags.Index(j).Elem()))
		}
		either.kids = append(either.kids, both)
	}
	return either
}

func (t *tree) tag(v reflect.Value) node {
	if name := text(v, "tagName"); !tellable(name) {
		panic(refusal(fmt.Sprintf("may not name the stream field %q: a stream field with = in its name cannot be told from its value", name)))
	}
	t.rowField(text(v, "tagName"))
	value := text(v, "value")
	switch text(v, "op") {
	case "=":
		return node{op: contains, text: value}
	case "=~":
		return t.regexp(value)
	case "!~":
		return node{op: not, kids: []node{t.regexp(value)}}
	}
	return node{}
}

func (t *tree) regexp(expr string) node {
	t.regexps = append(t.regexps, expr)
	return node{op: expression, text: expr}
}

// fieldColumn notes a field that is compared as a plain value.
func (t *tree) fieldColumn(name string) {
	switch name {
	case "":
		name = signal.Message
	case signal.TimeField, signal.StreamField, signal.StreamIDField, numbers:
		panic(refusal(fmt.Sprintf("may not compare the field %s: it is known for stored lines only", name)))
	}
	t.column(name)
	t.rowField(name)
}

func (t *tree) column(name string) {
	if !slices.Contains(t.columns, name) {
		t.columns = append(t.columns, name)
	}
}

func (t *tree) rowField(name string) {
	if !slices.Contains(t.fields, name) {
		t.fields = append(t.fields, name)
	}
}

// values reads the list of in(…), contains_any(…) and contains_all(…).
func values(v reflect.Value) []node {
	if !member(v, "q").IsNil() {
		panic(refusal("may not contain a subquery: list the values themselves"))
	}
	return texts(member(v, "values"))
}

func texts(list reflect.Value) []node {
	nodes := make([]node, list.Len())
	for i := range nodes {
		nodes[i] = node{op: contains, text: list.Index(i).String()}
	}
	return nodes
}

func text(v reflect.Value, name string) string {
	m := member(v, name)
	if m.Kind() != reflect.String {
		panic(fmt.Sprintf("log engine: %s.%s is not text", v.Type(), name))
	}
	return m.String()
}

// member is a field of one of the engine's structs. That it is there is a promise of this version of
// the engine only, so a missing one is loud.
func member(v reflect.Value, name string) reflect.Value {
	m := v.FieldByName(name)
	if !m.IsValid() {
		panic(fmt.Sprintf("log engine: %s has no %s", v.Type(), name))
	}
	return m
}
