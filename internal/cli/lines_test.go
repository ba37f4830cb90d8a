package cli

import (
	"strings"
	"testing"
)

// TestWhatStrangersWroteCannotActInATerminal: neither in lines nor in statistics, nor where the
// answer comes in pieces.
func TestWhatStrangersWroteCannotActInATerminal(t *testing.T) {
	const answer = `{"_time":"2026-11-02T12:00:00Z","_msg":"\u001b[31mred\u001b[0m \u001b]0;x\u0007 \u202egnp.exe\nsecond"}` + "\n" + "{\"user\":\"\u202eroot\x1b[2J\"}\n"
	var out strings.Builder
	w := &rawLines{out: &out}
	for i := range len(answer) {
		if _, err := w.Write([]byte(answer[i : i+1])); err != nil {
			t.Fatal(err)
		}
	}
	want := "2026-11-02T12:00:00Z red ‹U+001B›]0;x‹U+0007› ‹U+202E›gnp.exe\nsecond\n" + `{"user":"‹U+202E›root‹U+001B›[2J"}` + "\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
