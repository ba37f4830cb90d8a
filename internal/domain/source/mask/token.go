package mask

import (
	"encoding/base64"
	"strings"
)

// tokens finds what looks like a secret wherever it stands.
func tokens(found []span, s string) []span {
	found = withB(found, s, 'B')
	found = withB(found, s, 'b')
	found = ofAmazon(found, s)
	found = webTokens(found, s)
	found = prefixed(found, s, '_', underscored)
	found = prefixed(found, s, '-', dashed)
	return ofGoogle(found, s)
}

// tokenShape is how tokens of one kind begin, and how long at least the rest of them is.
type tokenShape struct {
	begin string
	least int
}

// Tokens that tell by their beginning whose they are: of this product, of GitHub, Stripe, npm, Slack
// and GitLab.
var (
	underscored = []tokenShape{{"mst_", 16}, {"mik_", 16}, {"msk_", 16}, {"ghp_", 20}, {"gho_", 20}, {"ghu_", 20},
		{"ghs_", 20}, {"ghr_", 20}, {"github_pat_", 20}, {"sk_live_", 10}, {"rk_live_", 10}, {"sk_test_", 10},
		{"rk_test_", 10}, {"npm_", 30}}
	dashed = []tokenShape{{"xoxa-", 10}, {"xoxb-", 10}, {"xoxe-", 10}, {"xoxp-", 10}, {"xoxr-", 10}, {"xoxs-", 10}, {"glpat-", 16}}
)

// prefixed finds tokens whose beginnings end with a sign.
func prefixed(found []span, s string, sign byte, shapes []tokenShape) []span {
	for i := strings.IndexByte(s, sign); i >= 0; i = next(s, sign, i) {
		for _, shape := range shapes {
			from := i + 1 - len(shape.begin)
			if from < 0 || s[i-1] != shape.begin[len(shape.begin)-2] || s[from:i+1] != shape.begin || from > 0 && isAlnum(s[from-1]) {
				continue
			}
			end := i + 1
			for end < len(s) && (isAlnum(s[end]) || s[end] == '_' && sign == '_' && len(shape.begin) > 10 || s[end] == '-' && sign == '-' || s[end] == '_' && sign == '-') {
				end++
			}
			if end-i > shape.least {
				found = append(found, span{from, end})
			}
		}
	}
	return found
}

// ofGoogle finds API keys of Google: AIza and 35 more.
func ofGoogle(found []span, s string) []span {
	const begin, length = "AIza", 39
	for i := 0; ; {
		at := strings.Index(s[i:], begin)
		if at < 0 {
			return found
		}
		from := i + at
		end := from
		for end < len(s) && (isAlnum(s[end]) || s[end] == '_' || s[end] == '-') {
			end++
		}
		if end-from >= length && (from == 0 || !isAlnum(s[from-1])) {
			found = append(found, span{from, end})
		}
		i = end
	}
}

// ofAddress finds the password in https://user:password@host, and the token in https://token@host.
func ofAddress(found []span, s string, from int) []span {
	end := from
	for end < len(s) && strings.IndexByte("/?# \t\r\n\"'<>", s[end]) < 0 {
		end++
	}
	at := strings.LastIndexByte(s[from:end], '@')
	if at < 0 {
		return found
	}
	user, at := from+at, from+at
	if colon := strings.IndexByte(s[from:at], ':'); colon >= 0 {
		user = from + colon
		if user+1 < at && !hidesNothing(s[user+1:at]) {
			found = append(found, span{user + 1, at})
		}
	}
	if isTokenOfAddress(s[from:user]) {
		found = append(found, span{from, user})
	}
	return found
}

// isTokenOfAddress tells a token from the name of a user.
func isTokenOfAddress(user string) bool {
	if len(user) < 16 || strings.HasPrefix(user, masked) {
		return false
	}
	digits, letters := 0, 0
	for i := range len(user) {
		switch {
		case isDigit(user[i]):
			digits++
		case isLetter(user[i]):
			letters++
		case user[i] == '%' || user[i] == '@' || user[i] == '.':
			return false
		}
	}
	return digits >= 2 && letters > 0
}

// withB finds Bearer and Basic credentials and private keys, all of which have a B.
func withB(found []span, s string, b byte) []span {
	for i := strings.IndexByte(s, b); i >= 0; i = next(s, b, i) {
		rest := s[i:]
		switch {
		case strings.HasPrefix(rest, "BEGIN "):
			found = privateKey(found, s, i)
		case i > 0 && isAlnum(s[i-1]):
		case len(rest) > 7 && foldEqual(rest[:7], "bearer "):
			if to := i + 7 + tokenLength(rest[7:]); likelyToken(s[i+7 : to]) {
				found = append(found, span{i + 7, to})
			}
		case len(rest) > 6 && foldEqual(rest[:6], "basic "):
			if to := i + 6 + tokenLength(rest[6:]); isUserAndPassword(s[i+6 : to]) {
				found = append(found, span{i + 6, to})
			}
		}
	}
	return found
}

// tokenLength is the length of a token68 (RFC 9110 §11.2) at the beginning of a text.
func tokenLength(s string) int {
	n := 0
	for n < len(s) && (isAlnum(s[n]) || strings.IndexByte("-._~+/=", s[n]) >= 0) {
		n++
	}
	return n
}

// likelyToken tells a token from the word that may follow "bearer" in a sentence.
func likelyToken(s string) bool {
	return len(s) >= 20 || len(s) >= 8 && strings.ContainsAny(s, "0123456789")
}

// isUserAndPassword reports whether a text is a Basic credential (RFC 7617).
func isUserAndPassword(s string) bool {
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return err == nil && strings.Contains(string(decoded), ":")
}

// privateKey finds a block of RFC 7468, which may lack its end.
func privateKey(found []span, s string, begin int) []span {
	const dashes = "-----"
	start := begin - len(dashes)
	if start < 0 || s[start:begin] != dashes {
		return found
	}
	label, _, ok := strings.Cut(s[begin:], dashes)
	if !ok || len(label) > 60 || !strings.Contains(label, "PRIVATE KEY") {
		return found
	}
	end := dashes + "END " + strings.TrimPrefix(label, "BEGIN ") + dashes
	if at := strings.Index(s[begin:], end); at >= 0 {
		return append(found, span{start, begin + at + len(end)})
	}
	return append(found, span{start, len(s)})
}

// ofAmazon finds access keys of AWS: AKIA or ASIA and 16 capitals and digits.
func ofAmazon(found []span, s string) []span {
	const length = 20
	for i := strings.IndexByte(s, 'I'); i >= 0; i = next(s, 'I', i) {
		start := i - 2
		if start < 0 || start+length > len(s) || s[start] != 'A' || s[i-1] != 'K' && s[i-1] != 'S' || s[i+1] != 'A' {
			continue
		}
		end := start
		for end < len(s) && (isDigit(s[end]) || s[end]-'A' < 26) {
			end++
		}
		if end == start+length && (start == 0 || !isAlnum(s[start-1])) && (end == len(s) || !isAlnum(s[end])) {
			found = append(found, span{start, end})
		}
	}
	return found
}

// webTokens finds JSON web tokens (RFC 7519): three parts, the first beginning with eyJ, which is
// {" in base64.
func webTokens(found []span, s string) []span {
	for i := strings.IndexByte(s, 'J'); i >= 0; i = next(s, 'J', i) {
		start := i - 2
		if start < 0 || s[start] != 'e' || s[i-1] != 'y' || start > 0 && isAlnum(s[start-1]) {
			continue
		}
		end, dots := start, 0
		for end < len(s) && (isAlnum(s[end]) || s[end] == '-' || s[end] == '_' || s[end] == '.') {
			if s[end] == '.' {
				dots++
			}
			end++
		}
		if dots >= 2 && end-start >= 20 {
			found = append(found, span{start, end})
		}
	}
	return found
}
