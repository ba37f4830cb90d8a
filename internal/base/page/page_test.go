package page_test

import (
	"encoding/base64"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
)

type key struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

func TestCursorComesBackAsItWas(t *testing.T) {
	want := key{-12, `a"<é`}
	got := key{At: 1 << 62, ID: "~"}
	if ok, err := page.Decode(page.Encode(want), &got); !ok || err != nil || got != want {
		t.Errorf("%+v %v %v", got, ok, err)
	}
	if ok, err := page.Decode("", &got); ok || err != nil || got != want {
		t.Errorf("none: %+v %v %v", got, ok, err)
	}
}

func TestOnlyOurOwnCursorsAreTaken(t *testing.T) {
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for _, forged := range []string{
		"abc", "%%%", raw(" "), raw("null"), raw("{}"), raw("[]"), raw(`"a"`), raw(`{"a":1}`), raw(`{"i":"x"}`), raw(`{"a":1,"i":"x","b":2}`),
		raw(`{"A":1,"i":"x"}`), raw(`{"i":"x","a":1}`), raw(`{"a":1,"i":"x"} `), raw(`{"a":1e300,"i":"x"}`), raw(`{"a":null,"i":null}`),
		page.Encode(key{1, "x"}) + "=", page.Encode("x"), page.Encode(7),
	} {
		k := key{At: 1 << 62, ID: "~"}
		if _, err := page.Decode(forged, &k); !errs.Is(err, errs.Invalid) || errs.FieldsOf(err)[0].Path != "cursor" {
			t.Errorf("%q: %v", forged, err)
		}
	}
}
