package search

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Reading is how a text is to be taken.
type Reading string

// The readings. Guess lets Interpret find out.
const (
	Guess  Reading = ""
	LogsQL Reading = "logsql"
	Words  Reading = "words"
)

// Interpret says what a text means as LogsQL. Plain reports that it was taken for words and
// quoted phrases: each is searched in the line without regard to case, and all must be there.
// That is so when no operator of LogsQL is in it, or only in places where nobody means one: an
// address, a time of day, a path, a call such as post(Ledger.java:120).
func Interpret(text string) (logsql string, plain bool) {
	text = strings.TrimSpace(text)
	if text == "" || text == "*" {
		return "*", false
	}
	words := split(text)
	for _, w := range words {
		if w.operator() {
			return text, false
		}
	}
	return phrases(words), true
}

// Read is Interpret for a reader who may have said how the text is to be taken.
func Read(text string, as Reading) (logsql string, plain bool) {
	switch trimmed := strings.TrimSpace(text); {
	case trimmed == "":
		return "*", false
	case as == LogsQL:
		return trimmed, false
	case as == Words:
		return phrases(split(trimmed)), true
	}
	return Interpret(text)
}

// word is a run of text between blanks, or what stands between quotation marks.
type word struct {
	text   string
	quoted bool
	tail   string // what follows the closing mark at once, such as the colon of "a field":value
}

// split cuts text as people mean it. A mark inside a word, as in can't, opens no phrase, and
// neither does one that is never closed.
func split(text string) []word {
	var out []word
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeftFunc(text, unicode.IsSpace) {
		if inside, tail, rest, ok := phrase(text); ok {
			out = append(out, word{inside, true, tail})
			text = rest
			continue
		}
		end := strings.IndexFunc(text, unicode.IsSpace)
		if end < 0 {
			end = len(text)
		}
		out = append(out, word{text: text[:end]})
		text = text[end:]
	}
	return out
}

// phrase reads a quoted phrase at the beginning of text.
func phrase(text string) (inside, tail, rest string, ok bool) {
	mark := text[0]
	if mark != '"' && mark != '\'' && mark != '`' {
		return "", "", "", false
	}
	end := closing(text)
	if end < 0 {
		return "", "", "", false
	}
	inside = text[1:end]
	if mark != '`' {
		inside = strings.NewReplacer(`\\`, `\`, `\`+string(mark), string(mark)).Replace(inside)
	}
	rest = text[end+1:]
	stop := strings.IndexFunc(rest, unicode.IsSpace)
	if stop < 0 {
		stop = len(rest)
	}
	return inside, rest[:stop], rest[stop:], true
}

// closing is where the mark at the beginning of text is closed, -1 when it is not.
func closing(text string) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && text[0] != '`':
			i++
		case text[i] == text[0]:
			return i
		}
	}
	return -1
}

func phrases(words []word) string {
	var out []string
	for _, w := range words {
		for _, text := range []string{w.text, w.tail} {
			if text != "" {
				out = append(out, "i("+strconv.Quote(text)+")")
			}
		}
	}
	if len(out) == 0 {
		return "*"
	}
	return strings.Join(out, " ")
}

var (
	connectives = regexp.MustCompile(`(?i)^(and|or|not)$`)
	calls       = regexp.MustCompile(`^(contains_all|contains_any|contains_common_case|eq_field|equals_common_case|exact|i|in|ipv4_range|le_field|len_range|lt_field|` +
		`pattern_match|pattern_match_full|range|re|seq|string_range|value_type)\(`)
	// field is a name before a colon, as LogsQL writes it without quotation marks.
	field = regexp.MustCompile(`^[!-]?\(*[!-]?[\pL_][\pL\pN_./@-]*:`)
	// ordinary texts hold characters of LogsQL and are none: addresses, hosts with their ports,
	// drives, namespaces, times of day and positions in source files.
	ordinary = regexp.MustCompile(`^(?i:[a-z][a-z0-9+.-]*://\S+` +
		`|[^\s:]+@[^\s:]+` +
		`|\d+(\.\d+){3}:\d+\S*` +
		`|localhost:\d+\S*` +
		`|[a-z]:\\\S*` +
		`|[\w.]+(::[\w.<>~]+)+\S*` +
		`|[\d/.,+T\[-]*\d{1,2}:\d{2}(:\d{2}\S*)?` +
		`|[\w/.-]+\.(c|cc|cpp|cs|go|h|java|js|kt|php|py|rb|rs|scala|ts):\d+\S*)$`)
)

// operator reports whether LogsQL would see more in the word than a word.
func (w word) operator() bool {
	if w.quoted {
		return w.tail != "" && strings.ContainsAny(w.tail[:1], ":*|)")
	}
	t := w.text
	switch {
	case connectives.MatchString(t), strings.Contains(t, "|"):
		return true
	case ordinary.MatchString(t):
		return false
	case strings.HasPrefix(t, "{"):
		return !strings.HasPrefix(t, `{"`) // the beginning of JSON is none
	case strings.HasPrefix(t, "("), strings.HasPrefix(t, "!"), calls.MatchString(strings.TrimLeft(t, "-!(")):
		return true
	case strings.HasPrefix(t, "-"):
		return negates(t)
	case strings.HasSuffix(t, ":"): // "error: disk full" begins a sentence
		return false
	}
	return field.MatchString(t) || strings.Contains(t, "*")
}

// negates tells -word from --option and -1.
func negates(t string) bool {
	rest := strings.TrimPrefix(t, "-")
	return rest != "" && strings.ContainsFunc(rest[:1], func(r rune) bool { return unicode.IsLetter(r) || strings.ContainsRune(`"'{(_`, r) })
}
