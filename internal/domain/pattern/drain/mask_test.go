package drain

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestALineIsTakenApartTheSameWhateverCameBefore(t *testing.T) {
	pieces := []string{" ", " ", "a", "user", "7", "10.0.0.1", "x9y8z7", `"q r"`, `'`, "<", ">", "<quoted>", "<time>", "<num>", "/a/b7", "=",
		"2026-03-01T10:00:00Z", "Mar  7 13:06:56", "deadbeef01", "é", "https://a/7", `"GET /x HTTP/1.1" 200 `, strings.Repeat("y", maxLiteral), "id=7", "id=8"}
	line := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "pieces"), "")
	})
	var used masker
	rapid.Check(t, func(t *rapid.T) {
		text := line.Draw(t, "line")
		var fresh masker
		fresh.message(text)
		used.message(text)
		if !slices.Equal(used.tokens, fresh.tokens) || !slices.Equal(used.words, fresh.words) || used.wide != fresh.wide {
			t.Errorf("%q: %q and %q", text, fresh.tokens, used.tokens)
		}
		if want := shapesOf(fresh.tokens); fresh.wide != want {
			t.Errorf("%q: wide are %b of %q, not %b", text, want, fresh.tokens, fresh.wide)
		}
	})
}
