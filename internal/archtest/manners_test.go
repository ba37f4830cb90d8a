package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// clockFuncs tell the time or wait for it. Test files may use those that wait, as a guard
// against hanging, but not those that tell: a test that reads the wall depends on it.
var (
	tells = []string{"Now", "Since", "Until", "Sleep"}
	waits = []string{"After", "AfterFunc", "NewTicker", "NewTimer", "Tick"}
)

// clockUse is one place that uses one of the clock functions of package time.
type clockUse struct{ folder, fn, where string }

// checkClock finds uses of the wall clock that wallTime does not list.
func (h *house) checkClock() []violation {
	var found []violation
	for _, u := range h.clockUses() {
		if wallTime[u.folder+" "+u.fn] == "" && wallTime[u.folder+" *"] == "" {
			found = append(found, violation{u.where, fmt.Sprintf("time.%s: time is injected, use clock.Clock or tx.Now()", u.fn)})
		}
	}
	return found
}

func (h *house) clockUses() []clockUse {
	var uses []clockUse
	h.each(func(p *pkg, f *file) {
		name := localName(f.ast, "time")
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if ok && isPackage(sel.X, name) && minds(f, sel.Sel.Name) {
				uses = append(uses, clockUse{p.folder, sel.Sel.Name, h.where(n)})
			}
			return true
		})
	})
	return uses
}

func minds(f *file, fn string) bool {
	return slices.Contains(tells, fn) || !f.test && slices.Contains(waits, fn)
}

// localName is what a file calls an imported package; "" when it does not import it.
func localName(f *ast.File, target string) string {
	for _, spec := range f.Imports {
		if imported(spec) != target {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(target)
	}
	return ""
}

// isPackage reports whether x is the imported package and not a variable of that name.
func isPackage(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && name != "" && id.Name == name && id.Obj == nil
}

// checkDotImports: without them a selector always shows where a name comes from.
func (h *house) checkDotImports() []violation {
	var found []violation
	h.each(func(_ *pkg, f *file) {
		for _, spec := range f.ast.Imports {
			if spec.Name != nil && spec.Name.Name == "." {
				found = append(found, violation{h.where(spec), "no dot imports"})
			}
		}
	})
	return found
}

// checkDocs wants a comment on every package that says what it is.
func (h *house) checkDocs() []violation {
	var found []violation
	for _, p := range h.packages {
		want := "Package " + p.name() + " "
		if p.name() == "main" {
			want = "Command " + path.Base(p.folder) + " "
		}
		if !slices.ContainsFunc(p.files, func(f *file) bool { return strings.HasPrefix(f.ast.Doc.Text(), want) }) {
			found = append(found, violation{p.files[0].path, fmt.Sprintf("the package needs a comment that starts with %q", want)})
		}
	}
	return found
}

// checkNames refuses names that say nothing, and packages not named like their folder.
func (h *house) checkNames() []violation {
	var found []violation
	for _, p := range h.packages {
		base := path.Base(p.folder)
		if slices.Contains(strings.Fields(nameless), base) {
			found = append(found, violation{p.files[0].path, fmt.Sprintf("%q says nothing: name the package for what it does", base)})
		}
		if p.name() != base && p.name() != "main" {
			found = append(found, violation{p.files[0].path, fmt.Sprintf("package %s is in folder %s", p.name(), base)})
		}
	}
	return found
}

// checkInit: what runs at import runs in an order that nobody reads.
func (h *house) checkInit() []violation {
	var found []violation
	h.each(func(_ *pkg, f *file) {
		for _, fn := range functions(f) {
			if fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, violation{h.where(fn), "no init(): start things in app"})
			}
		}
	})
	return found
}

// checkMains keeps programs to parse, run, exit code; all else can be tested.
func (h *house) checkMains() []violation {
	var found []violation
	for _, p := range h.packages {
		if p.name() != "main" {
			continue
		}
		if _, ok := match("cmd/*", p.folder); !ok {
			found = append(found, violation{p.files[0].path, "programs live in cmd/"})
		}
		lines := 0
		for _, f := range p.files {
			if !f.test && !f.generated {
				lines += f.lines
			}
		}
		if lines > mainLines {
			found = append(found, violation{p.files[0].path, fmt.Sprintf("main has %d lines, at most %d: move the rest to a room", lines, mainLines)})
		}
	}
	return found
}

// long lists files and functions past the size at which one should think about them.
// The functions of tests are left out: a table of cases is long and easy to read.
func (h *house) long() []violation {
	var found []violation
	h.each(func(_ *pkg, f *file) {
		if f.lines > fileLines {
			found = append(found, violation{f.path, fmt.Sprintf("%d lines", f.lines)})
		}
		for _, fn := range functions(f) {
			if n := h.linesOf(fn); n > functionLines && !f.test {
				found = append(found, violation{h.where(fn), fmt.Sprintf("%s has %d lines", fn.Name.Name, n)})
			}
		}
	})
	return found
}

func (h *house) linesOf(n ast.Node) int {
	return h.fset.Position(n.End()).Line - h.fset.Position(n.Pos()).Line + 1
}

// each visits every file that people wrote.
func (h *house) each(visit func(*pkg, *file)) {
	for _, p := range h.packages {
		for _, f := range p.files {
			if !f.generated {
				visit(p, f)
			}
		}
	}
}

func functions(f *file) []*ast.FuncDecl {
	var out []*ast.FuncDecl
	for _, d := range f.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			out = append(out, fn)
		}
	}
	return out
}
