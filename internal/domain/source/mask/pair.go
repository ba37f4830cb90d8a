package mask

import "strings"

// A pair says in one place what it is the value of, and in another the value: {"name":"password",
// "value":"…"}, <property name="password" value="…"/>, ("password", "…").

// namesAnother reports whether the value of a name is a name, of which the value follows.
func namesAnother(name string) bool {
	if len(name) < len("key") || len(name) > len("parameter") || strings.IndexByte("nkfpachvs", name[0]|0x20) < 0 {
		return false
	}
	switch strings.ToLower(name) {
	case "name", "key", "field", "property", "attribute", "param", "parameter", "column", "header", "variable", "setting":
		return true
	}
	return false
}

// valuesOf reports whether a name stands for the value of another.
func valuesOf(name string) bool {
	switch strings.ToLower(name) {
	case "value", "val", "v", "new", "old", "newvalue", "oldvalue", "new_value", "old_value", "from", "to", "before", "after":
		return true
	}
	return false
}

const (
	maxMembers  = 8    // of an object or element, in which the value is looked for
	longestPair = 2048 // how far
)

// inPair finds the values of the secret that the value behind a sign names.
func inPair(found []span, s string, sign int) []span {
	name, at := quotedText(s, afterSign(s, sign), longestName)
	kind := kindOf(name)
	if kind == notSecret && isCookie(name) {
		kind = aSecret
	}
	if kind == notSecret || kind == severalSecrets {
		return found
	}
	s = s[:min(len(s), at+longestPair)]
	if s[sign] == '=' {
		if v := inPart(s, at); v.from < v.to {
			return append(found, v)
		}
	}
	for range maxMembers {
		for at < len(s) && strings.IndexByte(" \t\r\n,;", s[at]) >= 0 {
			at++
		}
		if at < len(s) && s[at] == '>' && s[sign] == '=' {
			return inContent(found, s, at+1, kind, name)
		}
		member, next := memberAt(s, at)
		if member == "" {
			return found
		}
		v, end := memberValue(s, next)
		if valuesOf(member) {
			if from := afterSign(s, next); from < len(s) && s[from] == '{' {
				found, end = inObject(found, s, from)
			} else if value := s[v.from:v.to]; !hidesNothing(value) && !saysLittle(value) && holds(kind, name, value) {
				found = append(found, v)
			}
		}
		at = end
	}
	return found
}

// quotedText is a text in quotes that is not longer than most, and where its quotes end.
func quotedText(s string, at, most int) (text string, end int) {
	slashes := slashesAt(s, at)
	quote := at + slashes
	if quote >= len(s) || !isQuote(s[quote]) {
		return "", at
	}
	short := s[:min(len(s), quote+most+slashes+2)]
	close := closing(short, quote+1, s[quote], slashes)
	if close == len(short) {
		return "", at
	}
	return s[quote+1 : close], close + slashes + 1
}

// memberAt is a name, in quotes or not, and the place of the sign behind it.
func memberAt(s string, at int) (name string, sign int) {
	at += slashesAt(s, at)
	if at < len(s) && isQuote(s[at]) {
		at++
	}
	start := at
	for at < len(s) && at-start < longestName && ofName(s[at]) {
		at++
	}
	name = s[start:at]
	for at < len(s) && (s[at] == '\\' || isQuote(s[at]) || s[at] == ' ') {
		at++
	}
	if at == len(s) || s[at] != ':' && s[at] != '=' {
		return "", at
	}
	return name, at
}

// memberValue is the value behind a sign and where what it is in ends.
func memberValue(s string, sign int) (v span, end int) {
	from := afterSign(s, sign)
	slashes := slashesAt(s, from)
	if q := from + slashes; q < len(s) && isQuote(s[q]) {
		end = closing(s, q+1, s[q], slashes)
		return span{q + 1, end}, min(len(s), end+slashes+1)
	}
	end = from
	for end < len(s) && strings.IndexByte(" \t\r\n,;}])>", s[end]) < 0 {
		end++
	}
	return span{from, end}, end
}

// inContent finds the content of an element with a name in an attribute, or of the element <value> in it.
func inContent(found []span, s string, from int, kind nameKind, name string) []span {
	v := contentOf(s, from)
	if rest := strings.TrimLeft(s[v.to:], " \t\r\n"); v.from >= v.to && strings.HasPrefix(rest, "<value>") {
		v = contentOf(s, len(s)-len(rest)+len("<value>"))
	}
	if v.from < v.to && !hidesNothing(s[v.from:v.to]) && holds(kind, name, s[v.from:v.to]) {
		found = append(found, v)
	}
	return found
}

// inPart is what a part of a form holds (RFC 7578), behind the blank line after its headers.
func inPart(s string, at int) span {
	head := s[at:min(len(s), at+longestAttributes)]
	if line := strings.IndexAny(head, "<>"); line >= 0 {
		head = head[:line]
	}
	for _, end := range []string{"\r\n", "\n", `\r\n`, `\n`} {
		if !strings.HasPrefix(head, end) {
			continue
		}
		blank := strings.Index(head, end+end)
		if blank < 0 {
			return span{}
		}
		from := at + blank + 2*len(end)
		to := strings.Index(s[from:], end)
		if to < 0 {
			to = len(strings.TrimRight(s[from:], "\"'` "))
		}
		if hidesNothing(s[from : from+to]) {
			return span{}
		}
		return span{from, from + to}
	}
	return span{}
}

// inLists finds the second of two texts in brackets of which the first names a secret.
func inLists(found []span, s string, open, shut byte) []span {
	for i := strings.IndexByte(s, open); i >= 0; i = next(s, open, i) {
		name, at := quotedText(s, listed(s, i+1), longestName)
		if kind := kindOf(name); kind != aSecret && kind != shortSecret {
			continue
		}
		for at < len(s) && s[at] == ' ' {
			at++
		}
		if at == len(s) || s[at] != ',' {
			continue
		}
		at = listed(s, at+1)
		slashes := slashesAt(s, at)
		value, end := quotedText(s, at, longestPair)
		if end < len(s) && s[end] == shut && !hidesNothing(value) && (inList(s, i, end+1) || !likeName(value)) {
			from := at + slashes + 1
			found = append(found, withoutScheme(s, span{from, from + len(value)}))
		}
	}
	return found
}

// listed is where a text in a list begins, behind blanks and what Python says of its kind.
func listed(s string, at int) int {
	for at < len(s) && s[at] == ' ' {
		at++
	}
	if at+1 < len(s) && (s[at] == 'b' || s[at] == 'u') && isQuote(s[at+1]) {
		at++
	}
	return at
}

// inList reports whether brackets stand in others: such pairs are no list of names.
func inList(s string, open, end int) bool {
	before := strings.TrimRight(s[max(0, open-4):open], " ")
	return before != "" && strings.IndexByte("[(,{", before[len(before)-1]) >= 0 || end < len(s) && strings.IndexByte("])", s[end]) >= 0
}

// likeName reports whether a text may be a name, too.
func likeName(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_-. ") == ""
}
