package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mainstay/internal/agent/line"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
)

// Size is a number of bytes: 512, 64KiB, 20MiB, 1GiB.
type Size int64

// UnmarshalYAML reads a size with its unit.
func (s *Size) UnmarshalYAML(n *yaml.Node) error {
	v, err := text.Bytes(n.Value)
	if err != nil || n.Value == "" || v > 1<<60 {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: must be a size such as 512KiB, 20MiB or 1GiB, not %q", n.Line, n.Value)}}
	}
	*s = Size(v)
	return nil
}

// document knows at which line each field of a file stands.
type document struct {
	name  string
	lines map[string]int
}

// locate is "agent.yaml:14 logs[0].paths"; a field that is not there has the line of the nearest
// that is around it, or none.
func (d document) locate(path string) string {
	for at := path; at != ""; {
		if n, there := d.lines[at]; there {
			return fmt.Sprintf("%s:%d %s", d.name, n, path)
		}
		cut := strings.LastIndexAny(at, ".[")
		if cut < 0 {
			break
		}
		at = at[:cut]
	}
	return d.name + " " + path
}

// at is the innermost field that begins at a line; the outermost when several do, as in {a: 1, b: 2}.
func (d document) at(n int) string {
	var here, leaves []string
	for _, path := range slices.Sorted(maps.Keys(d.lines)) {
		if d.lines[path] == n {
			here = append(here, path)
		}
	}
	for _, path := range here {
		around := func(other string) bool {
			return strings.HasPrefix(other, path+".") || strings.HasPrefix(other, path+"[")
		}
		if !slices.ContainsFunc(here, around) {
			leaves = append(leaves, path)
		}
	}
	if len(leaves) == 1 {
		return leaves[0]
	}
	if len(here) == 0 {
		return ""
	}
	return slices.MinFunc(here, func(a, b string) int { return len(a) - len(b) })
}

func (d document) index(path string, n *yaml.Node) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, c := range n.Content {
			d.index(path, c)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := strings.TrimPrefix(path+"."+n.Content[i].Value, ".")
			d.lines[key] = n.Content[i].Line
			d.index(key, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			key := fmt.Sprintf("%s[%d]", path, i)
			d.lines[key] = c.Line
			d.index(key, c)
		}
	default: // a scalar, whose line is that of its key; an alias, whose content stands elsewhere
	}
}

// decode reads YAML strictly.
func decode(name string, raw []byte, into *Settings) (document, error) {
	doc := document{filepath.Base(name), map[string]int{}}
	var root yaml.Node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		return doc, errs.Invalidf("%s is not YAML: %s", doc.name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	doc.index("", &root)
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	err := d.Decode(into)
	if err == nil || errors.Is(err, io.EOF) {
		return doc, nil
	}
	wrong, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return doc, errs.Invalidf("%s is not YAML: %v", doc.name, err)
	}
	var c errs.Check
	for _, text := range wrong.Errors {
		path, message := doc.explain(text)
		c.Add(path, "%s", message)
	}
	return doc, c.Err(doc.name)
}

var (
	atLine  = regexp.MustCompile(`^line (\d+): (.*)$`)
	unknown = regexp.MustCompile(`^field (\S+) not found in type`)
	cannot  = regexp.MustCompile("^cannot unmarshal !!(\\w+)(?: `(.*)`)? into (.*)$")
)

// explain says a complaint of the YAML decoder in our words.
func (d document) explain(text string) (path, message string) {
	m := atLine.FindStringSubmatch(text)
	if m == nil {
		return d.name, text
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return d.name, text
	}
	path, text = fmt.Sprintf("%s:%d %s", d.name, n, d.at(n)), m[2]
	if m := unknown.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("%s:%d %s", d.name, n, m[1]), "is not a setting"
	}
	if m := cannot.FindStringSubmatch(text); m != nil {
		text = "must be " + wanted(m[3])
		if m[2] != "" {
			text += ", not " + m[2]
		}
	}
	return path, text
}

// wanted says a Go type in words.
func wanted(kind string) string {
	switch {
	case kind == "time.Duration":
		return "a duration such as 10s or 5m"
	case kind == "bool":
		return "true or false"
	case strings.HasPrefix(kind, "[]"):
		return "a list"
	case strings.HasPrefix(kind, "settings."), strings.HasPrefix(kind, "map["):
		return "a set of names and values"
	}
	return "text"
}

// Lines returns the labels as fields, in a fixed order.
func (l Labels) Lines() []line.Field {
	fields := []line.Field{{Name: "service", Value: l.Service}, {Name: "component", Value: l.Component}, {Name: "environment", Value: l.Environment}}
	for _, name := range slices.Sorted(maps.Keys(l.Fields)) {
		fields = append(fields, line.Field{Name: name, Value: l.Fields[name]})
	}
	return slices.DeleteFunc(fields, func(f line.Field) bool { return f.Value == "" })
}
