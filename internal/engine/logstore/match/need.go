package match

import (
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Need is what a row must contain to match a filter: of every clause at least one literal. Literals
// are folded. An empty Need says nothing.
type Need [][]string

const (
	// minLiteral and maxLiteral are bounds of a literal in bytes: shorter ones are nearly
	// everywhere, and longer ones are cut, which only makes them less particular.
	minLiteral, maxLiteral = 2, 48
	// maxClause is how many literals a clause may have, maxClauses how many clauses a filter.
	maxClause, maxClauses = 4096, 8
)

// needOf derives what a row must contain to match. See doc.go for why it may say too little, and
// never too much.
func needOf(n node) Need {
	switch n.op {
	case contains:
		return one(foldASCII(n.text))
	case foldedHas:
		return one(longestValid(string(fold(nil, n.text))))
	case expression:
		re, err := syntax.Parse(n.text, syntax.Perl)
		if err != nil {
			return nil
		}
		return needOfRegexp(re)
	case allOf:
		return every(n.kids, needOf)
	case anyOf:
		return either(n.kids, needOf)
	case anything, not:
	}
	return nil
}

// needOfRegexp derives it from a regular expression.
func needOfRegexp(re *syntax.Regexp) Need {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return one(longestPlain(re.Rune))
		}
		return one(foldASCII(longestValid(string(re.Rune))))
	case syntax.OpConcat:
		return every(re.Sub, needOfRegexp)
	case syntax.OpAlternate:
		return either(re.Sub, needOfRegexp)
	case syntax.OpCapture, syntax.OpPlus:
		return needOfRegexp(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needOfRegexp(re.Sub[0])
		}
	default: // classes, anchors, and what may be absent
	}
	return nil
}

// one is the need of a single literal.
func one(literal string) Need {
	if len(literal) < minLiteral {
		return nil
	}
	return Need{{literal[:min(len(literal), maxLiteral)]}}
}

// every is the need of what must hold together: all clauses, the most particular first.
func every[T any](parts []T, needOf func(T) Need) Need {
	var all Need
	for _, p := range parts {
		for _, clause := range needOf(p) {
			all = append(all, clause)
			if best := bestOf(all); best > 0 {
				all[0], all[best] = all[best], all[0]
			}
			all = all[:min(len(all), maxClauses)]
		}
	}
	return all
}

// either is the need of alternatives: one clause, of the best clause of each. An alternative
// without a need leaves nothing to say about the whole.
func either[T any](parts []T, needOf func(T) Need) Need {
	if len(parts) == 1 {
		return needOf(parts[0])
	}
	var clause []string
	seen := map[string]bool{}
	for _, p := range parts {
		need := needOf(p)
		if len(need) == 0 {
			return nil
		}
		for _, literal := range need[bestOf(need)] {
			if !seen[literal] {
				seen[literal] = true
				clause = append(clause, literal)
			}
		}
		if len(clause) > maxClause {
			return nil
		}
	}
	if len(clause) == 0 {
		return nil
	}
	return Need{clause}
}

// bestOf is the index of the most particular clause: the one whose shortest literal is longest, and
// of several the one with the fewest literals.
func bestOf(need Need) int {
	best := 0
	for i := 1; i < len(need); i++ {
		a, b := shortest(need[i]), shortest(need[best])
		if a > b || a == b && len(need[i]) < len(need[best]) {
			best = i
		}
	}
	return best
}

func shortest(clause []string) int {
	n := len(clause[0])
	for _, literal := range clause[1:] {
		n = min(n, len(literal))
	}
	return n
}

// foldASCII lower-cases the ASCII letters and leaves every other byte, valid UTF-8 or not. The
// automaton reads text that way.
func foldASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// fold appends s as filters that ignore case see it: lower-cased rune by rune as the engine does it,
// and with the long s as s, because regular expressions take them for the same letter.
func fold(dst []byte, s string) []byte {
	for _, r := range s {
		r = unicode.ToLower(r)
		if r == 'ſ' {
			r = 's'
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// longestValid is the longest part without the mark of invalid UTF-8, which the engine and regular
// expressions take for any invalid byte of a line.
func longestValid(s string) string {
	return longestOf(strings.Split(s, string(utf8.RuneError)))
}

// longestPlain is the longest part of a case-insensitive literal of a regular expression that is
// ASCII. Other letters have more forms than fold knows.
func longestPlain(runes []rune) string {
	parts := strings.FieldsFunc(string(runes), func(r rune) bool { return r >= utf8.RuneSelf })
	return foldASCII(longestOf(parts))
}

func longestOf(parts []string) string {
	longest := ""
	for _, p := range parts {
		if len(p) > len(longest) {
			longest = p
		}
	}
	return longest
}
