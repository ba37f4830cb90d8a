package mask

import "strings"

// valueAfter is the value behind a sign. Quotes may be escaped, as in JSON within a text.
func valueAfter(s string, sign int, quotedName bool) span {
	if strings.HasPrefix(s[sign:], "::") {
		return encodedAttribute(s, sign+len("::"))
	}
	v := afterSign(s, sign)
	if strings.HasPrefix(s[v:], "string(") { // PHP
		if n := strings.TrimLeft(s[v+len("string("):min(len(s), v+20)], "0123456789"); strings.HasPrefix(n, `) "`) {
			v = min(len(s), v+20) - len(n) + len(") ")
		}
	}
	slashes := slashesAt(s, v)
	if at := v + slashes; at < len(s) && isQuote(s[at]) {
		if slashes == 0 {
			return withoutScheme(s, doubled(s, at))
		}
		return withoutScheme(s, span{at + 1, closing(s, at+1, s[at], slashes)})
	}
	if quotedName && v < len(s) && s[v] == '{' { // no object that can be taken apart
		return span{}
	}
	if v < len(s) && s[v] == '[' && !strings.HasPrefix(s[v:], masked) {
		if end := arrayEnd(s, v); end > 0 {
			return span{v, end}
		}
	}
	return bareValue(s, v)
}

// encodedAttribute is the value of an attribute of LDIF in base64 (RFC 2849), to the end of the line.
func encodedAttribute(s string, at int) span {
	if at == len(s) || s[at] != ' ' {
		return span{}
	}
	from := at + 1
	to := from + tokenLength(s[from:])
	if to-from < 4 || to < len(s) && strings.IndexByte("\r\n\\\"'", s[to]) < 0 {
		return span{}
	}
	return span{from, to}
}

// doubled is a text in quotes, in which two quotes may stand for one, and which may have two around it,
// in a text that is like that itself.
func doubled(s string, at int) span {
	quote, from := s[at], at+1
	if from+1 < len(s) && s[from] == quote && strings.IndexByte(" \t\r\n,;:&|)]}", s[from+1]) < 0 {
		from++
		if end := strings.Index(s[from:], s[at:from]); end >= 0 {
			return span{from, from + end}
		}
		return span{from, len(s)}
	}
	end := closing(s, from, quote, 0)
	for end > from && end+1 < len(s) && s[end+1] == quote {
		end = closing(s, end+2, quote, 0)
	}
	return span{from, min(end, len(s))}
}

// afterSign is where a value begins: on the next line, too, when that is set in.
func afterSign(s string, sign int) int {
	v := afterBlanks(s, sign)
	if sign < len(s) && s[sign] == '=' && v < len(s) && (s[v] == '\n' || s[v] == '\r') {
		line := v + 1
		if s[v] == '\r' && line < len(s) && s[line] == '\n' {
			line++
		}
		in := line
		for in < len(s) && (s[in] == ' ' || s[in] == '\t') {
			in++
		}
		if in > line && !nameFollows(s, in) {
			return in
		}
	}
	return v
}

// afterBlanks is what stands behind a sign and blanks.
func afterBlanks(s string, sign int) int {
	v := sign + 1
	for v < len(s) && (s[v] == '=' || s[v] == '>') { // == and =>
		v++
	}
	for v < len(s) && (s[v] == ' ' || s[v] == '\t') {
		v++
	}
	return v
}

func isQuote(b byte) bool { return b == '"' || b == '\'' || b == '`' }

// slashesAt is the number of backslashes at a place.
func slashesAt(s string, at int) (n int) {
	for at+n < len(s) && s[at+n] == '\\' {
		n++
	}
	return n
}

// closing is where a text in quotes ends: at the quote with as many backslashes in front as
// the first had, or at the end of everything.
func closing(s string, from int, quote byte, slashes int) int {
	for i := from; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		n := 0
		for i-n > from && s[i-n-1] == '\\' {
			n++
		}
		if n == slashes || slashes == 0 && n%2 == 0 {
			return i - n*min(slashes, 1)
		}
	}
	return len(s)
}

// arrayEnd is where the array ends that begins at from: behind its bracket, or at the end of a
// text that was cut off. It is 0 when there is no end and nothing in quotes.
func arrayEnd(s string, from int) int {
	depth, quoted := 0, false
	for i := from; i < len(s); i++ {
		switch b := s[i]; {
		case b == '[':
			depth++
		case b == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case b == '"' || b == '\'' && strings.IndexByte("[, \\", s[i-1]) >= 0:
			quoted = true
			i = behindQuotes(s, i) - 1
		}
	}
	if quoted {
		return len(s)
	}
	return 0
}

// behindQuotes is what follows the text whose first quote is at a place.
func behindQuotes(s string, quote int) int {
	slashes := 0
	for quote-slashes > 0 && s[quote-slashes-1] == '\\' {
		slashes++
	}
	return min(len(s), closing(s, quote+1, s[quote], slashes)+slashes+1)
}

// objectAfter is where the object of JSON, or the like, begins behind a sign.
func objectAfter(s string, sign int) (from int, ok bool) {
	v := afterSign(s, sign)
	if v >= len(s) || s[v] != '{' {
		return 0, false
	}
	at := v + 1
	for at < len(s) && strings.IndexByte(" \\\t\n", s[at]) >= 0 {
		at++
	}
	return v, at < len(s) && isQuote(s[at])
}

// inObject finds the values in an object that is named after a secret, but for those that only
// describe it, and where it ends.
func inObject(found []span, s string, from int) ([]span, int) {
	depth, name := 0, ""
	for i := from; i < len(s); {
		switch b := s[i]; {
		case b == '{' || b == '[':
			depth++
			i++
		case b == '}' || b == ']':
			i++
			if depth--; depth == 0 {
				return found, i
			}
		case b == '"' || b == '\'':
			end := behindQuotes(s, i)
			text := span{i + 1, max(i+1, end-1-(end-1-len(strings.TrimRight(s[:end-1], `\`))))}
			if isName(s, end) {
				name = s[text.from:text.to]
			} else if !hidesNothing(s[text.from:text.to]) && !saysNothingOf(name) {
				found = append(found, text)
			}
			i = end
		case isDigit(b):
			end := i
			for end < len(s) && strings.IndexByte("0123456789.eE+-", s[end]) >= 0 {
				end++
			}
			if !saysNothingOf(name) {
				found = append(found, span{i, end})
			}
			i = end
		default:
			i++
		}
	}
	return found, len(s)
}

// isName reports whether a colon follows.
func isName(s string, at int) bool {
	for at < len(s) && s[at] == ' ' {
		at++
	}
	return at < len(s) && s[at] == ':'
}

// withoutScheme leaves "Bearer " and the like in front of a credential.
func withoutScheme(s string, v span) span {
	v.from += len(scheme(s[v.from:v.to]))
	if hidesNothing(s[v.from:v.to]) {
		return span{}
	}
	return v
}

// hidesNothing reports what hides nothing: what is masked already, and nothing in JSON.
func hidesNothing(value string) bool {
	return value == "" || value == "null" || strings.HasPrefix(value, masked)
}

// bareValue is a value without quotes: up to a space, to a quote, or to what separates it from
// the next name. Schemes with parameters reach to the end of those.
func bareValue(s string, from int) span {
	named := scheme(s[from:])
	from += len(named)
	if hasParameters(named) {
		return span{from, parametersEnd(s, from)}
	}
	end := from
	for end < len(s) && !endsValue(s, end) {
		end++
	}
	for end > from && strings.IndexByte(",;)}]>.", s[end-1]) >= 0 && !strings.HasPrefix(s[from:], masked) {
		end--
	}
	if hidesNothing(s[from:end]) {
		return span{}
	}
	return span{from, end}
}

// parametersEnd is where a list like username="a", response=b ends; what is no such list ends with
// the line, or at a quote.
func parametersEnd(s string, from int) int {
	if strings.HasPrefix(s[from:], masked) {
		return from
	}
	end := from
	for i := from; ; {
		for i < len(s) && (s[i] == ' ' || s[i] == ',') {
			i++
		}
		start := i
		for i < len(s) && (ofName(s[i]) || s[i] == '*') {
			i++
		}
		if i == start || i == len(s) || s[i] != '=' {
			break
		}
		i++
		if at := i + slashesAt(s, i); at < len(s) && s[at] == '"' {
			i = behindQuotes(s, at)
		}
		for i < len(s) && strings.IndexByte(" ,\t\r\n\"'\\", s[i]) < 0 {
			i++
		}
		end = i
	}
	if end > from {
		return end
	}
	if at := strings.IndexAny(s[from:], "\r\n\"'"); at >= 0 {
		return from + at
	}
	return len(s)
}

func endsValue(s string, i int) bool {
	switch b := s[i]; b {
	case ' ', '\t', '\n', '\r', '"', '\'', '`':
		return true
	case '&', ',', ';', '|':
		return nameFollows(s, i+1)
	case '\\':
		return i+1 < len(s) && (s[i+1] == '"' || s[i+1] == 'n' || s[i+1] == 'r' || s[i+1] == 't')
	}
	return false
}

// nameFollows reports whether another name with its value stands here, so that what is in front
// is no part of a secret.
func nameFollows(s string, i int) bool {
	for i < len(s) && s[i] == ' ' {
		i++
	}
	start := i
	for i < len(s) && i-start < longestName && ofName(s[i]) {
		i++
	}
	return i > start && i < len(s) && (s[i] == '=' || s[i] == ':')
}

// schemes are those of the Authorization header (IANA registry, and what is used beside it).
var schemes = []string{"bearer ", "basic ", "token ", "apikey ", "splunk ", "negotiate ", "ntlm ",
	"digest ", "hawk ", "oauth ", "aws4-hmac-sha256 "}

// scheme is the scheme in front of a credential, with its space; "" without one.
func scheme(s string) string {
	for _, name := range schemes {
		if len(s) > len(name) && foldEqual(s[:len(name)], name) {
			return s[:len(name)]
		}
	}
	return ""
}

// hasParameters reports whether a scheme's credential is a list with spaces.
func hasParameters(scheme string) bool {
	if scheme == "" {
		return false
	}
	switch scheme[0] | 0x20 {
	case 'd', 'h', 'o':
		return true
	}
	return foldEqual(scheme[:2], "aw")
}
