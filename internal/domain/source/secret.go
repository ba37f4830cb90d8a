package source

import (
	"encoding/base64"
	"strings"
)

// minSecret is the length of the shortest text with a secret: pwd=x.
const minSecret = 5

// hideSecrets hides what follows names of secrets (password=…, "token": "…", Authorization: …),
// credentials in addresses, and what looks like a secret wherever it stands. Lines
// that can have none are passed over at a glance.
func hideSecrets(s, with string) string {
	if !maySecret(s) {
		return s
	}
	var found []span
	found = afterNames(found, s, '=')
	found = afterNames(found, s, ':')
	found = withB(found, s, 'B')
	found = withB(found, s, 'b')
	found = ofAmazon(found, s)
	found = webTokens(found, s)
	found = ourKeys(found, s)
	return replaced(s, found, with)
}

// afterNames finds the values that stand behind names of secrets.
func afterNames(found []span, s string, sign byte) []span {
	for i := strings.IndexByte(s, sign); i >= 0; i = next(s, sign, i) {
		if sign == ':' && strings.HasPrefix(s[i:], "://") {
			if p, ok := passwordOfAddress(s, i+3); ok {
				found = append(found, p)
			}
			continue
		}
		name, quoted := nameBefore(s, i)
		if name == "" || !secretName(name) {
			continue
		}
		if v := valueAfter(s, i, quoted); v.from < v.to && !looksLikeDirectory(name, s[v.from:v.to]) {
			found = append(found, v)
		}
	}
	return found
}

// next is where b stands after i, -1 without one.
func next(s string, b byte, i int) int {
	if at := strings.IndexByte(s[i+1:], b); at >= 0 {
		return i + 1 + at
	}
	return -1
}

// longestName is how many bytes of a name are looked at, from its end.
const longestName = 64

// nameBefore is the name in front of a sign, and whether it is in quotes.
func nameBefore(s string, sign int) (name string, quoted bool) {
	end := sign
	for end > 0 && end > sign-5 && strings.IndexByte(" \"'`\\]\t", s[end-1]) >= 0 {
		quoted = quoted || s[end-1] != ' '
		end--
	}
	if end == 0 || !endsSecret(s[end-1]) {
		return "", false
	}
	start := end
	for start > 0 && end-start < longestName && ofName(s[start-1]) {
		start--
	}
	return s[start:end], quoted
}

func ofName(b byte) bool { return isAlnum(b) || b == '_' || b == '-' || b == '.' }

// endsSecret reports whether a name of a secret may end with a letter.
func endsSecret(b byte) bool {
	switch b | 0x20 {
	case 'd', 't', 'n', 'y', 'e', 's':
		return true
	}
	return false
}

// secretNames are how names of secrets end, without what joins words, by their last letter.
var secretNames = map[byte][]string{
	'd': {"password", "passwd", "pwd"},
	't': {"secret"},
	'n': {"token", "authorization"},
	'y': {"apikey", "accesskey", "secretkey", "privatekey", "authkey", "signingkey", "accountkey", "encryptionkey"},
	'e': {"passphrase"},
	's': {"credentials"},
}

// secretName reports whether a name says that its value is a secret: db_password, X-Api-Key,
// accessToken.
func secretName(name string) bool {
	if name == "" || !endsSecret(name[len(name)-1]) {
		return false
	}
	var letters [longestName]byte
	n := len(letters)
	for i := len(name) - 1; i >= 0 && n > 0; i-- {
		if isLetter(name[i]) {
			n--
			letters[n] = name[i] | 0x20
		} else if isDigit(name[i]) {
			break
		}
	}
	for _, ending := range secretNames[name[len(name)-1]|0x20] {
		if len(ending) <= len(letters)-n && string(letters[len(letters)-len(ending):]) == ending {
			return !isProgram(name, ending)
		}
	}
	return false
}

// isProgram tells chpasswd and gpasswd, which write to the log, from old_passwd and dbPasswd.
func isProgram(name, ending string) bool {
	at := len(name) - len(ending)
	return ending == "passwd" && at > 0 && isLetter(name[at-1]) && name[at] >= 'a'
}

// looksLikeDirectory tells the shell's working directory from a password.
func looksLikeDirectory(name, value string) bool {
	return strings.HasSuffix(name, "PWD") && strings.HasPrefix(value, "/")
}

// valueAfter is the value behind a sign. Quotes may be escaped, as in JSON within a text.
func valueAfter(s string, sign int, quotedName bool) span {
	v := sign + 1
	for v < len(s) && (s[v] == '=' || s[v] == '>') { // == and =>
		v++
	}
	if s[sign] == ':' && v < len(s) && s[v] == ':' {
		return span{}
	}
	for v < len(s) && (s[v] == ' ' || s[v] == '\t') {
		v++
	}
	slashes := 0
	for v+slashes < len(s) && s[v+slashes] == '\\' {
		slashes++
	}
	if at := v + slashes; at < len(s) && (s[at] == '"' || s[at] == '\'' || s[at] == '`') {
		return withoutScheme(s, span{at + 1, closing(s, at+1, s[at], slashes)})
	}
	if quotedName && v < len(s) && s[v] == '{' { // an object: its own names say what is secret
		return span{}
	}
	if v < len(s) && s[v] == '[' && !strings.HasPrefix(s[v:], masked) {
		if end := strings.IndexByte(s[v:], ']'); end > 0 {
			return span{v, v + end + 1}
		}
	}
	return bareValue(s, v)
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
// the next name. Schemes with parameters reach to the end of the line.
func bareValue(s string, from int) span {
	named := scheme(s[from:])
	from += len(named)
	if hasParameters(named) {
		if end := strings.IndexAny(s[from:], "\r\n\"'"); end >= 0 && named != "" {
			return span{from, from + end}
		}
		return span{from, len(s)}
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

// passwordOfAddress is the password in https://user:password@host.
func passwordOfAddress(s string, from int) (span, bool) {
	end := from
	for end < len(s) && strings.IndexByte("/?# \t\r\n\"'<>", s[end]) < 0 {
		end++
	}
	at := strings.LastIndexByte(s[from:end], '@')
	colon := strings.IndexByte(s[from:end], ':')
	if colon < 0 || at <= colon+1 || hidesNothing(s[from+colon+1:from+at]) {
		return span{}, false
	}
	return span{from + colon + 1, from + at}, true
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

// ourKeys finds the secrets that this product gives out: API tokens, integration keys, source keys.
func ourKeys(found []span, s string) []span {
	const shortest = 16 // after the prefix; they have 32
	for i := strings.IndexByte(s, '_'); i >= 0; i = next(s, '_', i) {
		if i < 3 || s[i-3] != 'm' {
			continue
		}
		if kind := s[i-3 : i]; kind != "mst" && kind != "mik" && kind != "msk" {
			continue
		}
		end := i + 1
		for end < len(s) && isAlnum(s[end]) {
			end++
		}
		if end-i > shortest {
			found = append(found, span{i - 3, end})
		}
	}
	return found
}
