package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"

	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/errs"
)

// Sheet is the fields of one object as somebody edits them on a page: a document without its
// kind and name.
type Sheet struct{ doc *Document }

// SheetField is the path of errors about a sheet: the field of the form that holds it.
const SheetField = "spec"

// ReadSheet decodes the fields of an object of a kind, as strictly as a document. Errors
// name the line.
func ReadSheet[S any](kind, text string) (spec S, sheet Sheet, err error) {
	var p problems
	f := File{Name: SheetField, Text: text}
	sheet.doc = &Document{File: f.Name, Kind: kind, root: &yaml.Node{Kind: yaml.MappingNode, Line: 1}, nodes: map[string]*yaml.Node{}}
	if withinLimits([]File{f}, &p) && readable(f, &p) {
		sheet.doc.body(text, &p)
	}
	if len(p.list) == 0 && sheet.doc.decode(reflect.TypeFor[S](), &p) {
		spec, _ = sheet.doc.spec.(S)
	}
	if len(p.list) == 0 {
		return spec, sheet, nil
	}
	e := &errs.E{Kind: errs.Invalid, Message: "the " + kind + " cannot be read"}
	for _, one := range p.list {
		e.Fields = append(e.Fields, lined(one.line, one.what, one.message))
	}
	return spec, sheet, e
}

// body reads the one mapping of fields that the text is.
func (d *Document) body(text string, p *problems) {
	next := nodes(text)
	n, err := next()
	if errors.Is(err, io.EOF) {
		return
	}
	if err != nil {
		line, message := syntax(err, text)
		p.file(d.File, line, "%s", message)
		return
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 && !isNull(n.Content[0]) {
		d.root = n.Content[0]
	}
	if second, err := next(); err == nil {
		p.file(d.File, second.Line, `begins a second document: write one object, without "---"`)
	}
}

// Locate gives the fields of a room's error the lines on which they stand in the sheet.
// Errors without fields stay as they are.
func (s Sheet) Locate(err error) error {
	fields := errs.FieldsOf(err)
	if len(fields) == 0 {
		return err
	}
	e := &errs.E{Kind: errs.KindOf(err), Message: err.Error(), Err: err}
	if found, ok := err.(*errs.E); ok { //nolint:errorlint // only the room's own words are taken over
		e.Message, e.Err = found.Message, nil
	}
	for _, f := range fields {
		if f.Path == "name" { // it has a field of its own
			e.Fields = append(e.Fields, f)
			continue
		}
		line, _ := s.doc.position(f.Path)
		e.Fields = append(e.Fields, lined(line, f.Path, f.Message))
	}
	return e
}

func lined(line int, path, message string) errs.Field {
	at := ""
	if line > 0 {
		at = fmt.Sprintf("line %d: ", line)
	}
	if path != "" {
		at += path + " "
	}
	return errs.Field{Path: SheetField, Message: at + message}
}

// WriteSheet writes the fields of an object as ReadSheet reads them.
func WriteSheet[S any](spec S) (string, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(spec); err != nil {
		return "", err
	}
	return b.String(), enc.Close()
}
