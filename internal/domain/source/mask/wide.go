package mask

import (
	"strings"
	"unicode/utf8"
)

// hasWide reports whether a text may have digits that are no ASCII, or spaces, hyphens and invisible
// characters that are none, between which a number may stand: those that plainOf knows.
func hasWide(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		switch s[i] {
		case 0xc2:
			if s[i+1] == 0xa0 || s[i+1] == 0xad {
				return true
			}
		case 0xd9, 0xdb:
			return true
		case 0xe2:
			if s[i+1] == 0x80 || s[i+1] == 0x81 || s[i+1] == 0x88 {
				return true
			}
		case 0xe3:
			if s[i+1] == 0x80 {
				return true
			}
		case 0xef:
			if s[i+1] >= 0xbb && s[i+1] <= 0xbd {
				return true
			}
		}
	}
	return false
}

// plainOf is the ASCII character that a reader takes another one for; 0 for what nobody sees, and
// -1 for all others.
func plainOf(r rune) rune {
	switch {
	case r >= '０' && r <= '９':
		return r - '０' + '0'
	case r >= 'Ａ' && r <= 'Ｚ':
		return r - 'Ａ' + 'A'
	case r >= 'ａ' && r <= 'ｚ':
		return r - 'ａ' + 'a'
	case r >= 0x0660 && r <= 0x0669: // Arabic
		return r - 0x0660 + '0'
	case r >= 0x06f0 && r <= 0x06f9: // Persian
		return r - 0x06f0 + '0'
	case r == 0x00a0, r >= 0x2000 && r <= 0x200a, r == 0x202f, r == 0x205f, r == 0x3000: // spaces
		return ' '
	case r == 0xff1d: // = and :, full width
		return '='
	case r == 0xff1a:
		return ':'
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xff0d: // hyphens, dashes, minus
		return '-'
	case r == 0x00ad, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff:
		return 0
	}
	return -1
}

// hideWide hides numbers in a text as a reader sees it.
func (n numbers) hideWide(s string) string {
	plain, at := plainText(s)
	return n.hideIn(s, plain, at)
}

// plainText is a text as a reader sees it, without colours, and the place in it of every byte of that, and of
// the end.
func plainText(s string) (string, []int) {
	var plain strings.Builder
	plain.Grow(len(s))
	at := make([]int, 0, len(s)+1)
	for i := 0; i < len(s); {
		if n := colourAt(s, i); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch p := plainOf(r); {
		case r < utf8.RuneSelf || p < 0:
			plain.WriteString(s[i : i+size])
			for j := range size {
				at = append(at, i+j)
			}
		case p > 0:
			plain.WriteByte(byte(p))
			at = append(at, i)
		}
		i += size
	}
	return plain.String(), append(at, len(s))
}

// escapes are how ESC is written, by itself and in texts that are escaped.
var escapes = []string{"\x1b", `\u001b`, `\u001B`, `\x1b`, `\x1B`, `\033`, `#033`}

// colourAt is the length of a sequence that sets a colour (ECMA-48 §8.3.117), 0 without one.
func colourAt(s string, i int) int {
	if b := s[i]; b != 0x1b && b != '\\' && b != '#' {
		return 0
	}
	for _, esc := range escapes {
		if !strings.HasPrefix(s[i:], esc+"[") {
			continue
		}
		end := i + len(esc) + 1
		for end < len(s) && end-i < 32 && (isDigit(s[end]) || s[end] == ';') {
			end++
		}
		if end < len(s) && s[end] == 'm' {
			return end + 1 - i
		}
	}
	return 0
}

// hideWideSecrets hides secrets in a text as a reader sees it.
func hideWideSecrets(s, with string) string {
	plain, at := plainText(s)
	found := secretsIn(plain)
	for i, v := range found {
		if v.from >= v.to {
			continue
		}
		last := at[v.to-1]
		_, size := utf8.DecodeRuneInString(s[last:])
		if at[v.to] < last+size { // inside of a character that is no ASCII
			size = at[v.to] - last
		}
		found[i] = span{at[v.from], last + size}
	}
	return replaced(s, found, with)
}

// hasColour reports whether a text may have colours.
func hasColour(s string) bool {
	return strings.IndexByte(s, 0x1b) >= 0 || strings.Contains(s, "b[") || strings.Contains(s, "B[") || strings.Contains(s, "033[")
}
