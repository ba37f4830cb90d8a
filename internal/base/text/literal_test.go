package text_test

import (
	"testing"

	"mainstay/internal/base/text"
)

func TestTheTextThatEveryMatchHasIsInEveryMatch(t *testing.T) {
	for expression, want := range map[string]string{
		`ACC-(\d+)`: "ACC-", `(?i)acc`: "", `a|b`: "", `(?:order=)+\d`: "order=", `x?abc.*de`: "abc", `(foo)?`: "", `[`: "",
	} {
		if got := text.Literal(expression); got != want {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}
