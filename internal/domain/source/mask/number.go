package mask

import (
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// numbers hides card numbers and IBANs.
type numbers struct {
	card, iban     bool
	cardAs, ibanAs string // "" for what is usual
}

// minNumber is the length of the shortest card number.
const minNumber = 13

// hide goes from one run of digits to the next, because both numbers have one at a known place;
// more says that the text has more than ASCII.
func (n numbers) hide(s string, more bool) string {
	if !n.card && !n.iban {
		return s
	}
	s = n.hideIn(s, s, nil) // first as it is, so that a wide digit behind a number does not hide it
	if more && hasWide(s) {
		return n.hideWide(s)
	}
	return s
}

// hideIn looks for numbers in plain, and hides them in s; at has the place in s of every byte of
// plain, nil when they are the same.
func (n numbers) hideIn(s, plain string, at []int) string {
	var b strings.Builder
	done := 0 // how much of plain is in b
	for p := nextRun(plain, 0); p >= 0; {
		from, to, as := n.at(plain, p)
		if to == 0 || from < done {
			p = nextRun(plain, p+1)
			continue
		}
		b.WriteString(s[place(at, done):place(at, from)])
		b.WriteString(as)
		done = to
		p = nextRun(plain, to)
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[place(at, done):])
	return b.String()
}

func place(at []int, i int) int {
	if at == nil {
		return i
	}
	return at[i]
}

// at looks for a number at a run of digits and says what shall stand there; to is 0 without one.
func (n numbers) at(s string, p int) (from, to int, as string) {
	if n.iban && p >= 2 && isLetter(s[p-1]) && isLetter(s[p-2]) {
		if end := ibanAt(s, p-2); end > 0 {
			return p - 2, end, or(n.ibanAs, "[iban]")
		}
	}
	if n.card {
		if end := cardAt(s, p); end > 0 {
			end = overlapped(s, p, end)
			return p, end, or(n.cardAs, "[card …"+lastDigits(s[p:end])+"]")
		}
	}
	return 0, 0, ""
}

// overlapped is where the numbers end that begin inside of the one from p to end, or inside of
// one of these: only one of them may be a card's, and nobody can tell which.
func overlapped(s string, p, end int) int {
	for q := nextRun(s, p+1); q >= 0 && q < end; q = nextRun(s, q+1) {
		end = max(end, cardAt(s, q))
	}
	return end
}

// instant is what shall stand in the place of an instant that was made of a card number, "" for all
// others. Those from 2001 to 2033 begin with a 1 in every unit, as no card does.
func (n numbers) instant(t time.Time) string {
	micro := t.UnixMicro()
	if !n.card || t.IsZero() || micro >= 1_000_000_000_000_000 && micro < 2_000_000_000_000_000 {
		return ""
	}
	for _, number := range []int64{t.Unix(), t.UnixMilli(), micro, t.UnixNano()} {
		if s := strconv.FormatInt(number, 10); isCard(s) {
			return or(n.cardAs, "[card …"+lastDigits(s)+"]")
		}
	}
	return ""
}

func or(s, usual string) string {
	if s != "" {
		return s
	}
	return usual
}

// Bits of every byte of a word.
const (
	lowBits  = 0x7f7f7f7f7f7f7f7f
	highBits = 0x8080808080808080
	zeros    = 0x3030303030303030 // '0' eight times
	pastNine = 0x7676767676767676 // what carries 10 and more into the high bit
)

// word is eight bytes of a text, the first one lowest; the compiler makes one load of it.
func word(s string, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// nextRun finds where the next run of digits begins at which a number may stand: two digits
// after two letters, or four digits. -1 without one. Eight bytes are looked at at a time.
func nextRun(s string, from int) int {
	carry := uint64(0)
	if from > 0 && isDigit(s[from-1]) {
		carry = 0x80
	}
	letters := uint64(highBits >> 48 << 48) // in front of the text: perhaps
	i := from
	for ; i+8 <= len(s); i += 8 {
		x := word(s, i)
		t := x ^ zeros
		digits := ^((t&lowBits + pastNine) | t) & highBits
		starts := digits &^ (digits<<8 | carry)
		carry = digits >> 56
		pairs := starts & (digits>>8 | 0x80<<56) // what is beyond the word: perhaps
		four := pairs & (digits>>16 | 0x8080<<48) & (digits>>24 | 0x808080<<40)
		is := x << 1 & highBits // letters, and little else
		pairs &= (is<<8 | letters>>56) & (is<<16 | letters>>48)
		letters = is
		for found := four | pairs; found != 0; found &= found - 1 {
			if p := i + bits.TrailingZeros64(found)/8; mayBe(s, p) {
				return p
			}
		}
	}
	for ; i < len(s); i++ {
		digit := isDigit(s[i])
		if digit && carry == 0 && mayBe(s, i) {
			return i
		}
		carry = 0
		if digit {
			carry = 0x80
		}
	}
	return -1
}

// mayBe looks at what stands around the first digit of a run. Years are no cards: behind four
// digits and a separator there are three more.
func mayBe(s string, p int) bool {
	if p+minNumber > len(s) || !isDigit(s[p+1]) {
		return false
	}
	if isDigit(s[p+3]) && isDigit(s[p+2]) && (isDigit(s[p+4]) || isDigit(s[p+7]) && isDigit(s[p+6]) && (isDigit(s[p+5]) || s[p+4] == ' ' && s[p+5] == ' ') || s[p+4] == '%') {
		return true
	}
	return p >= 2 && isLetter(s[p-1]) && isLetter(s[p-2])
}

func isDigit(b byte) bool  { return b-'0' < 10 }
func isLetter(b byte) bool { return b|0x20-'a' < 26 }
func isAlnum(b byte) bool  { return isDigit(b) || isLetter(b) }

// maxDigits is the length of the longest card number (ISO/IEC 7812).
const maxDigits = 19

// cardAt returns where the card number ends that begins with the run of digits at p, 0 without
// one. Its groups may stand apart, all by the same separator, in the ways in which cards are written.
func cardAt(s string, p int) int {
	var groups, ends [5]int
	n, total, separator := 0, 0, ""
	for i := p; n < len(groups); n++ {
		start := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		if total += i - start; i == start || total > maxDigits {
			break
		}
		groups[n], ends[n] = i-start, i
		width := separates(s, i)
		if width == 0 || separator != "" && s[i:i+width] != separator {
			n++
			break
		}
		separator = s[i : i+width]
		i += width
	}
	for ; n > 0; n-- {
		if end := ends[n-1]; shaped(groups[:n]) && isCard(withoutBlanks(s[p:end], separator)) {
			return end
		}
	}
	return 0
}

// withoutBlanks leaves out separators that have digits themselves.
func withoutBlanks(s, separator string) string {
	if len(separator) < 3 {
		return s
	}
	return strings.ReplaceAll(s, separator, "")
}

// separates is the length of what stands between groups of digits: one character, two blanks, or a blank
// as in addresses; 0 for anything else.
func separates(s string, i int) int {
	if i == len(s) {
		return 0
	}
	switch s[i] {
	case ' ':
		if i+1 < len(s) && s[i+1] == ' ' {
			return 2
		}
		return 1
	case '-', '.', '+', '\t':
		return 1
	case '%':
		if i+2 < len(s) && s[i+1] == '2' && s[i+2] == '0' {
			return 3
		}
	}
	return 0
}

// shaped reports whether cards are written in such groups.
func shaped(groups []int) bool {
	switch len(groups) {
	case 1:
		return groups[0] >= minNumber
	case 2:
		return groups[0] == 8 && groups[1] == 8 || groups[0] == 6 && groups[1] == 13 || groups[0] == 6 && groups[1] == 10
	case 3:
		return groups[0] == 4 && (groups[1] == 6 && (groups[2] == 5 || groups[2] == 4) || groups[1] == 4 && groups[2] == 5)
	}
	if len(groups) == 4 && groups[0] == 4 && groups[1] == 3 && groups[2] == 3 && groups[3] == 3 {
		return true
	}
	for _, g := range groups[:len(groups)-1] {
		if g != 4 {
			return false
		}
	}
	return groups[len(groups)-1] <= 4
}

// isCard reports whether the digits of a text are a card's: its issuer is known, its length is
// one of the issuer's, and its check digit is right (Luhn, ISO/IEC 7812-1 annex B).
func isCard(s string) bool {
	n, first := 0, 0
	for i := range len(s) {
		if isDigit(s[i]) {
			if n++; n <= 6 {
				first = first*10 + int(s[i]-'0')
			}
		}
	}
	return n >= minNumber && n <= maxDigits && issued(first, n) && luhn(s)
}

func luhn(s string) bool {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if !isDigit(s[i]) {
			continue
		}
		d := int(s[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// issuer is a range of the first six digits and the lengths of its numbers.
type issuer struct{ from, to, least, most int }

var issuers = []issuer{
	{400000, 499999, 13, 19}, // Visa: 13, 16, 19
	{510000, 559999, 16, 16}, // Mastercard
	{222100, 272099, 16, 16},
	{340000, 349999, 15, 15}, // American Express
	{370000, 379999, 15, 15},
	{300000, 305999, 14, 19}, // Diners Club
	{309500, 309599, 14, 19},
	{360000, 369999, 14, 19},
	{380000, 399999, 14, 19},
	{601100, 601199, 16, 19}, // Discover
	{644000, 659999, 16, 19},
	{352800, 358999, 16, 19}, // JCB
	{620000, 629999, 16, 19}, // UnionPay
	{810000, 817199, 16, 19},
	{220000, 220499, 16, 19}, // Mir
	{508500, 508999, 16, 16}, // RuPay
	{606900, 608499, 16, 16},
	{501800, 501899, 13, 19}, // Maestro
	{502000, 502099, 13, 19},
	{503800, 503899, 13, 19},
	{561200, 561299, 13, 19},
	{589300, 589399, 13, 19},
	{630400, 630499, 13, 19},
	{639000, 639099, 13, 19},
	{670600, 670999, 13, 19},
	{675900, 676399, 13, 19},
	{677100, 677199, 13, 19},
}

func issued(first, length int) bool {
	for _, i := range issuers {
		if first >= i.from && first <= i.to {
			return length >= i.least && length <= i.most && (i.from != 400000 || length%3 == 1)
		}
	}
	return false
}

// lastDigits are the last four, which receipts show, too (PCI DSS 3.4).
func lastDigits(s string) string {
	var out [4]byte
	for i, n := len(s)-1, 3; i >= 0 && n >= 0; i-- {
		if isDigit(s[i]) {
			out[n] = s[i]
			n--
		}
	}
	return string(out[:])
}
