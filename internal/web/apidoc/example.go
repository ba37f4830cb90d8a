package apidoc

import (
	"fmt"
	"slices"
	"strings"
)

// place is where an example stands: bodies need only what is required, answers have everything.
type place int

const (
	inBodies place = iota
	inAnswers
)

// example writes a value as JSON that fits a schema.
func (d document) example(s *schema, where place) string {
	var b strings.Builder
	d.write(&b, s, where, 0)
	return b.String()
}

func (d document) write(b *strings.Builder, s *schema, where place, level int) {
	s = d.resolve(s)
	if s == nil {
		b.WriteString("null")
		return
	}
	kind, _ := s.Type.name()
	switch {
	case len(s.Examples) > 0:
		b.Write(s.Examples[0])
	case len(s.Enum) > 0:
		b.Write(s.Enum[0])
	case s.Items != nil && level > deepest:
		b.WriteString("[]")
	case s.Items != nil:
		b.WriteString("[")
		d.write(b, s.Items, where, level)
		b.WriteString("]")
	case kind == "object":
		d.writeObject(b, s, where, level)
	default:
		b.WriteString(plain(kind, s.Format))
	}
}

func (d document) writeObject(b *strings.Builder, s *schema, where place, level int) {
	names := propertyNames(s)
	if where == inBodies && len(s.Required) > 0 {
		names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains(s.Required, n) })
	}
	if len(names) == 0 || level > deepest {
		b.WriteString("{}")
		return
	}
	indent := strings.Repeat("  ", level)
	b.WriteString("{")
	for i, name := range names {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(b, "\n%s  %q: ", indent, name)
		d.write(b, s.Properties[name], where, level+1)
	}
	b.WriteString("\n" + indent + "}")
}

// plain is a value of a simple type.
func plain(kind, format string) string {
	switch kind {
	case "integer", "number":
		return "1"
	case "boolean":
		return "true"
	}
	switch format {
	case "date-time":
		return `"2026-11-02T09:00:00Z"`
	case "date":
		return `"2026-11-02"`
	}
	return `"…"`
}

// curl is the command that makes a call.
func curl(base string, c call) string {
	var b strings.Builder
	b.WriteString("curl ")
	if c.method != "GET" {
		b.WriteString("-X " + c.method + " ")
	}
	b.WriteString(base + strings.NewReplacer("{", "", "}", "").Replace(upperNames(c.path)))
	b.WriteString(" \\\n  -H \"Authorization: Bearer $MAINSTAY_TOKEN\"")
	switch {
	case strings.HasPrefix(c.body.format, "multipart/"):
		b.WriteString(" \\\n  -F file=@screenshot.png")
	case c.body.example != "":
		b.WriteString(" \\\n  --json '" + strings.ReplaceAll(c.body.example, "'", `'\''`) + "'")
	}
	return b.String()
}

// upperNames writes what varies in a path in capitals: "/incidents/{KEY}".
func upperNames(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = strings.ToUpper(s)
		}
	}
	return strings.Join(segments, "/")
}
