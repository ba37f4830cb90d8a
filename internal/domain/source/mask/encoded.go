package mask

import "strings"

// inEncoded finds values behind names of secrets in what is encoded as in addresses (RFC 3986 §2.1),
// once or twice: password%3D…, %22password%22%3A%22….
func inEncoded(found []span, s string) []span {
	for i := strings.IndexByte(s, '%'); i >= 0; {
		value, colon := encodedSign(s, i)
		if value > 0 {
			name, quoted := nameBefore(s, i)
			if kind := kindOf(name); kind != notSecret && kind != severalSecrets && (quoted || !colon) {
				v := encodedValue(s, value)
				if !hidesNothing(s[v.from:v.to]) && holds(kind, name, s[v.from:v.to]) {
					found = append(found, v)
				}
				i = max(i, v.to-1)
			}
		}
		i = next(s, '%', i)
	}
	return found
}

// encodedSign is where the value behind an encoded = or : begins, 0 without one.
func encodedSign(s string, at int) (value int, colon bool) {
	value = at + 1
	if strings.HasPrefix(s[value:], "25") {
		value += 2
	}
	if value+2 > len(s) || s[value] != '3' {
		return 0, false
	}
	switch s[value+1] | 0x20 {
	case 'd':
		return value + 2, false
	case 'a':
		return value + 2, true
	}
	return 0, false
}

// encodedValue is a value up to what ends it, encoded or not.
func encodedValue(s string, from int) span {
	for {
		n := encodedAt(s, from, "20", "22", "27")
		if n == 0 {
			break
		}
		from += n
	}
	end := from
	for end < len(s) && strings.IndexByte("& \t\r\n\"'`<>", s[end]) < 0 &&
		encodedAt(s, end, "26", "22", "27", "0A", "0D", "7D", "5D") == 0 {
		end++
	}
	if end < from+len(masked) || !strings.HasPrefix(s[from:], masked) {
		return span{from, end}
	}
	return span{from, from}
}

// encodedAt is the length of one of some encoded characters, 0 when none stands there.
func encodedAt(s string, at int, codes ...string) int {
	if at >= len(s) || s[at] != '%' {
		return 0
	}
	code := at + 1
	if strings.HasPrefix(s[code:], "25") {
		code += 2
	}
	if code+2 > len(s) {
		return 0
	}
	for _, c := range codes {
		if s[code] == c[0] && (s[code+1] == c[1] || s[code+1] == c[1]|0x20) {
			return code + 2 - at
		}
	}
	return 0
}

// brackets are those of tags as they are written in texts that are escaped.
var brackets = []struct{ open, shut string }{{"&lt;", "&gt;"}, {`\u003c`, `\u003e`}, {`\u003C`, `\u003E`}}

// inEscapedElements finds what is in elements whose brackets are escaped.
func inEscapedElements(found []span, s string) []span {
	if !strings.Contains(s, "&lt;") && !strings.Contains(s, `\u003`) {
		return found
	}
	for _, b := range brackets {
		for i := strings.Index(s, b.open); i >= 0; {
			start := i + len(b.open)
			end := start
			for end < len(s) && end-start < longestName && (ofName(s[end]) || s[end] == ':') {
				end++
			}
			next := end
			if name := s[start:end]; name != "" && kindOf(name) != notSecret && strings.HasPrefix(s[end:], b.shut) {
				from := end + len(b.shut)
				to := strings.Index(s[from:], b.open)
				if to < 0 {
					return found
				}
				next = from + to
				if value := s[from:next]; !hidesNothing(value) && !saysLittle(value) && holds(kindOf(name), name, value) {
					found = append(found, span{from, next})
				}
			}
			at := strings.Index(s[next:], b.open)
			if at < 0 {
				break
			}
			i = next + at
		}
	}
	return found
}
