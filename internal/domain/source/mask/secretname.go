package mask

import "strings"

// longestName is how many bytes of a name are looked at, from its end.
const longestName = 64

// behindEncoded is where a name begins that an encoded sign stands in front of: password in %5Bpassword.
func behindEncoded(s string, start, end int) int {
	if start == 0 || s[start-1] != '%' {
		return start
	}
	if strings.HasPrefix(s[start:end], "25") {
		start += 2
	}
	if start+2 < end && isHex(s[start]) && isHex(s[start+1]) {
		return start + 2
	}
	return start
}

// maxBlanks is how wide a column of names is.
const maxBlanks = 64

// nameBefore is the name in front of a sign, and whether it is in quotes.
func nameBefore(s string, sign int) (name string, quoted bool) {
	end, quoted := beforeSign(s, sign)
	if end == 0 || !endsSecret(s[end-1]) {
		return "", false
	}
	start := end
	for start > 0 && end-start < longestName && (ofName(s[start-1]) || s[start-1] >= 0x80) {
		start--
	}
	start = behindEncoded(s, start, end)
	if end-start == len("passe") && start >= len("mot de ") && foldEqual(s[start-len("mot de "):start], "mot de ") {
		start -= len("mot de ")
	}
	return s[start:end], quoted
}

// beforeSign is where the name ends that stands in front of a sign, without blanks, quotes and brackets,
// which may be encoded as in addresses.
func beforeSign(s string, sign int) (end int, quoted bool) {
	end = sign
	for marks := 0; end > 0 && end > sign-maxBlanks && marks <= 4; {
		switch b := s[end-1]; {
		case b == ' ' || b == '\t':
			end--
		case strings.IndexByte("\"'`\\]", b) >= 0:
			end, quoted = end-1, true
			marks++
		case encodedMark(s, end) > 0:
			end, quoted = end-encodedMark(s, end), true
			marks++
		default:
			return end, quoted
		}
	}
	return end, quoted
}

// encodedMark is the length of an encoded quote, bracket or blank that ends at a place, such as %5D or
// %255D, 0 without one.
func encodedMark(s string, end int) int {
	if end < 3 {
		return 0
	}
	switch s[end-2 : end] {
	case "5D", "5d", "22", "27", "20":
	default:
		return 0
	}
	switch {
	case s[end-3] == '%':
		return 3
	case end >= 5 && s[end-5:end-2] == "%25":
		return 5
	}
	return 0
}

func isHex(b byte) bool { return isDigit(b) || b|0x20-'a' < 6 }

func ofName(b byte) bool { return isAlnum(b) || b == '_' || b == '-' || b == '.' }

// endsSecret reports whether a name of a secret, or one that says that a name follows, may end with a letter.
func endsSecret(b byte) bool {
	switch b | 0x20 {
	case 'a', 'c', 'd', 'e', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'y', 0xac: // of ь
		return true
	}
	return isDigit(b)
}

// secretNames are how names of secrets end, without what joins words, by their last letter:
// English, German, Dutch, French, Spanish, Portuguese and Russian.
var secretNames = map[byte][]string{
	'a':  {"contrasena", "contraseña", "senha"},
	'd':  {"password", "passwd", "pwd", "wachtwoord"},
	't':  {"secret", "passwort", "kennwort"},
	'n':  {"token", "authorization"},
	'y':  {"apikey", "accesskey", "secretkey", "privatekey", "authkey", "signingkey", "accountkey", "encryptionkey"},
	'e':  {"passphrase", "motdepasse"},
	's':  {"credentials"},
	0xac: {"пароль", "Пароль", "ПАРОЛЬ"},
}

// repeats are what follows a password that is asked for twice, or changed.
var repeats = []string{"confirmation", "confirm", "repeat", "repeated", "again", "retype", "verify"}

// nameKind says what a name tells of its value.
type nameKind int

const (
	notSecret      nameKind = iota
	aSecret                 // whatever it is
	likelySecret            // passwords, password_confirm, jwt: but for numbers, a yes and a no
	severalSecrets          // tokens, which may be how many they are, too
	shortSecret             // pass, which may be how many tests passed, too
	shortCode               // pin, otp and cvv, of digits
	sessionSecret           // what a session is known by, when it cannot be guessed
)

// kindOf reports whether a name says that its value is a secret: db_password, X-Api-Key,
// accessToken, password2.
func kindOf(name string) nameKind {
	whole := name
	name = withoutNumber(name)
	if name == "" || !endsSecret(name[len(name)-1]) {
		return notSecret
	}
	if endsWithSecret(name) {
		return aSecret
	}
	switch last := name[len(name)-1] | 0x20; last {
	case 's':
		switch {
		case isPass(name):
			return shortSecret
		case endsFold(name, "passwords") || endsFold(name, "passwds"):
			return likelySecret
		case endsWithSecret(name[:len(name)-1]) && !endsFold(name, "authorizations"):
			return severalSecrets
		}
	case 'd', 'g', 'e':
		if isSession(whole) {
			return sessionSecret
		}
	case 'p', 'v', 'c':
		if isLastWord(name, "otp") || isLastWord(name, "totp") || isLastWord(name, "cvv") || isLastWord(name, "cvc") {
			return shortCode
		}
	case 'n':
		if isLastWord(name, "pin") {
			return shortCode
		}
	case 'l':
		if isLastWord(name, "credential") {
			return likelySecret
		}
	}
	if isLastWord(name, "jwt") || repeatsPassword(name) {
		return likelySecret
	}
	return notSecret
}

// withoutNumber leaves the one or two digits at the end of a name.
func withoutNumber(name string) string {
	short := strings.TrimRight(name, "0123456789")
	if len(name)-len(short) > 2 {
		return name
	}
	return strings.TrimRight(short, "_-")
}

// repeatsPassword reports whether a name is that of a password that is asked for again.
func repeatsPassword(name string) bool {
	if len(name) < len("pwdagain") {
		return false
	}
	for _, r := range repeats {
		if endsFold(name, r) {
			name = strings.TrimRight(name[:len(name)-len(r)], "_-.")
			return endsFold(name, "password") || endsFold(name, "passwd") || endsFold(name, "pwd")
		}
	}
	return false
}

// isSession reports whether a name is that of what a session, or a signed address, is known by.
func isSession(name string) bool {
	switch {
	case endsFold(name, "sessionid"), endsFold(name, "session-id"), endsFold(name, "session_id"),
		endsFold(name, "sessid"), endsFold(name, "connect.sid"):
		return true
	}
	return foldEqual(name, "sig") || endsFold(name, "x-amz-signature") || endsFold(name, "x-goog-signature")
}

// isSessionSecret tells what nobody can guess from a number that is counted up.
func isSessionSecret(value string) bool {
	if len(value) < 16 || strings.HasPrefix(value, "0x") || strings.HasPrefix(value, masked) {
		return false
	}
	letters, digits := 0, 0
	for i := range len(value) {
		switch b := value[i]; {
		case isLetter(b):
			letters++
		case isDigit(b):
			digits++
		case strings.IndexByte("-_.%:!|+/=~", b) < 0:
			return false
		}
	}
	return letters > 0 && digits > 0
}

// isShortCode reports whether a value is a PIN, a code for once, or that of a card.
func isShortCode(name, value string) bool {
	least := 4
	if last := withoutNumber(name); last[len(last)-1]|0x20 != 'n' && last[len(last)-1]|0x20 != 'p' {
		least = 3
	}
	return len(value) >= least && len(value) <= 8 && strings.Trim(value, "0123456789") == ""
}

// endsWithSecret reports whether the letters of a name end with one of secretNames.
func endsWithSecret(name string) bool {
	if name == "" {
		return false
	}
	var letters [longestName]byte
	n := len(letters)
	for i := len(name) - 1; i >= 0 && n > 0; i-- {
		if b := name[i]; isLetter(b) {
			n--
			letters[n] = b | 0x20
		} else if b >= 0x80 {
			n--
			letters[n] = b
			if b == 0x91 { // of Ñ
				letters[n] = 0xb1
			}
		} else if isDigit(b) {
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

// isPass reports whether the last word of a name is pass: db_pass and dbPass, but not bypass.
func isPass(name string) bool { return isLastWord(name, "pass") }

// isLastWord reports whether a name is a word, or ends with it.
func isLastWord(name, word string) bool {
	at := len(name) - len(word)
	return at >= 0 && foldEqual(name[at:], word) &&
		(at == 0 || !isAlnum(name[at-1]) && name[at-1] < 0x80 || name[at]-'A' < 26 && name[at-1] >= 'a')
}

// surelyPassword tells the password behind "pass" from how many tests passed and from a word of a
// sentence: a name in quotes, of several words or at the beginning of what it is in.
func surelyPassword(s string, sign int, name, value string, quoted bool) bool {
	if plainNumbers(value) && len(value) < 4 || saysLittle(value) {
		return false
	}
	if s[sign] == '=' || quoted || len(name) > len("pass") {
		return !plainNumbers(value) || s[sign] == '='
	}
	for _, option := range []string{"-pass ", "-passin ", "-passout "} { // of openssl
		if s[sign] == ':' && strings.HasSuffix(s[:sign-len(name)], option) {
			return true
		}
	}
	before := strings.TrimRight(s[:sign], " ")
	before = strings.TrimRight(before[:len(before)-len(name)], " \t-")
	return before == "" || strings.IndexByte("\n{,;(", before[len(before)-1]) >= 0
}

// looksLikeDirectory tells the shell's working directory from a password.
func looksLikeDirectory(name, value string) bool {
	return strings.HasSuffix(name, "PWD") && strings.HasPrefix(value, "/")
}

// plainNumbers reports whether a text is a number or a list of them.
func plainNumbers(value string) bool {
	return strings.Trim(value, "0123456789.,+- []") == ""
}

// saysLittle reports whether a value is a yes or a no.
func saysLittle(value string) bool {
	switch strings.ToLower(value) {
	case "true", "false", "yes", "no", "ok", "null", "none", "-", "":
		return true
	}
	return false
}

// harmless are what objects that are named after a secret say of it, last.
var harmless = map[string]bool{
	"type": true, "kind": true, "name": true, "namespace": true, "length": true, "len": true, "size": true, "count": true,
	"total": true, "ttl": true, "age": true, "expires": true, "expiresin": true, "expiresat": true, "expiry": true,
	"expired": true, "expiration": true, "exp": true, "iat": true, "issuedat": true, "issuer": true, "algorithm": true,
	"alg": true, "policy": true, "strength": true, "required": true, "valid": true, "status": true, "state": true,
	"result": true, "error": true, "reason": true, "message": true, "created": true, "createdat": true, "updated": true,
	"updatedat": true, "changed": true, "changedat": true, "lastchanged": true, "version": true, "provider": true,
	"username": true, "user": true, "scope": true, "scopes": true, "attempts": true, "used": true, "limit": true,
}

// saysNothingOf reports whether a name in an object only describes the secret that the object is of.
func saysNothingOf(name string) bool {
	name = strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	return harmless[name]
}

// fieldHolds reports whether the value of a field is a secret by the field's name, or by the name of
// an object in which it is: password, db.password.v.
func fieldHolds(name, value string) bool {
	if value == "" || looksLikeDirectory(name, value) {
		return false
	}
	if kind := kindOf(name); kind != notSecret {
		return holds(kind, name, value)
	}
	return withinSecret(name) && !saysLittle(value)
}

// holds reports whether what is named after a secret is one.
func holds(kind nameKind, name, value string) bool {
	switch kind {
	case aSecret:
		return !looksLikeDirectory(name, value)
	case likelySecret, severalSecrets:
		return !plainNumbers(value) && !saysLittle(value)
	case shortSecret:
		return !saysLittle(value) && !(plainNumbers(value) && len(value) < 4)
	case shortCode:
		return isShortCode(name, value)
	case sessionSecret:
		return isSessionSecret(value)
	}
	return false
}

// withinSecret reports whether a name is that of a part of something secret.
func withinSecret(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || saysNothingOf(name[dot+1:]) {
		return false
	}
	for ; dot > 0; dot = strings.LastIndexByte(name[:dot], '.') {
		parent := name[:dot]
		if isCookie(parent) && !isAttribute(name[len(parent)+1:]) {
			return true
		}
		switch kindOf(parent) {
		case aSecret, likelySecret, severalSecrets:
			if !endsFold(parent, "authorization") { // who may do what, mostly
				return true
			}
		}
	}
	return false
}

func endsFold(s, lower string) bool {
	return len(s) >= len(lower) && foldEqual(s[len(s)-len(lower):], lower)
}
