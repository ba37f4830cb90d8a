package mask

import "strings"

// minSecret is the length of the shortest text with a secret: pwd=x.
const minSecret = 5

// hideSecrets hides what follows names of secrets (password=…, "token": "…", Authorization: …,
// --password …, <password>…), cookies, credentials in addresses, and what looks like a secret
// wherever it stands.
func hideSecrets(s, with string) string {
	s = replaced(s, secretsIn(s), with)
	if hasColour(s) {
		return hideWideSecrets(s, with)
	}
	return s
}

// secretsIn finds the secrets of a text.
func secretsIn(s string) (found []span) {
	found = afterNames(found, s, '=')
	found = afterNames(found, s, ':')
	found = inLists(found, s, '(', ')')
	found = inLists(found, s, '[', ']')
	found = inEncoded(found, s)
	found = inElements(found, s)
	found = inEscapedElements(found, s)
	found = inArguments(found, s)
	found = inCommands(found, s)
	found = ofSlack(found, s)
	return tokens(found, s)
}

// longestSession is how far values of sessions and short codes are looked at, at first.
const longestSession = 128

// afterNames finds the values that stand behind names of secrets. What is in a value that was
// found is not looked at, and objects are taken apart once, so that no text takes long.
func afterNames(found []span, s string, sign byte) []span {
	hidden, object := 0, 0 // where the last value, the last object ends
	for i := strings.IndexByte(s, sign); i >= 0; i = next(s, sign, max(i, hidden-1)) {
		if sign == ':' && strings.HasPrefix(s[i:], "://") {
			found = ofAddress(found, s, i+3)
			continue
		}
		name, quoted := nameBefore(s, i)
		if name == "" {
			continue
		}
		if namesAnother(name) {
			found = inPair(found, s, i)
			continue
		}
		cookie := isCookie(name)
		kind := kindOf(name)
		if kind == notSecret && !cookie {
			continue
		}
		if from, ok := objectAfter(s, i); ok && quoted {
			if kind != shortSecret && from >= object && !endsFold(name, "authorization") {
				found, object = inObject(found, s, from)
			}
			continue
		}
		if cookie {
			found = inCookies(found, s, i+1, cookiesOf(name))
			continue
		}
		if kind == severalSecrets && !strings.HasPrefix(s[afterSign(s, i):], "[") {
			continue
		}
		near := s
		if kind == sessionSecret || kind == shortCode { // which are short, mostly
			near = s[:min(len(s), i+longestSession)]
		}
		v := valueAfter(near, i, quoted)
		if v.to == len(near) && len(near) < len(s) {
			v = valueAfter(s, i, quoted)
			hidden = v.to
		}
		if end := strings.IndexAny(s[v.from:v.to], "?#&;"); kind == sessionSecret && end >= 0 { // of an address
			v.to = v.from + end
		}
		if v.from < v.to && isSecret(s, i, name, v, quoted, kind) {
			found, hidden = append(found, v), v.to
		}
	}
	return found
}

// isSecret looks at the value of what is named after a secret.
func isSecret(s string, sign int, name string, v span, quoted bool, kind nameKind) bool {
	value := s[v.from:v.to]
	switch kind {
	case severalSecrets:
		return value[0] == '[' && !plainNumbers(value)
	case shortSecret:
		return surelyPassword(s, sign, name, value, quoted)
	case likelySecret:
		if s[sign] == ':' && !quoted && !likelyToken(value) { // a sentence
			return false
		}
	}
	return holds(kind, name, value)
}

// next is where b stands after i, -1 without one.
func next(s string, b byte, i int) int {
	if at := strings.IndexByte(s[i+1:], b); at >= 0 {
		return i + 1 + at
	}
	return -1
}
