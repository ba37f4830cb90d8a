package drawing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
)

// Sketch is a drawing as a text says it: the drawing, and what it takes to be in the catalogue for it.
type Sketch struct {
	Spec  Spec
	Parts []SketchPart // as they stand in the text
	Links []SketchLink
}

// SketchPart is a component as the text says it.
type SketchPart struct {
	Line  int
	Name  string
	Layer catalogue.Layer // empty when the text does not say
	Title string          // empty when the text does not say
}

// SketchLink is a dependency as the text says it.
type SketchLink struct {
	Line     int
	From, To string
}

// maxText is how long the text of a drawing may be, in bytes.
const maxText = 1 << 20

// TextField is the path of errors in a text.
const TextField = "text"

// Parse reads the text form of a drawing; docs/board.md has its grammar. Errors name the line.
func Parse(s string) (Sketch, error) {
	p := parser{seen: map[string]int{}}
	if len(s) > maxText {
		p.check.Add(TextField, "is %d bytes long, at most %d are taken", len(s), maxText)
		return p.out, p.check.Err("the drawing")
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		p.line++
		words, err := wordsOf(line)
		if err != "" {
			p.refuse("%s", err)
			continue
		}
		p.words = words
		p.statement()
	}
	p.names()
	return p.out, p.check.Err("the drawing")
}

// word is one word of a line; a quoted one is never a keyword.
type word struct {
	text   string
	quoted bool
}

// wordsOf splits a line at blanks. Quotes hold a word together; a # begins a comment.
func wordsOf(line string) (out []word, fault string) {
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ' || c == '\t':
			i++
		case c == '#':
			return out, ""
		case c == '"':
			w, n, ok := quotedWord(line[i:])
			if !ok {
				return nil, `has a " that is not closed`
			}
			out, i = append(out, word{w, true}), i+n
		default:
			end := strings.IndexAny(line[i:], " \t\"")
			if end < 0 {
				end = len(line) - i
			}
			out, i = append(out, word{line[i : i+end], false}), i+end
		}
	}
	return out, ""
}

// quotedWord reads a word in quotes and returns how long it is with them. \" and \\ stand for the two letters.
func quotedWord(s string) (w string, length int, ok bool) {
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return out.String(), i + 1, true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		out.WriteByte(s[i])
	}
	return "", 0, false
}

type parser struct {
	out   Sketch
	check errs.Check
	line  int
	words []word // of the line, what is left
	seen  map[string]int
}

func (p *parser) refuse(format string, args ...any) {
	p.check.Add(TextField, "line %d %s", p.line, fmt.Sprintf(format, args...))
}

// statement reads one line.
func (p *parser) statement() {
	if len(p.words) == 0 {
		return
	}
	verb := p.words[0]
	p.words = p.words[1:]
	read := map[string]func() bool{
		"colours": p.colours, "group": p.group, "component": p.component, "link": p.link, "quorum": p.quorum,
		"function": func() bool { return p.bearer(&p.out.Spec.Functions) },
		"users":    func() bool { return p.bearer(&p.out.Spec.UserGroups) },
	}[verb.text]
	if read == nil || verb.quoted {
		p.refuse("begins with %q: lines begin with colours, group, component, link, quorum, function or users", shorten(verb.text))
		return
	}
	if read() && len(p.words) > 0 {
		p.refuse("goes on with %q, which does not belong there", shorten(p.words[0].text))
	}
}

// next takes the next word, whatever it is.
func (p *parser) next(what string) (string, bool) {
	if len(p.words) == 0 {
		p.refuse("ends where %s is expected", what)
		return "", false
	}
	w := p.words[0].text
	p.words = p.words[1:]
	return w, true
}

// name takes the name of a component or group.
func (p *parser) name(what string) (string, bool) {
	w, ok := p.next(what)
	if ok && !text.ValidName(w) {
		p.refuse("has %q where %s is expected: lower-case letters, digits and dashes", shorten(w), what)
		return "", false
	}
	return w, ok
}

// keyword takes the next word if it is that one.
func (p *parser) keyword(w string) bool {
	if len(p.words) == 0 || p.words[0].quoted || p.words[0].text != w {
		return false
	}
	p.words = p.words[1:]
	return true
}

func (p *parser) must(w string) bool {
	if p.keyword(w) {
		return true
	}
	p.refuse("must go on with %q", w)
	return false
}

func (p *parser) number(what string) (int, bool) {
	w, ok := p.next(what)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(w)
	if err != nil || n < 1 || n > maxParts {
		p.refuse("has %q where %s is expected, a number from 1 on", shorten(w), what)
		return 0, false
	}
	return n, true
}

func (p *parser) quotedTitle() string {
	if len(p.words) == 0 || !p.words[0].quoted {
		return ""
	}
	t := p.words[0].text
	p.words = p.words[1:]
	return t
}

// once refuses what the text has said before.
func (p *parser) once(what string) bool {
	if first, again := p.seen[what]; again {
		p.refuse("says again what line %d has said: %s", first, what)
		return false
	}
	p.seen[what] = p.line
	return true
}

func (p *parser) colours() bool {
	w, ok := p.next(`"two" or "three"`)
	if !ok || !p.once("colours") {
		return false
	}
	if w != "two" && w != "three" {
		p.refuse(`has colours %q: they are "two" or "three"`, shorten(w))
		return false
	}
	p.out.Spec.TwoColours = w == "two"
	return true
}

func (p *parser) group() bool {
	name, ok := p.name("the name of a group")
	if !ok || !p.once("group "+name) {
		return false
	}
	g := Group{Name: name, Title: p.quotedTitle()}
	if p.keyword("needs") {
		if g.Needs, ok = p.number("how many must work"); !ok {
			return false
		}
	}
	p.out.Spec.Groups = append(p.out.Spec.Groups, g)
	return true
}

func (p *parser) component() bool {
	name, ok := p.name("the name of a component")
	if !ok || !p.once("component "+name) {
		return false
	}
	s := SketchPart{Line: p.line, Name: name}
	if len(p.words) > 0 && slices.Contains(catalogue.Layers, catalogue.Layer(p.words[0].text)) && !p.words[0].quoted {
		s.Layer = catalogue.Layer(p.words[0].text)
		p.words = p.words[1:]
	}
	s.Title = p.quotedTitle()
	part := Part{Component: name}
	if !p.partOf(&part) {
		return false
	}
	p.out.Parts = append(p.out.Parts, s)
	p.out.Spec.Parts = append(p.out.Spec.Parts, part)
	return true
}

// partOf reads where a component stands and how much it counts.
func (p *parser) partOf(part *Part) (ok bool) {
	if p.keyword("at") {
		if part.X, part.Y, ok = p.place(); !ok {
			return false
		}
	}
	if p.keyword("in") {
		if part.Group, ok = p.name("the name of a group"); !ok {
			return false
		}
	}
	if p.keyword("weight") {
		if part.Weight, ok = p.number("a weight"); !ok {
			return false
		}
	}
	return true
}

// place reads "120,80".
func (p *parser) place() (x, y *float64, ok bool) {
	w, ok := p.next("a place such as 120,80")
	if !ok {
		return nil, nil, false
	}
	left, top, two := strings.Cut(w, ",")
	a, errA := strconv.ParseFloat(left, 64)
	b, errB := strconv.ParseFloat(top, 64)
	if !two || errA != nil || errB != nil || a != a || b != b {
		p.refuse("has the place %q: it must be two numbers such as 120,80", shorten(w))
		return nil, nil, false
	}
	return &a, &b, true
}

func (p *parser) link() bool {
	from, ok := p.name("the name of a component")
	if !ok || !p.must("->") {
		return false
	}
	to, ok := p.name("the name of a component")
	if !ok || !p.once("link "+from+" -> "+to) {
		return false
	}
	if p.keyword("weight") {
		weight, ok := p.number("a weight")
		if !ok {
			return false
		}
		p.out.Spec.Links = append(p.out.Spec.Links, Link{from, to, weight})
	}
	p.out.Links = append(p.out.Links, SketchLink{p.line, from, to})
	return true
}

func (p *parser) quorum() bool {
	name, ok := p.name("the name of a component")
	if !ok || !p.must("needs") {
		return false
	}
	n, ok := p.number("how many must work")
	if !ok || !p.must("of") {
		return false
	}
	of, ok := p.rest()
	if ok {
		p.out.Spec.Quorums = append(p.out.Spec.Quorums, Quorum{name, n, of})
	}
	return ok
}

func (p *parser) bearer(list *[]Bearer) bool {
	name, ok := p.next("a name")
	if !ok || !p.must("needs") {
		return false
	}
	needs, ok := p.rest()
	if ok {
		*list = append(*list, Bearer{name, needs})
	}
	return ok
}

// rest reads names up to the end of the line.
func (p *parser) rest() (out []string, ok bool) {
	for len(p.words) > 0 || len(out) == 0 {
		name, ok := p.name("the name of a component")
		if !ok {
			return nil, false
		}
		out = append(out, name)
	}
	return out, true
}

// names checks that links are between components of the text, when it can be read at all.
func (p *parser) names() {
	for _, l := range p.out.Links {
		p.line = l.Line
		for _, name := range []string{l.From, l.To} {
			if _, there := p.seen["component "+name]; !there {
				p.refuse("names %q, for which there is no component line", name)
			}
		}
		if l.From == l.To {
			p.refuse("leads from %s to itself", l.From)
		}
	}
}

// shorten keeps messages short and on one line.
func shorten(s string) string { return text.OneLine(s, 40) }
