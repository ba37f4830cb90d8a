package mask

import "strings"

// isCookie reports whether the last word of a name is cookie: Set-Cookie, request.cookies.
func isCookie(name string) bool {
	if name == "" {
		return false
	}
	if last := name[len(name)-1] | 0x20; last == 's' {
		name = name[:len(name)-1]
	} else if last != 'e' {
		return false
	}
	at := len(name) - len("cookie")
	return endsFold(name, "cookie") &&
		(at == 0 || !isAlnum(name[at-1]) || name[at] == 'C' || at >= 3 && foldEqual(name[at-3:at], "set"))
}

// isAttribute reports whether a name is that of an attribute of cookies (RFC 6265 §4.1.2).
func isAttribute(name string) bool {
	switch strings.ToLower(name) {
	case "path", "domain", "expires", "maxage", "max-age", "max_age", "secure", "httponly", "samesite":
		return true
	}
	return false
}

// cookiesOf is how many cookies a header has: Set-Cookie one, with attributes behind it.
func cookiesOf(name string) int {
	at := len(name) - len("cookie")
	if endsFold(name, "cookie") && endsFold(strings.TrimRight(name[:at], "-_"), "set") {
		return 1
	}
	return maxCookies
}

// maxCookies is more than browsers send.
const maxCookies = 1000

// inCookies finds the values of at most n cookies, written a=b; c=d, or what stands there instead
// and looks like a token.
func inCookies(found []span, s string, from, n int) []span {
	i := from
	for i < len(s) && strings.IndexByte(" \t=[\"'\\", s[i]) >= 0 {
		i++
	}
	first := i
	for ; n > 0; n-- {
		for i < len(s) && s[i] == ' ' {
			i++
		}
		start := i
		for i < len(s) && strings.IndexByte("=; ,\t\r\n\"'\\", s[i]) < 0 {
			i++
		}
		if i == len(s) || s[i] != '=' || i == start {
			if start == first && likelyToken(s[start:i]) && len(s[start:i]) >= 16 {
				found = append(found, span{start, i})
			}
			return found
		}
		value := span{i + 1, cookieEnd(s, i+1)}
		if i = value.to; value.from < value.to && !hidesNothing(s[value.from:value.to]) {
			found = append(found, value)
		}
		if i == len(s) || s[i] != ';' {
			return found
		}
		i++
	}
	return found
}

// cookieEnd is where the value of a cookie ends (RFC 6265 §4.1.1), which may be in quotes.
func cookieEnd(s string, from int) int {
	if strings.HasPrefix(s[from:], masked) {
		return from + len(masked)
	}
	if at := from + slashesAt(s, from); at < len(s) && s[at] == '"' {
		if end := behindQuotes(s, at); end > at+1 && end < len(s) && strings.IndexByte("; \"\\", s[end]) >= 0 {
			return end
		}
		return from
	}
	end := from
	for end < len(s) && strings.IndexByte("; ,\t\r\n\"'\\", s[end]) < 0 {
		end++
	}
	for end > from && strings.IndexByte(")]}", s[end-1]) >= 0 {
		end--
	}
	return end
}
