package action_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/web/action"
)

func TestFormFieldsAreReadAsPeopleMeanThem(t *testing.T) {
	form := url.Values{"line": {" Ana \t"}, "block": {"one\r\ntwo\r\n"}, "lines": {"one\r\n\r\n two "}, "words": {"a, b\nc  d"}, "picked": {"x", "y"}}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := action.Line(r, "line"); got != "Ana" {
		t.Errorf("line %q", got)
	}
	if got := action.Block(r, "block"); got != "one\ntwo" {
		t.Errorf("block %q", got)
	}
	for name, test := range map[string]struct{ got, want []string }{
		"lines":  {action.Lines(r, "lines"), []string{"one", "two"}},
		"words":  {action.Words(r, "words"), []string{"a", "b", "c", "d"}},
		"picked": {action.Picked(r, "picked"), []string{"x", "y"}},
		"none":   {action.Picked(r, "none"), nil},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: %q, want %q", name, test.got, test.want)
		}
	}
}

func TestFoldSaysWhichEntryOfAListIsWrong(t *testing.T) {
	var c errs.Check
	c.Add("tier", "must be 1 to 4")
	c.Add("functions[1].percent", "must be 1 to 100")
	c.Add("support[0]", "names nobody")
	err := action.Fold(c.Err("the service"))
	want := "the service is not valid: tier must be 1 to 4; functions entry 2 percent must be 1 to 100; support entry 1 names nobody"
	if err.Error() != want || errs.KindOf(err) != errs.Invalid {
		t.Errorf("%v, want %s", err, want)
	}
}
