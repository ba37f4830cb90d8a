package mask

import "strings"

// inCommands finds passwords in commands whose options do not tell by a name that they are one: curl -u,
// ConvertTo-SecureString, CREATE USER.
func inCommands(found []span, s string) []span {
	if at := strings.Index(s, "curl "); at >= 0 {
		found = userOption(found, s, at+len("curl"))
	}
	for _, to := range []string{"To-SecureString ", "to-securestring "} {
		if at := strings.Index(s, to); at >= 0 {
			found = inQuotes(found, s, at+len(to), "-string ")
		}
	}
	for i := strings.IndexByte(s, '\''); i >= 0; i = next(s, '\'', i) {
		if v := behindSQL(s, i); v.from < v.to && !hidesNothing(s[v.from:v.to]) {
			found = append(found, v)
		}
	}
	return found
}

// userOption finds the password in -u user:password, or --user, of one command.
func userOption(found []span, s string, from int) []span {
	rest := s[from:min(len(s), from+longestAttributes)]
	if line := strings.IndexAny(rest, "|\n"); line >= 0 {
		rest = rest[:line]
	}
	for _, option := range []string{" -u", " --user", " -U", " --proxy-user"} {
		at := strings.Index(rest, option)
		if at < 0 {
			continue
		}
		value := strings.TrimLeft(rest[at+len(option):], " =\"'\\,")
		end := strings.IndexAny(value, " \"'\\")
		if end < 0 {
			end = len(value)
		}
		start := from + len(rest) - len(value)
		if colon := strings.IndexByte(value[:end], ':'); colon > 0 && colon+1 < end && !hidesNothing(value[colon+1:]) {
			found = append(found, span{start + colon + 1, start + end})
		}
	}
	return found
}

// inQuotes finds a text in quotes, behind an option that may be left out.
func inQuotes(found []span, s string, at int, option string) []span {
	if len(s) >= at+len(option) && foldEqual(s[at:at+len(option)], option) {
		at += len(option)
	}
	text, end := quotedText(s, at, longestPair)
	if text == "" || hidesNothing(text) {
		return found
	}
	from := end - len(text) - 1 - slashesAt(s, at)
	return append(found, span{from, from + len(text)})
}

// behindSQL is the text behind a quote when IDENTIFIED BY or WITH PASSWORD stands in front of it.
func behindSQL(s string, quote int) span {
	before := strings.TrimRight(s[max(0, quote-longestName):quote], " ")
	if len(before) < len("password") || last(before) != 'd' && last(before) != 'y' && last(before) != '(' {
		return span{}
	}
	before = strings.TrimRight(before, "( ")
	identified := endsFold(before, " by") && indexFold(before, "identified ") >= 0
	with := strings.HasSuffix(before, " PASSWORD") || strings.HasSuffix(before, "PASSWORD") && len(before) == len("PASSWORD") ||
		endsFold(before, "with password") || endsFold(before, "encrypted password") || endsFold(before, "identified by password")
	if !identified && !with {
		return span{}
	}
	return doubled(s, quote)
}

func last(s string) byte { return s[len(s)-1] | 0x20 }

// indexFold is where a text in lower case begins, in capitals or not, -1 without it.
func indexFold(s, lower string) int {
	for i := 0; i+len(lower) <= len(s); i++ {
		if s[i]|0x20 == lower[0]|0x20 && foldEqual(s[i:i+len(lower)], lower) {
			return i
		}
	}
	return -1
}

// ofSlack finds addresses at which everybody may write into a channel.
func ofSlack(found []span, s string) []span {
	const host = "hooks.slack.com/"
	for from := 0; ; {
		at := strings.Index(s[from:], host)
		if at < 0 {
			return found
		}
		from += at + len(host)
		kind := from
		for kind < len(s) && isLetter(s[kind]) {
			kind++
		}
		if kind == len(s) || s[kind] != '/' {
			continue
		}
		end := kind + 1
		for end < len(s) && (isAlnum(s[end]) || s[end] == '/' || s[end] == '_' || s[end] == '-') {
			end++
		}
		if end-kind > 8 {
			found = append(found, span{kind + 1, end})
		}
		from = end
	}
}
