package ui_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mainstay/internal/web/ui"
)

// The readable pairs of tokens: what is written on what (WCAG 2.2, 1.4.3: at least 4.5 to 1).
var (
	inks     = []string{"text", "muted", "accent", "ok", "warn", "bad", "unknown", "maintenance"}
	papers   = []string{"bg", "surface", "raised", "hover", "picked"}
	pairs    = [][2]string{{"on-bad", "bad"}, {"on-warn", "warn"}, {"on-accent", "accent"}, {"bad", "bad-soft"}, {"text", "sunken"}, {"muted", "sunken"}, {"text", "warn-soft"}, {"text", "ok-soft"}, {"text", "info-soft"}}
	themes   = []string{"light", "dark"}
	tokenDef = regexp.MustCompile(`--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)
)

func TestTextIsReadableInBothThemes(t *testing.T) {
	for _, ink := range inks {
		for _, paper := range papers {
			pairs = append(pairs, [2]string{ink, paper})
		}
	}
	tokens := readTokens(t)
	for i, theme := range themes {
		for _, p := range pairs {
			ink, paper := tokens[p[0]][i], tokens[p[1]][i]
			if c := contrast(ink, paper); c < 4.5 {
				t.Errorf("%s: --%s %s on --%s %s has contrast %.2f", theme, p[0], ink, p[1], paper, c)
			}
		}
	}
}

func TestStateColoursAreTheChosenOnes(t *testing.T) {
	tokens := readTokens(t)
	for name, want := range map[string][2]string{
		"ok": {"#1a7f5a", "#9be8d4"}, "warn": {"#9a6700", "#f2b134"}, "bad": {"#a40e26", "#ff5c5c"}, "unknown": {"#66707c", "#8b949e"},
	} {
		if tokens[name] != want {
			t.Errorf("--%s is %v, want %v", name, tokens[name], want)
		}
	}
}

func readTokens(t *testing.T) map[string][2]string {
	t.Helper()
	tokens := map[string][2]string{}
	for _, m := range tokenDef.FindAllStringSubmatch(get(ui.Asset("app.css"), "").Body.String(), -1) {
		tokens[m[1]] = [2]string{m[2], m[3]}
	}
	for _, name := range append(inks, papers...) {
		if _, ok := tokens[name]; !ok {
			t.Fatalf("the style sheet has no --%s", name)
		}
	}
	return tokens
}

// contrast is the ratio of WCAG 2.2 for two colours like "#1a7f5a".
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(colour string) float64 {
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		panic(err)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8&255) + 0.0722*linear(n&255)
}

func linear(channel uint64) float64 {
	c := float64(channel) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}
