package oncall

import (
	"fmt"
	"strings"
)

// Tally counts rosters by how they stand.
type Tally struct {
	Covered int // somebody is on call, the fallback person too
	Planned int // nobody, on purpose
	Gaps    int // nobody, and nobody meant that
}

// Count counts how rosters stand.
func Count(list []Standing) (t Tally) {
	for _, s := range list {
		switch s.State {
		case Covered, Fallback:
			t.Covered++
		case Nobody:
			t.Planned++
		case Gap:
			t.Gaps++
		}
	}
	return t
}

// String is the tally in words: "3 rosters covered, 1 with nobody as planned, 1 with a gap".
func (t Tally) String() string {
	var parts []string
	for _, p := range []struct {
		n     int
		words string
	}{{t.Covered, "covered"}, {t.Planned, "with nobody as planned"}, {t.Gaps, "with a gap"}} {
		if p.n == 0 {
			continue
		}
		noun := ""
		if len(parts) == 0 {
			noun = "roster "
			if p.n > 1 {
				noun = "rosters "
			}
		}
		parts = append(parts, fmt.Sprintf("%d %s%s", p.n, noun, p.words))
	}
	return strings.Join(parts, ", ")
}
