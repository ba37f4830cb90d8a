package syslog

import (
	"fmt"
	"strings"
	"testing"
)

// TestCountsAreReadWhereverTheyLieInTheBuffer: a count that the end of the buffer cuts in two moves
// while it is looked at.
func TestCountsAreReadWhereverTheyLieInTheBuffer(t *testing.T) {
	size := newFrames(nil).r.Size()
	for before := size - 100; before < size; before++ {
		first := "<1>" + strings.Repeat("x", before)
		sent := fmt.Sprintf("%d %s", len(first), first)
		for n := range 3 {
			sent += fmt.Sprintf("130 <13>%0126d", n)
		}
		sent += strings.Repeat("\n", size) // fills the buffer anew
		got, _ := all(t, strings.NewReader(sent))
		if len(got) != 4 || len(got[1]) != 130 || len(got[3]) != 130 {
			t.Fatalf("with %d bytes before: %d messages, such as %.80q", before, len(got), got[1])
		}
	}
}
