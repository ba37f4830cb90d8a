package api

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/strictjson"
	"mainstay/internal/edge"
)

const (
	maxBody  = 1 << 20          // bytes of JSON; files and configuration have limits of their own
	bodyTime = 30 * time.Second // within which a body must have arrived
)

// admit refuses what no route needs to look at: strangers, paths that lead nowhere, text
// that cannot be stored, JSON that is not sound.
func (a *API) admit(w http.ResponseWriter, r *http.Request) (edge.Problem, bool) {
	if edge.Actor(r.Context()).Kind == "" {
		return edge.ProblemOf(errs.Unauthenticatedf("sign in, or send a token: Authorization: Bearer …")), true
	}
	if _, pattern := a.mux.Handler(r); pattern == "" {
		return edge.ProblemOf(edge.Unmatched(a.mux, r, "there is nothing at "+r.URL.Path+"; see /api/openapi.json")), true
	}
	if err := cleanURL(r); err != nil {
		return edge.Malformed(err), true
	}
	if r.Body == nil || r.Body == http.NoBody || !isJSON(r) {
		return edge.Problem{}, false
	}
	if err := soundBody(w, r); err != nil {
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

// soundBody reads the body, looks at it, and puts it back.
func soundBody(w http.ResponseWriter, r *http.Request) error {
	control := http.NewResponseController(w)
	// Sockets live on the wall's time. A writer without deadlines (a test's) is fine.
	_ = control.SetReadDeadline(clock.Wall().Now().Add(bodyTime))
	body, err := io.ReadAll(r.Body)
	_ = control.SetReadDeadline(time.Time{})
	if err != nil {
		return fmt.Errorf("request body: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 {
		r.Body = http.NoBody
		return nil
	}
	return strictjson.Check(body, "")
}
