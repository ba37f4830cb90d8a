package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"mainstay/internal/base/errs"
)

// maxProblems is how many are shown; who has more starts with these.
const maxProblems = 100

// problem is one thing wrong, at its place. Line and column count from 1; 0 means the file
// as a whole.
type problem struct {
	file      string
	line, col int
	what      string // field or object
	message   string
}

// where is "bank.yaml:14:3 owner".
func (p problem) where() string {
	at := p.file
	if p.line > 0 {
		at = fmt.Sprintf("%s:%d:%d", p.file, p.line, p.col)
	}
	return strings.TrimSpace(at + " " + p.what)
}

// problems collects what is wrong in all files.
type problems struct {
	list []problem
	// kind is what the error as a whole is: that of its problems when they agree, else Invalid.
	kind errs.Kind
}

func (p *problems) add(kind errs.Kind, one problem) {
	if len(p.list) == 0 {
		p.kind = kind
	} else if p.kind != kind {
		p.kind = errs.Invalid
	}
	p.list = append(p.list, one)
}

func (p *problems) invalid(d *Document, path, format string, args ...any) {
	line, col := d.position(path)
	p.add(errs.Invalid, problem{d.File, line, col, path, fmt.Sprintf(format, args...)})
}

func (p *problems) file(name string, line int, format string, args ...any) {
	col := min(line, 1)
	p.add(errs.Invalid, problem{name, line, col, "", fmt.Sprintf(format, args...)})
}

// err returns all problems in order of their places, or nil.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.col, b.col))
	})
	e := &errs.E{Kind: p.kind, Message: "the configuration cannot be applied, nothing was changed"}
	for i, one := range p.list {
		if i == maxProblems {
			e.Fields = append(e.Fields, errs.Field{Path: "…", Message: fmt.Sprintf("and %d more", len(p.list)-i)})
			break
		}
		e.Fields = append(e.Fields, errs.Field{Path: one.where(), Message: one.message})
	}
	return e
}

// refused records an error of a room about a document. It reports false when the error is
// none of the document's fault.
func (p *problems) refused(d *Document, err error) bool {
	if !blames(err) {
		return false
	}
	kind := errs.KindOf(err)
	fields := errs.FieldsOf(err)
	if len(fields) == 0 {
		line, col := d.position("")
		p.add(kind, problem{d.File, line, col, d.Kind + " " + d.Name, "was refused: " + err.Error()})
	}
	for _, f := range fields {
		line, col := d.position(f.Path)
		p.add(kind, problem{d.File, line, col, f.Path, f.Message})
	}
	return true
}

// short cuts what a message quotes and keeps it on one line.
func short(s string) string {
	const most = 60
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "�")), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
