package source

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
	{"pwd", everything, afterName},
	{"key", "istehgn_-.", afterName},
	{"eyj", notAlnum, base64Letters},
	{"aki", notAlnum, ""},
	{"asi", notAlnum, ""},
	{"mst", notAlnum, ""},
	{"mik", notAlnum, ""},
	{"msk", notAlnum, ""},
}

const (
	afterName     = "=: \"'`\\]\t"
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

// glance has an entry for every group, by its hash.
var glance = func() (table [1 << hashBits]bool) {
	for _, g := range groups {
		table[groupHash(groupOf(g))] = true
	}
	for _, w := range threes {
		for i := range len(w.before) {
			table[groupHash(groupOf(w.before[i:i+1]+w.word))] = true
		}
		for i := range len(w.behind) {
			table[groupHash(groupOf(w.word+w.behind[i:i+1]))] = true
		}
	}
	return table
}()

const hashBits = 15

// fold makes one of capitals and small letters.
func fold(x uint64) uint32 { return uint32(x) | 0x20202020 }

func groupHash(x uint32) uint32 { return x * 0x9e3779b1 >> (32 - hashBits) }

// sure looks again, because hashes of different groups may be the same.
func sure(x uint32) bool {
	if !glance[groupHash(x)] {
		return false
	}
	b := [4]byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24)}
	switch string(b[1:]) {
	case "pwd", "key", "eyj", "aki", "asi", "mst", "mik", "msk":
		return true
	}
	switch string(b[:3]) {
	case "pwd", "key", "eyj":
		return true
	}
	return slices.Contains(exact, x)
}

// maySecret reports whether a text may have a secret.
func maySecret(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 6 {
		x := word(s, i)
		a, b, c := fold(x), fold(x>>16), fold(x>>32)
		if glance[groupHash(a)] || glance[groupHash(b)] || glance[groupHash(c)] {
			if sure(a) || sure(b) || sure(c) {
				return true
			}
		}
	}
	for ; i+4 <= len(s); i += 2 {
		if sure(groupOf(s[i:])) {
			return true
		}
	}
	return strings.IndexByte(s, '@') >= 0 && strings.Contains(s, "://")
}
