package mask

import "strings"

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
	for start > 0 && end-start < longestName && (ofName(s[start-1]) || s[start-1] >= 0x80) {
		start--
	}
	if end-start == len("passe") && start >= len("mot de ") && foldEqual(s[start-len("mot de "):start], "mot de ") {
		start -= len("mot de ")
	}
	return s[start:end], quoted
}

func ofName(b byte) bool { return isAlnum(b) || b == '_' || b == '-' || b == '.' }

// endsSecret reports whether a name of a secret may end with a letter.
func endsSecret(b byte) bool {
	switch b | 0x20 {
	case 'a', 'd', 'e', 'n', 's', 't', 'y':
		return true
	}
	return false
}

// secretNames are how names of secrets end, without what joins words, by their last letter:
// English, German, Dutch, French, Spanish and Portuguese.
var secretNames = map[byte][]string{
	'a': {"contrasena", "contraseña", "senha"},
	'd': {"password", "passwd", "pwd", "wachtwoord"},
	't': {"secret", "passwort", "kennwort"},
	'n': {"token", "authorization"},
	'y': {"apikey", "accesskey", "secretkey", "privatekey", "authkey", "signingkey", "accountkey", "encryptionkey"},
	'e': {"passphrase", "motdepasse"},
	's': {"credentials"},
}

// nameKind says what a name tells of its value.
type nameKind int

const (
	notSecret      nameKind = iota
	aSecret                 // whatever it is
	severalSecrets          // tokens, which may be how many they are, too
	shortSecret             // pass, which may be how many tests passed, too
)

// kindOf reports whether a name says that its value is a secret: db_password, X-Api-Key,
// accessToken.
func kindOf(name string) nameKind {
	if name == "" || !endsSecret(name[len(name)-1]) {
		return notSecret
	}
	if endsWithSecret(name) {
		return aSecret
	}
	switch last := name[len(name)-1] | 0x20; {
	case last != 's':
		return notSecret
	case isPass(name):
		return shortSecret
	case endsWithSecret(name[:len(name)-1]) && !endsFold(name, "authorizations"):
		return severalSecrets
	}
	return notSecret
}

// endsWithSecret reports whether the letters of a name end with one of secretNames.
func endsWithSecret(name string) bool {
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
func isPass(name string) bool {
	at := len(name) - len("pass")
	return at >= 0 && foldEqual(name[at:], "pass") &&
		(at == 0 || !isAlnum(name[at-1]) && name[at-1] < 0x80 || name[at] == 'P' && name[at-1] >= 'a')
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
	switch kindOf(name) {
	case aSecret:
		return true
	case severalSecrets:
		return !plainNumbers(value) && !saysLittle(value)
	case shortSecret:
		return !saysLittle(value) && !(plainNumbers(value) && len(value) < 4)
	}
	return withinSecret(name) && !saysLittle(value)
}

// withinSecret reports whether a name is that of a part of something secret.
func withinSecret(name string) bool {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || saysNothingOf(name[dot+1:]) {
		return false
	}
	for ; dot > 0; dot = strings.LastIndexByte(name[:dot], '.') {
		switch parent := name[:dot]; kindOf(parent) {
		case aSecret, severalSecrets:
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
