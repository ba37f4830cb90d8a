package mask

// ibanLengths are the countries of the IBAN registry (ISO 13616) and how long theirs are.
var ibanLengths = map[[2]byte]int{
	{'A', 'D'}: 24, {'A', 'E'}: 23, {'A', 'L'}: 28, {'A', 'T'}: 20, {'A', 'Z'}: 28, {'B', 'A'}: 20, {'B', 'E'}: 16,
	{'B', 'G'}: 22, {'B', 'H'}: 22, {'B', 'I'}: 27, {'B', 'R'}: 29, {'B', 'Y'}: 28, {'C', 'H'}: 21, {'C', 'R'}: 22,
	{'C', 'Y'}: 28, {'C', 'Z'}: 24, {'D', 'E'}: 22, {'D', 'J'}: 27, {'D', 'K'}: 18, {'D', 'O'}: 28, {'E', 'E'}: 20,
	{'E', 'G'}: 29, {'E', 'S'}: 24, {'F', 'I'}: 18, {'F', 'K'}: 18, {'F', 'O'}: 18, {'F', 'R'}: 27, {'G', 'B'}: 22,
	{'G', 'E'}: 22, {'G', 'I'}: 23, {'G', 'L'}: 18, {'G', 'R'}: 27, {'G', 'T'}: 28, {'H', 'N'}: 28, {'H', 'R'}: 21,
	{'H', 'U'}: 28, {'I', 'E'}: 22, {'I', 'L'}: 23, {'I', 'Q'}: 23, {'I', 'S'}: 26, {'I', 'T'}: 27, {'J', 'O'}: 30,
	{'K', 'W'}: 30, {'K', 'Z'}: 20, {'L', 'B'}: 28, {'L', 'C'}: 32, {'L', 'I'}: 21, {'L', 'T'}: 20, {'L', 'U'}: 20,
	{'L', 'V'}: 21, {'L', 'Y'}: 25, {'M', 'C'}: 27, {'M', 'D'}: 24, {'M', 'E'}: 22, {'M', 'K'}: 19, {'M', 'N'}: 20,
	{'M', 'R'}: 27, {'M', 'T'}: 31, {'M', 'U'}: 30, {'N', 'I'}: 28, {'N', 'L'}: 18, {'N', 'O'}: 15, {'O', 'M'}: 23,
	{'P', 'K'}: 24, {'P', 'L'}: 28, {'P', 'S'}: 29, {'P', 'T'}: 25, {'Q', 'A'}: 29, {'R', 'O'}: 24, {'R', 'S'}: 22,
	{'R', 'U'}: 33, {'S', 'A'}: 24, {'S', 'C'}: 31, {'S', 'D'}: 18, {'S', 'E'}: 24, {'S', 'I'}: 19, {'S', 'K'}: 24,
	{'S', 'M'}: 27, {'S', 'O'}: 23, {'S', 'T'}: 25, {'S', 'V'}: 28, {'T', 'L'}: 23, {'T', 'N'}: 24, {'T', 'R'}: 26,
	{'U', 'A'}: 29, {'V', 'A'}: 22, {'V', 'G'}: 24, {'X', 'K'}: 20, {'Y', 'E'}: 30,
}

// ibanAt returns where the IBAN ends that begins at start, 0 without one. It is written together,
// or in groups of four, in capitals or not; nothing that belongs to a longer word is one.
func ibanAt(s string, start int) int {
	length := ibanLengths[[2]byte{s[start] &^ 0x20, s[start+1] &^ 0x20}]
	if length == 0 || start+length > len(s) || !freeBefore(s, start) {
		return 0
	}
	separator := byte(0)
	if b := s[start+4]; b == ' ' || b == '-' {
		separator = b
	}
	var letters [34]byte
	i := start
	for n := 0; n < length; n++ {
		if separator != 0 && n > 0 && n%4 == 0 {
			if i >= len(s) || s[i] != separator {
				return 0
			}
			i++
		}
		if i >= len(s) || !isAlnum(s[i]) {
			return 0
		}
		letters[n] = s[i]
		i++
	}
	if i < len(s) && isAlnum(s[i]) || mod97(letters[:length]) != 1 {
		return 0
	}
	return i
}

// freeBefore reports whether a word may begin here: after anything but a letter or digit, or
// after the word IBAN.
func freeBefore(s string, at int) bool {
	if at >= 4 && foldEqual(s[at-4:at], "iban") {
		at -= 4
	}
	return at == 0 || !isAlnum(s[at-1])
}

// foldEqual compares with a text in lower case.
func foldEqual(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		if b := s[i]; b != lower[i] && (b|0x20 != lower[i] || !isLetter(b)) {
			return false
		}
	}
	return true
}

// mod97 is the remainder that checks an IBAN (ISO 7064, MOD 97-10): the first four letters go to
// the end, and A to Z are 10 to 35.
func mod97(letters []byte) (rest int) {
	for i := range letters {
		b := letters[(i+4)%len(letters)]
		if isDigit(b) {
			rest = (rest*10 + int(b-'0')) % 97
		} else {
			rest = (rest*100 + int(b&^0x20-'A') + 10) % 97
		}
	}
	return rest
}
