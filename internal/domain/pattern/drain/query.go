package drain

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/engine/signal"
)

// LogsQL is a filter that finds the template's lines, and no line that is none, within the source
// and the service: the longest words in their order, which the engine looks up fast, and a regular
// expression for what they leave. "" for a catch-all, whose lines have nothing in common.
func (t Template) LogsQL() string {
	if t.CatchAll() || t.Service == manyServices {
		return ""
	}
	filter := `{` + signal.Source + `=` + strconv.Quote(t.Source)
	if t.Service != "" {
		filter += `,` + signal.Service + `=` + strconv.Quote(t.Service)
	}
	filter += `} `
	if t.Empty() {
		return filter + signal.Message + `:""`
	}
	if words := phrases(t.Text); len(words) > 1 {
		filter += "seq(" + strings.Join(words, ", ") + ") "
	} else if len(words) == 1 {
		filter += words[0] + " "
	}
	expression := t.expression()
	if strings.ContainsAny(expression, "`\n") {
		return filter + "~" + strconv.Quote(expression)
	}
	return filter + "~`" + expression + "`"
}

const (
	mostPhrases = 4
	shortPhrase = 3
)

// phrases are the longest literal tokens of a text in their order, quoted. A phrase must end where
// a word ends, so tokens with wildcards are left out.
func phrases(text string) (out []string) {
	tokens := strings.Split(text, " ")
	var best []int
	for i, token := range tokens {
		if wordOf(token) == pureWord && len(token) >= shortPhrase && !isFurther(token) && asItCame(token) {
			best = append(best, i)
		}
	}
	slices.SortStableFunc(best, func(a, b int) int { return len(tokens[b]) - len(tokens[a]) })
	best = best[:min(len(best), mostPhrases)]
	slices.Sort(best)
	for _, i := range best {
		out = append(out, strconv.Quote(tokens[i]))
	}
	return out
}

// asItCame reports whether a token stands in the line as it stands in the template.
func asItCame(token string) bool { return !strings.ContainsRune(token, '\uFFFD') }

// expression is a regular expression (RE2) for the template's lines.
func (t Template) expression() string {
	birth := strings.Split(t.Birth, " ")
	wide := shapesOf(birth)
	var b strings.Builder
	b.WriteString(`^\s*`)
	request, open := false, false
	for i, token := range strings.Split(t.Text, " ") {
		if isFurther(token) && i > 0 {
			return b.String() + furtherLines(token)
		}
		if i > 0 {
			b.WriteString(`\s+`)
		}
		open = i < len(birth) && birth[i] == Any // where the line was cut, or is long
		switch {
		case request && token == Path:
			b.WriteString(`.*?["']`)
		case token == Any && wide.has(i) && strings.Contains(birth[i], Quoted):
			b.WriteString(`[^\s"']*["'].*["']\S*`)
		case token == Any && wide.has(i):
			b.WriteString(`.+?`)
		case token == Any:
			b.WriteString(`\S+`)
		default:
			for _, p := range pieces(token) {
				b.WriteString(p.expression())
			}
		}
		request = len(token) > 1 && class[token[0]]&quote != 0 && httpVerb(token[1:]+" ") > 0
	}
	if !open {
		b.WriteString(`\s*$`)
	}
	return b.String()
}

func furtherLines(token string) string {
	kind, name, _ := strings.Cut(strings.Trim(token, "()"), ":")
	switch {
	case name == "lines":
		return `\s*\n`
	case name != "trace":
		return `\s*\n[\s\S]*` + regexp.QuoteMeta(name)
	case kind == "java":
		return `\s*\n[\s\S]*\sat `
	case kind == "go":
		return `\s*\n[\s\S]*goroutine `
	}
	return `\s*\n`
}

// values are what wildcards stand for.
var values = map[string]string{
	Any: `\S+`, Num: `[\d.]+`, IP: `[\da-fA-F.:]+`, UUID: `[\da-fA-F-]+`, Time: `.+?`, Hex: `\w+`, Path: `\S*\d\S*`, Quoted: `["'].*?["']`, Ident: `\S+?`,
}

func (p Piece) expression() string {
	if p.Wild {
		return values[p.Text]
	}
	return regexp.QuoteMeta(p.Text)
}

func nextWildcard(token string) (at, length int) {
	at = -1
	for _, w := range wildcards {
		if i := strings.Index(token, w); i >= 0 && (at < 0 || i < at) {
			at, length = i, len(w)
		}
	}
	return at, length
}

// Piece is a part of a template's text: literal, or a wildcard.
type Piece struct {
	Text string
	Wild bool
}

// Pieces are the parts of its text, in order.
func (t Template) Pieces() []Piece { return pieces(t.Text) }

func pieces(text string) (out []Piece) {
	for text != "" {
		at, length := nextWildcard(text)
		if at < 0 {
			return append(out, Piece{Text: text})
		}
		if at > 0 {
			out = append(out, Piece{Text: text[:at]})
		}
		out = append(out, Piece{text[at : at+length], true})
		text = text[at+length:]
	}
	return out
}
