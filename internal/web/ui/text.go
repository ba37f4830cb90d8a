package ui

import (
	"regexp"
	"strings"
)

// piece is a run of plain text, or something that can be opened or called.
type piece struct {
	text string
	href string // empty for plain text
}

// outside reports whether the piece leads to another site, which opens in a tab of its own.
func (p piece) outside() bool { return strings.HasPrefix(p.href, "http") }

// reachable finds web addresses, mail addresses, telephone numbers in their international form,
// and numbers behind a word for telephone, which may be those of a house.
var reachable = regexp.MustCompile(`(https?://[^\s<>"']+)` +
	`|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)` +
	`|(\+[0-9][0-9 ()-]{6,18}[0-9])` +
	`|(?i:\b(?:telephone|phone|tel\.?))[ :]+(\+?[0-9][0-9 ()-]{1,18}[0-9])`)

const schemes = 4 // groups of reachable: as it is, mailto, tel, tel

// pieces cuts text at addresses. A full stop or bracket that ends a sentence stays outside.
func pieces(s string) []piece {
	var out []piece
	for len(s) > 0 {
		from, to, href := next(s)
		if href == "" {
			return append(out, piece{text: s})
		}
		if from > 0 {
			out = append(out, piece{text: s[:from]})
		}
		out = append(out, piece{text: s[from:to], href: href})
		s = s[to:]
	}
	return out
}

// next finds the first address in s.
func next(s string) (from, to int, href string) {
	at := reachable.FindStringSubmatchIndex(s)
	for group := 1; at != nil && group <= schemes; group++ {
		from, to := at[2*group], at[2*group+1]
		if from < 0 {
			continue
		}
		text := strings.TrimRight(s[from:to], ".,;:!?)]}")
		return from, from + len(text), linkTo(group, text)
	}
	return 0, 0, ""
}

func linkTo(group int, text string) string {
	switch group {
	case 1:
		return text
	case 2:
		return "mailto:" + text
	}
	return "tel:" + strings.NewReplacer(" ", "", "(", "", ")", "", "-", "").Replace(text)
}
