package mask

import "strings"

// inElements finds what is in elements of XML that are named after secrets.
func inElements(found []span, s string) []span {
	for i := strings.IndexByte(s, '<'); i >= 0; i = next(s, '<', i) {
		end := i + 1
		for end < len(s) && end-i < longestName && (ofName(s[end]) || s[end] == ':') {
			end++
		}
		name := s[i+1 : end]
		if name == "" || end == len(s) || strings.IndexByte("> \t\n", s[end]) < 0 || kindOf(name) == notSecret {
			continue
		}
		from := strings.IndexByte(s[end:min(len(s), end+longestAttributes)], '>')
		if from < 0 || s[end+from-1] == '/' {
			continue
		}
		v := contentOf(s, end+from+1)
		value := s[v.from:v.to]
		if hidesNothing(value) || !holds(kindOf(name), name, value) {
			continue
		}
		found = append(found, v)
		if v.to == len(s) {
			break
		}
	}
	return found
}

// longestAttributes is how far the end of a tag is looked for.
const longestAttributes = 512

// contentOf is the text of an element, up to the next tag.
func contentOf(s string, from int) span {
	const data = "<![CDATA["
	end, mark := from, "<"
	if strings.HasPrefix(s[from:], data) {
		from, mark = from+len(data), "]]>"
	}
	if end = strings.Index(s[from:], mark); end < 0 {
		end = len(s) - from
	}
	for end > 0 && strings.IndexByte(" \t\r\n", s[from]) >= 0 {
		from, end = from+1, end-1
	}
	return span{from, from + len(strings.TrimRight(s[from:from+end], " \t\r\n"))}
}

// inArguments finds the values of command line options that are named after secrets, and those
// of -p of programs where that is a password.
func inArguments(found []span, s string) []span {
	for i := strings.Index(s, "--"); i >= 0; {
		end := i + 2
		for end < len(s) && end-i < longestName && ofName(s[end]) {
			end++
		}
		if name := s[i+2 : end]; name != "" && (i == 0 || !isAlnum(s[i-1])) && (kindOf(name) == aSecret || isPass(name)) {
			if v := argument(s, end); v.from < v.to && !isFiller(s[v.from:v.to]) {
				found = append(found, v)
			}
		}
		at := strings.Index(s[end:], "--")
		if at < 0 {
			break
		}
		i = end + at
	}
	for i := strings.Index(s, " -"); i >= 0; { // of PowerShell
		end := i + 2
		for end < len(s) && end-i < longestName && isAlnum(s[end]) {
			end++
		}
		if name := s[i+2 : end]; name != "" && name[0]-'A' < 26 && kindOf(name) == aSecret {
			if v := argument(s, end); v.from < v.to && !isFiller(s[v.from:v.to]) {
				found = append(found, v)
			}
		}
		at := strings.Index(s[end:], " -")
		if at < 0 {
			break
		}
		i = end + at
	}
	if !strings.Contains(s, shortOption) {
		return found
	}
	for _, p := range passwordOptions {
		if at := strings.Index(s, p.program); at >= 0 {
			found = passwordOption(found, s, at+len(p.program), p.apart)
		}
	}
	return found
}

// passwordOptions are programs whose option -p is a password, which stands apart from it or not.
var passwordOptions = []struct {
	program string
	apart   bool
}{{"sshpass", true}, {"docker login", true}, {"podman login", true}, {"mysql", false}, {"mariadb", false}}

const shortOption = " -p"

// passwordOption finds the value of -p in what follows the name of a program.
func passwordOption(found []span, s string, from int, apart bool) []span {
	rest := s[from:min(len(s), from+longestAttributes)]
	if line := strings.IndexAny(rest, "|\n"); line >= 0 {
		rest = rest[:line]
	}
	at := strings.Index(rest, shortOption)
	if at < 0 {
		return found
	}
	v := from + at + len(shortOption)
	switch {
	case v == len(s) || s[v] == '-':
	case s[v] == ' ':
		if got := argument(s, v); apart && got.from < got.to {
			found = append(found, got)
		}
	default:
		if got := valueAfter(s, v-1, false); got.from < got.to {
			found = append(found, got)
		}
	}
	return found
}

// argument is the value behind an option: apart by spaces, or as the next text of a list.
func argument(s string, at int) span {
	i := at + slashesAt(s, at)
	if i < len(s) && isQuote(s[i]) {
		i++
	}
	if i < len(s) && s[i] == ',' {
		i++
	}
	if i == at && (i == len(s) || s[i] != ' ') {
		return span{}
	}
	for i < len(s) && s[i] == ' ' {
		i++
	}
	slashes := slashesAt(s, i)
	if q := i + slashes; q < len(s) && isQuote(s[q]) {
		return withoutScheme(s, span{q + 1, closing(s, q+1, s[q], slashes)})
	}
	end := i
	for end < len(s) && strings.IndexByte(" \t\r\n\"'`\\,;)]", s[end]) < 0 {
		end++
	}
	if i == end || s[i] == '-' || hidesNothing(s[i:]) {
		return span{}
	}
	return span{i, end}
}

// isFiller reports whether a word is one that follows the name of an option in a sentence.
func isFiller(word string) bool {
	switch strings.ToLower(strings.TrimRight(word, ".:")) {
	case "is", "are", "was", "to", "or", "and", "in", "on", "for", "from", "with", "by", "must", "may", "can", "cannot", "has",
		"option", "options", "flag", "not", "should", "requires", "given", "set", "the", "a", "an", "if", "when", "instead", "value":
		return true
	}
	return false
}
