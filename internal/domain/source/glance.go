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

// glance has a bit for every group, by its hash.
var glance = func() (bitmap [1 << 12]uint64) {
	set := func(g string) {
		h := groupHash(groupOf(g))
		bitmap[h>>6] |= 1 << (h & 63)
	}
	for _, g := range groups {
		set(g)
	}
	for b := range 256 { // words of three letters may have anything before or after them
		any := string([]byte{byte(b)})
		for _, w := range []string{"pwd", "key", "eyj", "aki", "asi", "mst", "mik", "msk"} {
			set(any + w)
		}
		for _, w := range []string{"pwd", "key", "eyj"} {
			set(w + any)
		}
	}
	return bitmap
}()

// fold makes one of capitals and small letters.
func fold(x uint64) uint32 { return uint32(x) | 0x20202020 }

func groupHash(x uint32) uint32 { return x * 0x9e3779b1 >> 14 }

func glimpsed(x uint32) bool {
	h := groupHash(x)
	return glance[h>>6]>>(h&63)&1 != 0 && sure(x)
}

// sure looks again, because hashes of different groups may be the same.
func sure(x uint32) bool {
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
		if glimpsed(fold(x)) || glimpsed(fold(x>>16)) || glimpsed(fold(x>>32)) {
			return true
		}
	}
	for ; i+4 <= len(s); i += 2 {
		if glimpsed(uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24 | 0x20202020) {
			return true
		}
	}
	return strings.IndexByte(s, '@') >= 0 && strings.Contains(s, "://")
}
