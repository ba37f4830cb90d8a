package app_test

import (
	"net/http"
	"testing"

	"mainstay/internal/apptest"
)

// Everywhere a wrong method is told from a wrong address, and the right one is named.
func TestWrongMethodsAreNamedEverywhere(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	for _, c := range []struct {
		method, path, allow string
		status              int
	}{
		{"POST", "/healthz", "GET, HEAD", 405}, {"PUT", "/readyz", "GET, HEAD", 405}, {"DELETE", "/metrics", "GET, HEAD", 405},
		{"POST", "/live", "GET, HEAD", 405}, {"POST", "/static/x/app.css", "GET, HEAD", 405},
		{"GET", "/api/v2/alerts", "POST", 405}, {"PATCH", "/api/v2/status", "GET, HEAD", 405},
		{"DELETE", "/api/v1/incidents", "GET, HEAD, POST", 405}, {"PATCH", "/api/v1/teams/x", "GET, HEAD, PUT, DELETE", 405},
		{"POST", "/api/openapi.json", "GET, HEAD", 405},
		{"GET", "/logout", "POST", 405}, {"POST", "/incidents", "GET, HEAD", 405}, {"PUT", "/", "GET, HEAD", 405},
		{"GET", "/nowhere", "", 404}, {"POST", "/nowhere", "", 404}, {"GET", "/api/v1/nowhere", "", 404}, {"POST", "/api/v2/nowhere", "", 404},
		{"HEAD", "/healthz", "", 200},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+d.Addr()+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+apptest.Token)
		answer, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != c.status || answer.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %s, Allow %q, want %d and %q", c.method, c.path, answer.Status, answer.Header.Get("Allow"), c.status, c.allow)
		}
	}
}
