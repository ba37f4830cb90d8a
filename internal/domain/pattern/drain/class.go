package drain

import "strings"

// Classes of characters.
const (
	letter uint8 = 1 << iota
	digit
	hexa // a to f
	joins
	space
	quote
	closes // ends a path
)

// class says what each byte is. Bytes of letters beyond ASCII are letters.
var class = func() (c [256]uint8) {
	for b := 0; b < 256; b++ {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b == '_', b >= 0x80:
			c[b] = letter
			if lower := b | 0x20; b < 0x80 && lower >= 'a' && lower <= 'f' {
				c[b] |= hexa
			}
		case b >= '0' && b <= '9':
			c[b] = digit | hexa
		case b <= ' ' || b == 0x7f:
			c[b] = space
		}
	}
	for _, b := range []byte(".:/-+%@~") {
		c[b] |= joins
	}
	for _, b := range []byte(`"'`) {
		c[b] |= quote | closes
	}
	for _, b := range []byte("`()[]{}<>,;|") {
		c[b] |= closes
	}
	return c
}()

func skipSpace(s string, at int) int {
	for at < len(s) && class[s[at]]&space != 0 {
		at++
	}
	return at
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) > 0
}

// fits compares the beginning of a text with a form, in which 0 stands for a digit.
func fits(s string, at int, form string) bool {
	if len(s)-at < len(form) {
		return false
	}
	for i := range len(form) {
		c := s[at+i]
		if form[i] == '0' {
			if c < '0' || c > '9' {
				return false
			}
		} else if c != form[i] {
			return false
		}
	}
	return true
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

func isMonth(s string) bool {
	at := strings.Index(months, s)
	return len(s) == 3 && at >= 0 && at%3 == 0
}

// syslogTime is where "Mar  7 13:06:56" ends (RFC 3164 §4.1.2), 0 when it is something else.
func syslogTime(s string, at int) int {
	if !isMonth(s[at : at+3]) {
		return 0
	}
	day := skipSpace(s, at+3)
	end := day
	for end < len(s) && class[s[end]]&digit != 0 {
		end++
	}
	if end == day || end-day > 2 || end >= len(s) || s[end] != ' ' || !fits(s, end+1, "00:00:00") {
		return 0
	}
	return fraction(s, end+9)
}

// timeIn is where a date, a time of day or both end that begin at an offset; at itself when there
// is none.
func timeIn(s string, at int) int {
	if s[at] < '0' || s[at] > '9' || len(s)-at < len("00:00:00") {
		return at
	}
	if c, d := s[at+2], s[at+4]; c != ':' && c != '/' && d != '-' && d != '/' { // nearly always
		return at
	}
	switch {
	case fits(s, at, "0000-00-00"), fits(s, at, "0000/00/00"):
		end := at + 10
		if end < len(s) && (s[end] == 'T' || s[end] == ' ') && fits(s, end+1, "00:00") {
			return clockTime(s, end+1)
		}
		if end < len(s) && class[s[end]]&(letter|digit) != 0 {
			return at
		}
		return end
	case fits(s, at, "00:00:00"):
		return clockTime(s, at)
	case len(s)-at >= 20 && fits(s, at, "00/") && isMonth(s[at+3:at+6]) && fits(s, at+6, "/0000:00:00:00"):
		return offset(s, at+20)
	}
	return at
}

func clockTime(s string, at int) int {
	at += 5
	if fits(s, at, ":00") {
		at += 3
	}
	return offset(s, fraction(s, at))
}

// fraction skips ".143" and ",143".
func fraction(s string, at int) int {
	if at+1 < len(s) && (s[at] == '.' || s[at] == ',') && class[s[at+1]]&digit != 0 {
		at++
		for at < len(s) && class[s[at]]&digit != 0 {
			at++
		}
	}
	return at
}

// offset skips "Z", "+01:00" and " +0100".
func offset(s string, at int) int {
	switch {
	case at < len(s) && s[at] == 'Z':
		return at + 1
	case fits(s, at, " +0000"), fits(s, at, " -0000"), fits(s, at, "+00:00"), fits(s, at, "-00:00"):
		return at + 6
	case fits(s, at, "+0000"), fits(s, at, "-0000"):
		return at + 5
	}
	return at
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range 36 {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && class[s[i]]&hexa == 0 {
			return false
		}
	}
	return true
}

// ipIn is how long the IPv4 or IPv6 address is with which a run begins, 0 when there is none.
func ipIn(s string) int {
	dots, colons, group, i := 0, 0, 0, 0
	plain := true // digits and dots alone
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && plain && group > 0:
			dots++
			group = 0
		case c == ':' && dots == 0:
			colons++
			group, plain = 0, false
		case class[c]&digit != 0 && group < 4:
			group++
		case class[c]&hexa != 0 && group < 4 && dots == 0:
			group++
			plain = false
		default:
			return ipEnd(s, i, dots, colons, group)
		}
	}
	return ipEnd(s, i, dots, colons, group)
}

func ipEnd(s string, at, dots, colons, group int) int {
	if at < len(s) && class[s[at]]&(letter|digit) != 0 {
		return 0
	}
	if dots == 3 && colons == 0 && group > 0 && group <= 3 || colons >= 3 && dots == 0 {
		return at
	}
	return 0
}

func httpVerb(s string) int {
	for _, verb := range [...]string{"GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "PATCH ", "OPTIONS "} {
		if strings.HasPrefix(s, verb) {
			return len(verb) - 1
		}
	}
	return 0
}
