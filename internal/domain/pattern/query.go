package pattern

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/internal/engine/signal"
)

const (
	maxPhrases = 30
	wildest    = "*"
)

// LogsQL is a filter that finds the template's lines and little else: what is literal in it, in
// its order, within the source and the service. "" for a catch-all, whose lines have nothing in
// common.
func (t Template) LogsQL() string {
	if t.CatchAll() || t.Service == manyServices {
		return ""
	}
	filter := `{` + signal.Source + `=` + strconv.Quote(t.Source)
	if t.Service != "" {
		filter += `,` + signal.Service + `=` + strconv.Quote(t.Service)
	}
	filter += `} `
	said := phrases(t.Text)
	switch {
	case t.Text == noMessage:
		return filter + signal.Message + `:""`
	case len(said) == 0:
		return filter + wildest
	case len(said) == 1:
		return filter + said[0]
	}
	return filter + "seq(" + strings.Join(said, ", ") + ")"
}

// phrases are the literal parts of a text, quoted. A phrase ends where words do, so half a word
// beside a wildcard cannot be part of one.
func phrases(text string) (out []string) {
	for _, token := range strings.Split(text, " ") {
		if isFurther(token) {
			_, name, _ := strings.Cut(strings.Trim(token, "()"), ":")
			if name != "" && name != "lines" && name != "trace" {
				out = append(out, strconv.Quote(name))
			}
			continue
		}
		for i, piece := range literals(token) {
			if i > 0 {
				piece = strings.TrimLeftFunc(piece, wordRune)
			}
			if !strings.ContainsFunc(piece, wordRune) {
				continue
			}
			if out = append(out, strconv.Quote(piece)); len(out) == maxPhrases {
				return out
			}
		}
	}
	return out
}

// literals are the parts of a token between its wildcards; the last characters of a word before a
// wildcard are gone.
func literals(token string) []string {
	var out []string
	for {
		at, length := nextWildcard(token)
		if at < 0 {
			return append(out, token)
		}
		out = append(out, strings.TrimRightFunc(token[:at], wordRune))
		token = token[at+length:]
	}
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

// wordRune reports whether the engine takes a character for a part of a word.
func wordRune(r rune) bool {
	return r == '_' || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) ||
		r < utf8.RuneSelf && class[byte(r)]&(letter|digit) != 0
}

// Piece is a part of a template's text: literal, or a wildcard.
type Piece struct {
	Text string
	Wild bool
}

// Pieces are the parts of a text, in order.
func Pieces(text string) (out []Piece) {
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
