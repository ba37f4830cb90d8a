package ui

import "strings"

// Telephone is a number that can be dialled.
type Telephone struct {
	Text string // as people wrote it
	URL  string // tel:…
}

// Telephones are the numbers that Text would make links of.
func Telephones(s string) []Telephone {
	var out []Telephone
	for _, p := range pieces(s) {
		if strings.HasPrefix(p.href, "tel:") {
			out = append(out, Telephone{p.text, p.href})
		}
	}
	return out
}
