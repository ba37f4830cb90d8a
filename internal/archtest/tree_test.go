package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// house is all Go source of the module, parsed.
type house struct {
	fset     *token.FileSet
	packages []*pkg
}

// pkg is one folder with Go files, tests included.
type pkg struct {
	folder string // "domain/incident", "cmd/mainstay"
	files  []*file
}

type file struct {
	path      string // from the root of the repository
	ast       *ast.File
	lines     int
	test      bool
	generated bool
}

// violation is one broken rule: where, and a sentence that says what to do about it.
type violation struct{ where, what string }

func (v violation) String() string { return v.where + ": " + v.what }

// load parses what go build would see: no hidden folders, no testdata, no other module.
func load(root fs.FS) (*house, error) {
	h := &house{fset: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(root, name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		return h.add(root, name)
	})
	if err == nil && len(h.packages) == 0 {
		err = errors.New("no Go source found")
	}
	return h, err
}

func skipped(root fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return base[0] == '.' || base[0] == '_' || base == "testdata" || base == "vendor" || err == nil
}

func (h *house) add(root fs.FS, name string) error {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	tree, err := parser.ParseFile(h.fset, name, src, parser.ParseComments)
	if err != nil {
		return fmt.Errorf("cannot read the house: %w", err)
	}
	p := h.at(strings.TrimPrefix(path.Dir(name), "internal/"))
	p.files = append(p.files, &file{
		path: name, ast: tree, lines: bytes.Count(src, []byte("\n")),
		test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(tree),
	})
	return nil
}

// at returns the package of a folder, new if need be. The walk may meet a package's
// subfolders between its files.
func (h *house) at(folder string) *pkg {
	if i := slices.IndexFunc(h.packages, func(p *pkg) bool { return p.folder == folder }); i >= 0 {
		return h.packages[i]
	}
	p := &pkg{folder: folder}
	h.packages = append(h.packages, p)
	return p
}

// name is the package's name without the suffix of external tests.
func (p *pkg) name() string { return strings.TrimSuffix(p.files[0].ast.Name.Name, "_test") }

// harness reports whether the package, or the folder that it is in, exists for tests.
func harness(folder string) bool {
	return slices.ContainsFunc(strings.Split(folder, "/"), func(s string) bool { return strings.HasSuffix(s, "test") })
}

// where gives "path:line" of a node.
func (h *house) where(n ast.Node) string {
	p := h.fset.Position(n.Pos())
	return p.Filename + ":" + strconv.Itoa(p.Line)
}

// imported returns the path of an import without quotes.
func imported(spec *ast.ImportSpec) string {
	s, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		panic(err) // the parser has accepted it
	}
	return s
}
