package api

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/strictjson"
	"mainstay/internal/edge"
)

// maxBody is how many bytes of JSON are taken; files and configuration have limits of their own.
const maxBody = 1 << 20

// admit refuses what no route needs to look at: strangers, paths that lead nowhere, text
// that cannot be stored, JSON that is not sound.
func (a *API) admit(r *http.Request) (edge.Problem, bool) {
	if edge.Actor(r.Context()).Kind == "" {
		return edge.ProblemOf(errs.Unauthenticatedf("sign in, or send a token: Authorization: Bearer …")), true
	}
	_, pattern := a.mux.Handler(r)
	if pattern == "" {
		return edge.ProblemOf(edge.Unmatched(a.mux, r, "there is nothing at "+r.URL.Path+"; see /api/openapi.json")), true
	}
	if err := cleanURL(r); err != nil {
		return edge.Malformed(err), true
	}
	if r.Body == nil || r.Body == http.NoBody || !isJSON(r) || a.streamed[pattern] {
		return edge.Problem{}, false
	}
	if err := soundBody(r); err != nil {
		return edge.Malformed(err), true
	}
	return edge.Problem{}, false
}

// cleanURL refuses what PostgreSQL cannot even compare with.
func cleanURL(r *http.Request) error {
	var c errs.Check
	c.Require(clean(r.URL.Path), "path", "must be valid UTF-8 without NUL")
	for name, values := range r.URL.Query() {
		for _, v := range values {
			c.Require(clean(name) && clean(v), strings.ToValidUTF8(name, "?"), "must be valid UTF-8 without NUL")
		}
	}
	return c.Err("the address")
}

func clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// isJSON reports whether huma would read the body as JSON.
func isJSON(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err != nil || t == "application/json" || strings.HasSuffix(t, "+json")
}

// cutOff says that a body did not come whole. Too large and too slow ones say so themselves.
func cutOff(err error) error {
	switch edge.ProblemOf(err).Status {
	case http.StatusRequestEntityTooLarge, http.StatusRequestTimeout:
		return err
	}
	return errs.Invalidf("the request was cut off")
}

// soundBody reads the body, looks at it, and puts it back.
func soundBody(r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return cutOff(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 {
		r.Body = http.NoBody
		return nil
	}
	return strictjson.Check(body, "")
}
