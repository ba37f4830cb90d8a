package app

import (
	"net/http"
	"net/netip"
	"slices"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
)

// metrics serves the process's own metrics: to this machine, to whoever may read metrics, and
// to everybody when the option says so. The reasons are in docs/operations.md.
func (a *App) metrics(e *edge.Edge) http.Handler {
	open := promhttp.HandlerFor(a.Metrics, promhttp.HandlerOpts{})
	if a.MetricsOpen {
		return open
	}
	return e.Authenticate(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fromHere(r) {
			if err := people.Allow(edge.Actor(r.Context()), people.MetricsRead, people.Target{}); err != nil {
				edge.WriteProblem(w, r, err)
				return
			}
		}
		open.ServeHTTP(w, r)
	}))
}

// passedOn are headers that proxies add. A request with any of them only seems to come from
// this machine when the proxy runs here.
var passedOn = []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}

// fromHere reports whether a program on this machine has sent the request itself.
func fromHere(r *http.Request) bool {
	addr, err := netip.ParseAddr(edge.Remote(r.Context()))
	return err == nil && addr.IsLoopback() &&
		!slices.ContainsFunc(passedOn, func(name string) bool { return len(r.Header.Values(name)) > 0 })
}
