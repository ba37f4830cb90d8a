package api_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"

	"mainstay/internal/api"
	"mainstay/internal/base/actor"
	"mainstay/internal/edge"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// status is what an actor is answered on a route, with a body that is no sense anywhere.
func status(h http.Handler, r api.Route, by actor.Actor) int {
	req := httptest.NewRequest(r.Method, placeholder.ReplaceAllString(r.Path, "x"), strings.NewReader(`{"nonsense":true}`))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req.WithContext(edge.WithActor(req.Context(), by)))
	return w.Code
}
