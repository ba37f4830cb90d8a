package match

import (
	"fmt"
	"reflect"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"

	"mainstay/internal/base/errs"
)

// Limits of one filter. What is beyond them is an accident or an attack.
const (
	// maxLength of a filter in bytes. It also bounds how deeply the engine's parser calls itself.
	maxLength = 16 << 10
	// maxParentheses open in a filter, quoted ones included: to subqueries in subqueries the parser
	// gives time that grows with the square and worse.
	maxParentheses = 500
	// maxProgram is how many instructions all regular expressions of a filter may have together;
	// each byte of a line can cost that many steps.
	maxProgram = 1000
)

// A filter is one that was parsed and can run at arrival.
type filter struct {
	// text is what the engine runs; all is set when every row matches without it. For columns and
	// fields see tree.
	text    string
	all     bool
	columns []string
	fields  []string
	need    Need
	// weight is how many steps a byte of a row may take.
	weight int
}

// parse makes a filter of LogsQL text. The message is a sentence without its subject, "" when the
// filter is good.
func parse(source string) (f filter, message string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case refusal:
			message = string(r)
		default:
			message = "cannot be understood by the log engine: " + cut(fmt.Sprint(r))
		}
	}()
	if len(source) > maxLength {
		return f, fmt.Sprintf("has %d bytes, at most %d are possible: split it into several rules", len(source), maxLength)
	}
	if n := strings.Count(source, "("); n > maxParentheses {
		return f, fmt.Sprintf("has %d parentheses, at most %d are possible: split it into several rules", n, maxParentheses)
	}
	t, text, err := understand(source)
	if err != nil {
		return f, "cannot be understood: " + cut(err.Error())
	}
	instructions, message := cost(t.regexps)
	if message != "" {
		return f, message
	}
	f = filter{text: text, columns: t.columns, fields: t.fields, need: needOf(t.root), weight: t.weight(instructions)}
	f.all = t.everything()
	return f, ""
}

// maxRewrites bounds how often the engine may simplify a filter before it stays the same.
const maxRewrites = 5

// understand parses the text and returns with it the text to run; see "The star" in doc.go.
func understand(source string) (*tree, string, error) {
	t, said, err := simplified(source)
	if err != nil || t.everything() {
		return t, source, err
	}
	plain, err := asPipe(source)
	if err != nil || plain.bare == 0 {
		return t, source, err
	}
	for range maxRewrites {
		text := said
		if t, said, err = simplified(text); err != nil || t.everything() {
			return t, text, err
		}
		if said == text && t.stars == 0 {
			return t, text, nil
		}
	}
	panic(refusal("has a * in a place where it means nothing: leave it out"))
}

const alone = "must be a filter alone: leave out pipes (| and what follows) and options"

// simplified reads a filter as searches use it, and returns its text in the engine's own words.
func simplified(text string) (*tree, string, error) {
	q, err := logstorage.ParseQueryAtTimestamp(text, 0)
	if err != nil {
		return nil, "", err
	}
	said := q.String()
	if strings.HasPrefix(said, "options(") {
		panic(refusal(alone))
	}
	v := reflect.ValueOf(q).Elem()
	if member(v, "pipes").Len() > 0 {
		panic(refusal(alone))
	}
	// The engine has merged a pipe "filter" by now; between parentheses it understands none.
	if _, err := logstorage.ParseQueryAtTimestamp("("+text+"\n)", 0); err != nil {
		panic(refusal(alone))
	}
	return read(member(v, "f")), said, nil
}

// asPipe reads a filter as sieves run it.
func asPipe(text string) (*tree, error) {
	q, err := runnable(text)
	if err != nil {
		return nil, err
	}
	pipes := member(reflect.ValueOf(q).Elem(), "pipes")
	return read(member(pipes.Index(1).Elem().Elem(), "f")), nil
}

// cost is how many instructions the regular expressions have together. The message says what is
// wrong with them, "" for nothing.
func cost(exprs []string) (size int, message string) {
	for _, expr := range exprs {
		re, err := syntax.Parse(expr, syntax.Perl)
		if err != nil {
			return 0, "has a regular expression that cannot be understood: " + cut(err.Error())
		}
		prog, err := syntax.Compile(re.Simplify())
		if err != nil {
			return 0, "has a regular expression that cannot be understood: " + cut(err.Error())
		}
		if size += len(prog.Inst); size > maxProgram {
			return 0, fmt.Sprintf("has regular expressions of more than %d instructions: repeat less in {n}, or list fewer alternatives", maxProgram)
		}
	}
	return size, ""
}

// cut keeps an engine's complaint readable: it quotes the whole filter.
func cut(message string) string {
	const most = 300
	if len(message) <= most {
		return message
	}
	end := most
	for end > 0 && !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + "…"
}

// Check returns nil when the filter can be used in a log rule, otherwise an Invalid error that says
// what to change.
func Check(source string) error {
	_, message := parse(source)
	return invalid("filter", message)
}

// Literals returns what the prefilter seeks for a filter, lower-cased where a letter's case does not
// matter: a row can match only when, for each element, it contains at least one of its literals.
// An empty result means that every row is given to the filter itself.
func Literals(source string) (Need, error) {
	f, message := parse(source)
	return f.need, invalid("filter", message)
}

func invalid(path, message string) error {
	var c errs.Check
	c.Require(message == "", path, "%s", message)
	return c.Err("log rule")
}
