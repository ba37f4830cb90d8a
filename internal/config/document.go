package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// The limits of one application.
const (
	MaxBytes     = 10 << 20
	MaxDocuments = 10_000
	// maxMarks bounds the values in all files, by the characters that can begin one: the
	// parser spends some hundred bytes of memory on each.
	maxMarks = 1_000_000
)

// File is YAML text and what it is called in errors.
type File struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Document is one object as it stands in a file.
type Document struct {
	File string
	Kind string
	Name string

	root  *yaml.Node            // a mapping
	nodes map[string]*yaml.Node // values by path, such as "contacts[0].mail"
	spec  any                   // of the kind's own type, once decoded
}

// position returns line and column of the value at path: of what it would stand in when it
// is not there, of the document when that is not there either.
func (d *Document) position(path string) (line, col int) {
	for path != "" {
		if n, ok := d.nodes[path]; ok {
			return n.Line, n.Column
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return d.root.Line, d.root.Column
}

// parse splits files into documents. What it cannot read it records and passes over.
func parse(files []File, p *problems) []*Document {
	if !withinLimits(files, p) {
		return nil
	}
	var docs []*Document
	for _, f := range files {
		if readable(f, p) {
			docs = append(docs, parseFile(f, p)...)
		}
		if len(docs) > MaxDocuments {
			p.file(f.Name, 0, "is one too many: at most %d documents can be applied at once", MaxDocuments)
			return nil
		}
	}
	return docs
}

func withinLimits(files []File, p *problems) bool {
	size, marks := 0, 0
	for _, f := range files {
		size += len(f.Text)
		for i := range len(f.Text) {
			switch f.Text[i] {
			case '\n', ',', ':', '[', '{', '-', '?':
				marks++
			}
		}
		if size > MaxBytes {
			p.file(f.Name, 0, "is too large: all files together may have at most %d MB", MaxBytes>>20)
			return false
		}
		if marks > maxMarks {
			p.file(f.Name, 0, "has too many values to be applied at once: apply the files in parts")
			return false
		}
	}
	return true
}

// readable refuses what is not text in UTF-8. The parser would too, but without the line.
func readable(f File, p *problems) bool {
	for at, r := range f.Text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(f.Text[at:], "�"):
			p.file(f.Name, lineOf(f.Text, at), "is not UTF-8")
			return false
		case r == 0:
			p.file(f.Name, lineOf(f.Text, at), "has a NUL byte: is this a text file?")
			return false
		case unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\u0085", r):
			p.file(f.Name, lineOf(f.Text, at), "has the control character %U", r)
			return false
		}
	}
	return true
}

func lineOf(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }

// parseFile reads the documents of a file up to its first syntax error.
func parseFile(f File, p *problems) []*Document {
	var docs []*Document
	decode := nodes(f.Text)
	for len(docs) <= MaxDocuments {
		n, err := decode()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line, message := syntax(err, f.Text)
			p.file(f.Name, line, "%s", message)
			break
		}
		docs = append(docs, documents(f.Name, n, p)...)
	}
	return docs
}

// nodes returns a function that gives one document after the other. A parser that breaks
// down over somebody's input is an error about that input.
func nodes(text string) func() (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	return func() (n *yaml.Node, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("yaml: this cannot be read: %v", r)
			}
		}()
		n = new(yaml.Node)
		return n, dec.Decode(n)
	}
}

var (
	syntaxError = regexp.MustCompile(`(?s)^yaml: (?:line (\d+): )?(.*)$`)
	// grammar are errors whose lines the library counts from 0, unlike all others.
	grammar = regexp.MustCompile(`^(did not find expected|found duplicate|found incompatible|found undefined)`)
)

// syntax takes the line out of the parser's message, and adds what people do wrong most.
func syntax(err error, text string) (line int, message string) {
	m := syntaxError.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, "is not YAML: " + short(err.Error())
	}
	line, _ = strconv.Atoi(m[1]) // none means the first
	if line == 0 || grammar.MatchString(m[2]) {
		line++
	}
	if tab := tabLine(text, line); tab > 0 {
		return tab, "is not YAML: a tab cannot indent, use spaces"
	}
	return line, "is not YAML: " + short(m[2])
}

// tabLine returns the line with a tab in its indentation nearest to line, 0 when there is none.
func tabLine(text string, line int) int {
	lines := strings.Split(text, "\n")
	for _, n := range []int{line, line + 1, line - 1} {
		if n < 1 || n > len(lines) {
			continue
		}
		l := lines[n-1]
		if strings.Contains(l[:len(l)-len(strings.TrimLeft(l, " \t"))], "\t") {
			return n
		}
	}
	return 0
}

// documents are what stands between two lines of "---": one document mostly, one for each group of a rule file.
func documents(file string, n *yaml.Node, p *problems) []*Document {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	if isRuleFile(n) {
		return ruleFile(file, n, p)
	}
	if d := envelope(file, n, p); d != nil {
		return []*Document{d}
	}
	return nil
}

// envelope reads kind and name of a document; nil stands for an empty or unusable one.
func envelope(file string, n *yaml.Node, p *problems) *Document {
	if n.Kind == 0 || isNull(n) {
		return nil
	}
	d := &Document{File: file, root: n, nodes: map[string]*yaml.Node{}}
	if n.Kind != yaml.MappingNode {
		p.invalid(d, "", `a document must begin with "kind:" and "name:"`)
		return nil
	}
	d.Kind = d.word("kind", p)
	d.Name = d.word("name", p)
	if d.Kind == "" || d.Name == "" {
		return nil
	}
	return d
}

// word reads a required text of the envelope.
func (d *Document) word(key string, p *problems) string {
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		if d.root.Content[i].Value != key {
			continue
		}
		n := d.root.Content[i+1]
		d.nodes[key] = n
		if n.Kind != yaml.ScalarNode || isNull(n) || n.Value == "" {
			p.invalid(d, key, "must be a word")
			return ""
		}
		return n.Value
	}
	p.invalid(d, key, "is missing")
	return ""
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }
