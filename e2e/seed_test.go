package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"

	"mainstay/internal/edge"
)

// seed fills the desk with what pages show, and returns what stands in addresses: by the
// segment in front of it and its name in the route.
func (d *desk) seed() map[string]string {
	d.t.Helper()
	api := func(method, path string, body, out any) { d.t.Helper(); d.call(method, "/api/v1"+path, body, out) }
	type m map[string]any

	d.alert("payments", "QueueDepth", "critical") // INC-1: in work
	d.hook.page("INC-1")
	api("POST", "/incidents/INC-1/acknowledge", nil, nil)
	api("POST", "/incidents/INC-1/comments", m{"text": "Bank B's firewall drops idle sessions. See https://runbooks.bank.example/payments, call 5510."}, nil)
	api("POST", "/incidents/INC-1/role", m{"role": "coordinator", "login": "simone"}, nil)
	d.alert("client-portal", "LoginsFail", "warning") // INC-2: nobody has it
	api("POST", "/incidents", m{"service": "mail", "title": "Mail to one partner waits for hours and then comes back to those who sent it", "severity": 3}, nil)
	api("POST", "/incidents/INC-3/acknowledge", nil, nil)
	api("POST", "/incidents/INC-3/restore", m{"reason": "The partner has taken us off its list"}, nil)
	api("POST", "/incidents/INC-1/link", m{"other": "INC-2"}, nil)
	d.alert("market-data", "Late", "warning")
	d.resolve("market-data", "Late", "warning") // INC-4: restored by itself; the service is well

	var followUp struct{ ID string }
	api("POST", "/follow-ups", m{"title": "Ask bank B to raise the time-out of its firewall", "owner": "pia", "due": "2026-01-15T12:00:00Z"}, &followUp)
	api("POST", "/services/payments/keys", m{"label": "Prometheus of the payments cluster"}, nil)
	api("POST", "/tokens", m{"name": "deploy pipeline"}, nil)
	hash := strings.Repeat("0a", 32)
	api("POST", "/hosts/pay1/files", json.RawMessage(`{"root": "/opt/payments", "taken": "2026-01-05T08:00:00Z", "files": [{"path": "bin/gateway",
		"sha256": "`+hash+`", "size": 17, "mode": "-rwxr-xr-x", "owner": "app:app", "modified": "2026-01-04T08:00:00Z"}]}`), nil)
	api("POST", "/rolls", m{"name": "gateway-7", "service": "payments", "root": "/opt/payments", "manifest": hash + "  bin/gateway\n"}, nil)
	d.quarantined()
	return map[string]string{
		"incidents/{key}": "INC-1", "follow-ups/{id}": followUp.ID,
		"people/{login}": "olive", "teams/{name}": "service-desk",
		"services/{name}": "payments", "service/{name}": "payments", "components/{name}": "payment-engine", "policies/{name}": "payments",
		"customers/{name}": "harbour-shipping", "calendars/{name}": "fedwire", "oncall/{roster}": "service-desk",
		"hosts/{host}": "pay1", "rolls/{name}": "gateway-7", "sources/{name}": "payments-app", "rules/{name}": "fedwire-rejects",
		"saved/{name}": "night-errors", "checks/{name}": "payments-gateway", "maintenance/{name}": "database-patching",
		"metric-rules/{name}": "payment-queues", "anomaly-rules/{name}": "payments-per-minute", "dashboards/{name}": "logs", "panels/{n}": "1",
	}
}

// quarantined sends what cannot be read.
func (d *desk) quarantined() {
	d.t.Helper()
	req, err := http.NewRequest(http.MethodPost, d.url("/api/v2/alerts"), strings.NewReader(`[{"labels":{"alertname":"Broken`))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		d.t.Errorf("half an alert is answered with %s", resp.Status)
	}
}

var parameter = regexp.MustCompile(`[^/]+/\{\w+\}`)

// pages are the addresses of all whole pages that an administrator can open, by the site's
// own table of routes. A new route with a new kind of name in it needs a line in seed.
func (d *desk) pages(values map[string]string) (out []string) {
	d.t.Helper()
	for _, route := range d.Pages() {
		address := strings.TrimSuffix(route.Pattern, "{$}")
		if route.Method != http.MethodGet || elsewhere[route.Pattern] {
			continue
		}
		address = parameter.ReplaceAllStringFunc(address, func(at string) string {
			value, ok := values[at]
			if !ok {
				d.t.Errorf("no example for %s of route %s: add one to seed", at, route.Pattern)
			}
			noun, _, _ := strings.Cut(at, "/")
			return noun + "/" + value
		})
		if d.isPage(address) {
			out = append(out, address)
		}
	}
	return out
}

// elsewhere are routes that need more than an address: TestPagesForStrangersAreSound opens
// those that are pages.
var elsewhere = map[string]bool{
	"/a/{token}": true, "/verify/{token}": true, "/setup": true, "/password": true, "/incidents/{key}/files/{file}": true,
	"/logs/line": true, // TestTheLogsPageIsSound opens it
}

// isPage reports whether an administrator gets a whole page there, and not a fragment or a
// redirect.
func (d *desk) isPage(address string) bool {
	d.t.Helper()
	req, err := http.NewRequest(http.MethodGet, d.url(address), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	req.AddCookie(&http.Cookie{Name: edge.Cookie, Value: d.session("ada").Token})
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if resp.StatusCode >= 400 {
		d.t.Errorf("GET %s: %s", address, resp.Status)
	}
	return resp.StatusCode == http.StatusOK && bytes.Contains(bytes.ToLower(body[:min(len(body), 200)]), []byte("<!doctype html"))
}
