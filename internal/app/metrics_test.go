package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
)

func TestMetricsAreForThisMachineAndForWhoMayReadThem(t *testing.T) {
	desk := func(change ...func(*app.Options)) *apptest.Desk {
		d := apptest.Open(t, "sqlite", change...)
		d.Apply(bank)
		return d
	}
	token := func(d *apptest.Desk, role string, scopes ...string) string {
		var made struct{ Secret string }
		d.Call(http.MethodPost, "/api/v1/tokens", map[string]any{"name": role + strings.Join(scopes, ""), "role": role, "scopes": scopes}).Status(201).Into(&made)
		return made.Secret
	}
	get := func(d *apptest.Desk, from string, headers ...string) int {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = from
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Add(name, value)
		}
		w := httptest.NewRecorder()
		d.Handler().ServeHTTP(w, r)
		if served := strings.Contains(w.Body.String(), "mainstay_timer_lateness_seconds"); served != (w.Code == http.StatusOK) {
			t.Errorf("from %s with %v: %d, metrics: %v", from, headers, w.Code, served)
		}
		return w.Code
	}
	const here, there = "127.0.0.1:40000", "192.0.2.7:40000"

	d := desk()
	reader, narrow := token(d, "observer", "metrics.read"), token(d, "admin", "incident.read")
	for _, c := range []struct {
		why, from string
		headers   []string
		want      int
	}{
		{"this machine", here, nil, 200},
		{"this machine, IPv6", "[::1]:40000", nil, 200},
		{"another machine", there, nil, 401},
		{"another machine that claims to be this one", there, []string{"X-Forwarded-For: 127.0.0.1"}, 401},
		{"a proxy on this machine", here, []string{"X-Forwarded-For: 192.0.2.7"}, 401},
		{"a proxy on this machine that says little", here, []string{"Via: 1.1 proxy"}, 401},
		{"a token that may", there, []string{"Authorization: Bearer " + reader}, 200},
		{"a token that may, as a password", there, []string{"Authorization: Basic eDp5"}, 401},
		{"the administrator's token", there, []string{"Authorization: Bearer " + apptest.Token}, 200},
		{"a token for something else", there, []string{"Authorization: Bearer " + narrow}, 403},
		{"a wrong token", there, []string{"Authorization: Bearer mst_wrong"}, 401},
	} {
		if got := get(d, c.from, c.headers...); got != c.want {
			t.Errorf("%s: %d, want %d", c.why, got, c.want)
		}
	}

	behind := desk(func(o *app.Options) { o.TrustedProxies = []string{"127.0.0.0/8"} })
	if got := get(behind, here, "X-Forwarded-For: 192.0.2.7"); got != http.StatusUnauthorized {
		t.Errorf("by a trusted proxy: %d", got)
	}
	open := desk(func(o *app.Options) { o.MetricsOpen = true })
	if got := get(open, there); got != http.StatusOK {
		t.Errorf("open to all: %d", got)
	}
}
