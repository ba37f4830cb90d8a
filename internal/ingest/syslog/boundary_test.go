package syslog

import (
	"fmt"
	"strings"
	"testing"
)

// TestCountsAreReadWhereverTheyLieInTheBuffer: a count that the end of the buffer cuts in two moves
// while it is looked at.
func TestCountsAreReadWhereverTheyLieInTheBuffer(t *testing.T) {
	var sent strings.Builder
	var want int
	for sent.Len() < 4<<20 {
		m := fmt.Sprintf("<13>1 - - - - - - message %d %s", want, strings.Repeat("x", want%37))
		fmt.Fprintf(&sent, "%d %s", len(m), m)
		want++
	}
	got, _ := all(t, strings.NewReader(sent.String()))
	if len(got) != want {
		t.Fatalf("%d messages of %d", len(got), want)
	}
	for i, m := range got {
		if !strings.HasPrefix(m, fmt.Sprintf("<13>1 - - - - - - message %d ", i)) {
			t.Fatalf("message %d is %.80q", i, m)
		}
	}
}
