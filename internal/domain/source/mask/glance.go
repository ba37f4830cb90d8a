package mask

import (
	"slices"
	"strings"
)

// A glance at a line says whether it may have a secret. It looks at every second group of four
// letters, so of each word that it is after it must know two groups that begin next to each
// other; whichever way the word stands, one of them is looked at.

// groups of four letters of what secrets have, in lower case.
var groups = []string{
	"assw", "sswo", "sswd", // password, passwd
	"phra", "hras", // passphrase
	"secr", "ecre",
	"toke", "oken",
	"oriz", "riza", // authorization
	"rede", "eden", // credentials
	"bear", "eare",
	"basi", "asic",
	"begi", "egin", // of a private key
	"akia", "asia", // access keys of AWS
	"mst_", "mik_", "msk_",
	"nnwo", "ennw", "htwo", "twoo", "senh", "enha", // Kennwort, wachtwoord, senha
	"ntra", "tras", // contraseña
	"ot d", "t de", "motd", "otde", "ot_d", "t_de", "ot-d", "t-de", // mot de passe
	"ooki", "okie",
	"pass",                                                 // and nothing behind it
	"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "_pat", "pat_", // of GitHub
	"xoxa", "xoxb", "xoxe", "xoxp", "xoxr", "xoxs", "oxa-", "oxb-", "oxe-", "oxp-", "oxr-", "oxs-", // of Slack
	"glpa", "lpat", "sk_l", "rk_l", "k_li", "sk_t", "rk_t", "k_te", "npm_", "aiza",
	"\xd0\xbe\xd0\xbb", "\xbe\xd0\xbb\xd1", "\xbe\xd0\xbb\xd0", // of пароль
	"on_i", "n_id", "on-i", "n-id", "z-si", "g-si", "-sig", "ck.c", "k.co", // session_id, X-Amz-Signature, slack.com
	"curl", "url ", "rtto", "tto-", "tifi", "ifie", // curl -u, ConvertTo-SecureString, IDENTIFIED BY
	"sshp", "shpa", "mysq", "ysql", "riad", "iadb", "ocke", "cker", "podm", "odma", // programs with -p
}

// exact are the groups as they are looked at.
var exact = func() (out []uint32) {
	for _, g := range groups {
		out = append(out, groupOf(g))
	}
	return out
}()

func groupOf(s string) uint32 {
	return fold(uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24)
}

// Words of three letters, what may stand in front of them and behind them; with either they
// make a group.
var threes = []struct{ word, before, behind string }{
	{"pwd", everything, afterName + "_-."},
	{"key", "istehgn_-.", afterName},
	{"eyj", notAlnum, base64Letters},
	{"aki", notAlnum, ""},
	{"asi", notAlnum, ""},
	{"mst", notAlnum, ""},
	{"mik", notAlnum, ""},
	{"msk", notAlnum, ""},
	{"hp_", "", base64Letters}, {"ho_", "", base64Letters}, {"hu_", "", base64Letters}, {"hs_", "", base64Letters},
	{"hr_", "", base64Letters}, {"pm_", "", base64Letters}, {"iza", "", base64Letters},
	{"ass", "", afterName},
	{"jwt", punctuation, afterName},
	{"pin", punctuation, afterName}, {"otp", punctuation + "t", afterName}, {"cvv", punctuation, afterName}, {"cvc", punctuation, afterName},
	{"sig", "?&;", "="},
	{"nid", "o", afterName}, {"sid", "s.", afterName}, // sessionid, PHPSESSID, connect.sid
}

const (
	afterName     = "=: \"'`\\]\t>%&\x1b0123456789"
	punctuation   = "\t\n\r !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	base64Letters = "abcdefghijklmnopqrstuvwxyz0123456789-_"
)

var (
	everything = func() string {
		var b [256]byte
		for i := range b {
			b[i] = byte(i)
		}
		return string(b[:])
	}()
	notAlnum = func() string {
		var out []byte
		for i := range 256 {
			if !isAlnum(byte(i)) {
				out = append(out, byte(i))
			}
		}
		return string(out)
	}()
)

// bitset has a bit for every hash of a group.
type bitset [1 << hashBits / 64]uint64

func (t *bitset) set(x uint32) {
	h := groupHash(x)
	t[h/64] |= 1 << (h % 64)
}

// has is 1 when a group may be there.
func (t *bitset) has(x uint32) uint64 {
	h := groupHash(x)
	return t[h/64] >> (h % 64) & 1
}

// glance has every group.
var glance = tableOf(1)

// again has them by another hash, because two groups seldom have both the same.
var again = tableOf(hashFactor)

func tableOf(factor uint32) *bitset {
	table := new(bitset)
	for _, g := range groups {
		table.set(groupOf(g) * factor)
	}
	for _, w := range threes {
		for i := range len(w.before) {
			table.set(groupOf(w.before[i:i+1]+w.word) * factor)
		}
		for i := range len(w.behind) {
			table.set(groupOf(w.word+w.behind[i:i+1]) * factor)
		}
	}
	return table
}

const (
	hashBits   = 17
	hashFactor = 0x567a2e83 // of sixty, the one with the fewest groups of ordinary lines that have the hash of one of a secret
)

// fold makes one of capitals and small letters.
func fold(x uint64) uint32 { return uint32(x) | 0x20202020 }

func groupHash(x uint32) uint32 { return x * hashFactor >> (32 - hashBits) }

// sure looks again, because hashes of different groups may be the same, and at what stands around
// the group of a word that is in many lines.
func sure(s string, at int, x uint32) bool {
	if glance.has(x) == 0 || again.has(x*hashFactor) == 0 {
		return false
	}
	b := [4]byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)}
	switch string(b[:]) {
	case "mysq", "ysql", "riad", "iadb":
		return strings.Contains(s[at:], " -p")
	case "ocke", "cker", "podm", "odma":
		return strings.Contains(s[at:], " login ")
	case "pass":
		return passBefore(s, at+4)
	}
	if is, known := surely(s, at, string(b[:])); known {
		return is
	}
	switch string(b[1:]) {
	case "pwd", "key", "eyj", "aki", "asi", "mst", "mik", "msk":
		return true
	}
	switch string(b[:3]) {
	case "pwd", "key", "eyj":
		return true
	case "hp\x7f", "ho\x7f", "hu\x7f", "hs\x7f", "hr\x7f": // _ when it is folded
		return at > 0 && s[at-1] == 'g'
	case "pm\x7f":
		return at > 0 && s[at-1] == 'n'
	case "iza":
		return at > 0 && s[at-1] == 'A'
	case "ass":
		if passBefore(s, at+3) {
			return true
		}
	}
	return slices.Contains(exact, x)
}

// surely looks at what stands around groups that are in many words.
func surely(s string, at int, group string) (is, known bool) {
	around := s[max(0, at-10):min(len(s), at+14)]
	switch group {
	case "onid", "nid=", "nid:", "nid\"", "nid ", "nid|", "nid%", "nid<", "nid>", "on\x7fi", "n\x7fid", "on-i", "n-id", "on.i", "n.id":
		return containsFold(around, "session"), true
	case "essi", "ssid":
		return containsFold(around, "sessid"), true
	case "t.si", ".sid":
		return containsFold(around, "connect.sid"), true
	case "curl", "url ":
		return strings.Contains(around, "curl "), true
	case "rtto", "tto-":
		return containsFold(around, "rtto-s"), true
	case "tifi", "ifie":
		return containsFold(around, "identified by"), true
	case "z-si", "g-si", "e-si", "-sig":
		return containsFold(around, "z-signature") || containsFold(around, "goog-signature"), true
	case "ck.c", "k.co":
		return containsFold(around, "slack.com"), true
	case "\xf0\xbe\xf0\xbb", "\xbe\xf0\xbb\xf1", "\xbe\xf0\xbb\xf0":
		return strings.Contains(around, "ароль") || strings.Contains(around, "АРОЛЬ"), true
	}
	switch {
	case group[:3] == "nid", group[1:] == "nid":
		return containsFold(around, "sessionid"), true
	case group[:3] == "sid", group[1:] == "sid":
		return containsFold(around, "sessid") || containsFold(around, "connect.sid"), true
	}
	for _, word := range []string{"pin", "otp", "cvv", "cvc", "jwt", "sig"} {
		if group[:3] == word || group[1:] == word {
			return true, true
		}
	}
	return false, false
}

// containsFold is strings.Contains with a text in lower case, for short texts.
func containsFold(s, lower string) bool {
	for i := 0; i+len(lower) <= len(s); i++ {
		if foldEqual(s[i:i+len(lower)], lower) {
			return true
		}
	}
	return false
}

// passBefore reports whether "pass" ends here, as the name of something or as an option.
func passBefore(s string, end int) bool {
	start := end - len("pass")
	if start < 0 || end >= len(s) || !foldEqual(s[start:end], "pass") || strings.IndexByte(afterName, s[end]) < 0 {
		return false
	}
	if s[end] != ' ' || start > 0 && s[start-1] == '-' {
		return true
	}
	rest := strings.TrimLeft(s[end:min(len(s), end+5)], " ")
	return rest != "" && (rest[0] == '=' || rest[0] == ':')
}

// maySecret reports whether a text may have a secret, and whether it has more than ASCII.
func maySecret(s string) (secret, more bool) {
	table, i, all := glance, 0, uint64(0)
	for ; i+8 <= len(s); i += 6 {
		x := word(s, i)
		all |= x
		a, b, c := fold(x), fold(x>>16), fold(x>>32)
		if table.has(a)|table.has(b)|table.has(c) != 0 {
			if sure(s, i, a) || sure(s, i+2, b) || sure(s, i+4, c) {
				return true, all&highBits != 0 || !isASCII(s[i:])
			}
		}
	}
	more = all&highBits != 0 || !isASCII(s[i:])
	for ; i+4 <= len(s); i += 2 {
		if sure(s, i, groupOf(s[i:])) {
			return true, more
		}
	}
	return strings.IndexByte(s, '@') >= 0 && strings.Contains(s, "://"), more
}

// isASCII reports whether a text has nothing else.
func isASCII(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if word(s, i)&highBits != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
