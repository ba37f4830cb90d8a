package text

import "regexp/syntax"

// Literal is the longest text that every match of an expression has, "" when there is none:
// lines without it need not be looked at.
func Literal(expression string) string {
	re, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return ""
	}
	return literalIn(re.Simplify())
}

func literalIn(re *syntax.Regexp) (longest string) {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return literalIn(re.Sub[0])
	case syntax.OpConcat:
		for _, part := range re.Sub {
			if l := literalIn(part); len(l) > len(longest) {
				longest = l
			}
		}
	}
	return longest
}
