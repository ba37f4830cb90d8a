package ui

import (
	"regexp"
	"strings"
)

// piece is a run of plain text or one address.
type piece struct {
	text string
	link bool
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"']+`)

// pieces cuts text at web addresses. A full stop or bracket that ends a sentence stays outside.
func pieces(s string) []piece {
	var out []piece
	for len(s) > 0 {
		at := webAddress.FindStringIndex(s)
		if at == nil {
			return append(out, piece{text: s})
		}
		link := strings.TrimRight(s[at[0]:at[1]], ".,;:!?)]}")
		if at[0] > 0 {
			out = append(out, piece{text: s[:at[0]]})
		}
		out = append(out, piece{text: link, link: true})
		s = s[at[0]+len(link):]
	}
	return out
}
