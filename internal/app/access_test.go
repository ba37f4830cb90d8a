package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/api"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// way is one way into the server: a route and what it needs.
type way struct {
	surface         string // api, site or own
	method, pattern string
	needs           people.Action
}

func (w way) String() string { return w.method + " " + w.pattern }

// Ways that need no action of the matrix, besides action.Anybody and action.SignedIn.
const (
	somebody people.Action = "somebody" // whoever has proved to be somebody
	watching people.Action = "watching" // people and tokens, each told what they may read
)

// ownWays are the ways that neither the API nor the site declares. What stands here is open on
// purpose.
var ownWays = []way{
	{"own", "GET", "/healthz", action.Anybody}, // for load balancers
	{"own", "GET", "/health", action.Anybody},  // for clients of the query API
	{"own", "GET", "/readyz", action.Anybody},
	{"own", "GET", "/metrics", action.Anybody}, // on this machine, as here; see metrics_test.go
	{"own", "GET", "/static/", action.Anybody},
	{"own", "GET", "/api/openapi.json", action.Anybody},
	{"own", "GET", "/api/openapi.yaml", action.Anybody},
	{"own", "GET", "/api/openapi-3.0.json", action.Anybody},
	{"own", "GET", "/api/openapi-3.0.yaml", action.Anybody},
	{"own", "GET", "/heartbeat/{key}", action.Anybody}, // the key proves the job
	{"own", "POST", "/heartbeat/{key}", action.Anybody},
	{"own", "GET", "/heartbeat/{key}/{said}", action.Anybody},
	{"own", "POST", "/heartbeat/{key}/{said}", action.Anybody},
	{"own", "GET", "/live", watching},
	{"own", "GET", "/api/v2/status", somebody},
	{"own", "POST", "/api/v2/alerts", people.AlertSend},
	{"own", "GET", "/select/logsql/", people.LogRead},
	{"own", "GET", "/insert/elasticsearch", people.LogSend}, // what shippers ask before they send
	{"own", "GET", "/insert/elasticsearch/", people.LogSend},
	{"own", "GET", "/insert/loki/ready", action.Anybody},
	{"own", "OPTIONS", "/services/collector", action.Anybody}, // what Docker's driver asks, without a key
	{"own", "OPTIONS", "/services/collector/1.0", action.Anybody},
	{"own", "OPTIONS", "/services/collector/event", action.Anybody},
	{"own", "OPTIONS", "/services/collector/event/1.0", action.Anybody},
	{"own", "GET", "/services/collector/health", action.Anybody},
	{"own", "GET", "/services/collector/health/1.0", action.Anybody},
	{"own", "GET", "/insert/datadog/api/v1/validate", people.LogSend},
	{"own", "POST", "/_bulk", people.LogSend},
	{"own", "PUT", "/_bulk", people.LogSend},
	{"own", "POST", "/insert/elasticsearch/_bulk", people.LogSend},
	{"own", "PUT", "/insert/elasticsearch/_bulk", people.LogSend},
	{"own", "POST", "/insert/elasticsearch/{index}/_bulk", people.LogSend},
	{"own", "PUT", "/insert/elasticsearch/{index}/_bulk", people.LogSend},
	{"own", "POST", "/insert/jsonline", people.LogSend},
	{"own", "PUT", "/insert/jsonline", people.LogSend},
	{"own", "POST", "/insert/text", people.LogSend},
	{"own", "PUT", "/insert/text", people.LogSend},
	{"own", "POST", "/insert/datadog/api/v2/logs", people.LogSend},
	{"own", "POST", "/api/v2/logs", people.LogSend},
	{"own", "POST", "/insert/journald/upload", people.LogSend},
	{"own", "POST", "/insert/loki/api/v1/push", people.LogSend},
	{"own", "POST", "/loki/api/v1/push", people.LogSend},
	{"own", "POST", "/insert/opentelemetry/v1/logs", people.LogSend},
	{"own", "POST", "/v1/logs", people.LogSend},
	{"own", "GET", "/prometheus/api/v1/", people.SeriesRead},
	{"own", "GET", "/prometheus/api/v1/rules", people.RuleRead},
	{"own", "GET", "/prometheus/api/v1/alerts", people.RuleRead},
	{"own", "POST", "/prometheus/api/v1/write", people.SeriesSend},
	{"own", "POST", "/api/v1/write", people.SeriesSend},
	{"own", "POST", "/v1/metrics", people.SeriesSend},
	{"own", "POST", "/prometheus/api/v1/otlp/v1/metrics", people.SeriesSend},
	{"own", "POST", "/api/v1/import/prometheus", people.SeriesSend},
	{"own", "POST", "/prometheus/api/v1/import/prometheus", people.SeriesSend},
	{"own", "PUT", "/metrics/job/{job}", people.SeriesSend},
	{"own", "PUT", "/metrics/job/{job}/{labels...}", people.SeriesSend},
	{"own", "PUT", "/metrics/job@base64/{job}", people.SeriesSend},
	{"own", "PUT", "/metrics/job@base64/{job}/{labels...}", people.SeriesSend},
	{"own", "POST", "/metrics/job/{job}", people.SeriesSend},
	{"own", "POST", "/metrics/job/{job}/{labels...}", people.SeriesSend},
	{"own", "POST", "/metrics/job@base64/{job}", people.SeriesSend},
	{"own", "POST", "/metrics/job@base64/{job}/{labels...}", people.SeriesSend},
	{"own", "DELETE", "/metrics/job/{job}", people.SeriesSend},
	{"own", "DELETE", "/metrics/job/{job}/{labels...}", people.SeriesSend},
	{"own", "DELETE", "/metrics/job@base64/{job}", people.SeriesSend},
	{"own", "DELETE", "/metrics/job@base64/{job}/{labels...}", people.SeriesSend},
	{"own", "POST", "/services/collector", people.LogSend},
	{"own", "POST", "/services/collector/1.0", people.LogSend},
	{"own", "POST", "/services/collector/ack", people.LogSend},
	{"own", "POST", "/services/collector/ack/1.0", people.LogSend},
	{"own", "POST", "/services/collector/event", people.LogSend},
	{"own", "POST", "/services/collector/event/1.0", people.LogSend},
	{"own", "POST", "/services/collector/raw", people.LogSend},
	{"own", "POST", "/services/collector/raw/1.0", people.LogSend},
}

// handOver are patterns behind which stand further ones, or nothing.
var handOver = []string{"/", "/api/", "/api/v2/"}

// ways are all declared ways into a desk.
func ways(d *apptest.Desk) []way {
	out := slices.Clone(ownWays)
	for _, r := range api.Routes() {
		out = append(out, way{"api", r.Method, r.Path, r.Action})
	}
	for _, r := range d.Pages() {
		out = append(out, way{"site", r.Method, r.Pattern, r.Needs})
	}
	return out
}

func TestEveryPatternThatAnswersIsDeclared(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	declared := map[string]bool{}
	for _, w := range ways(d) {
		declared[w.String()] = true
	}
	answering := map[string]bool{}
	for owner, mux := range d.Muxes() {
		for _, pattern := range patterns(t, mux) {
			if slices.Contains(handOver, pattern) {
				continue
			}
			if !strings.Contains(pattern, " ") {
				pattern = "GET " + pattern // every method, which our own handlers narrow
			}
			answering[pattern] = true
			if !declared[pattern] {
				t.Errorf("%s answers %s, but nothing says what that needs", owner, pattern)
			}
		}
	}
	for name := range declared {
		if !answering[name] {
			t.Errorf("%s is declared and does not answer", name)
		}
	}
	if len(answering) < 150 {
		t.Errorf("only %d patterns were found", len(answering))
	}
}

// patterns reads what is registered on a mux, which net/http itself does not tell.
func patterns(t *testing.T, mux *http.ServeMux) (out []string) {
	t.Helper()
	index := reflect.ValueOf(mux).Elem().FieldByName("index")
	if !index.IsValid() {
		t.Fatal("net/http keeps its patterns elsewhere now: find out where")
	}
	add := func(list reflect.Value) {
		for i := range list.Len() {
			out = append(out, list.Index(i).Elem().FieldByName("str").String())
		}
	}
	add(index.FieldByName("multis"))
	for _, list := range index.FieldByName("segments").Seq2() {
		add(list)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestAPatternThatNobodyDeclaresIsFound(t *testing.T) {
	mux := http.NewServeMux()
	for _, p := range []string{"GET /secret/{id}", "POST /secret/{id}/open", "/all/"} {
		mux.Handle(p, http.NotFoundHandler())
	}
	if got := strings.Join(patterns(t, mux), ", "); got != "/all/, GET /secret/{id}, POST /secret/{id}/open" {
		t.Errorf("found %s", got)
	}
}

// Every way into the server times everybody who may come: with a session, with a token, with
// a token of few scopes, with an integration key, with nothing; about what is theirs and about
// what is not. Allowed or refused as the matrix says for the action that the way declares.
func TestEveryWayInTimesEveryCallerIsAsTheMatrixSays(t *testing.T) {
	type play struct {
		name string
		role actor.Role
		as   func(*world, *testing.T) caller
	}
	plays := []play{
		{"token of few scopes", actor.Admin, func(w *world, t *testing.T) caller { return w.token(t, "incident.read", "service.*") }},
		{"integration key", actor.Admin, (*world).key},
		{"nobody", actor.Admin, func(*world, *testing.T) caller { return caller{prove: func(*http.Request) {}} }},
	}
	for _, role := range actor.Roles {
		plays = append(plays,
			play{"session of " + string(role), role, (*world).session},
			play{"token of " + string(role), role, func(w *world, t *testing.T) caller { return w.token(t) }})
	}
	for _, p := range plays {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			w := openWorld(t, p.role)
			c := p.as(w, t)
			for _, to := range inSafeOrder(ways(w.desk)) {
				if to.pattern == "/logout" {
					continue // takes a session away and refuses nobody
				}
				if rank(to) > 0 {
					w.restore(t) // what the way before took away is there again
				}
				w.try(t, c, to, "foreign")
				if !endsSession[to.String()] {
					w.try(t, c, to, "own")
				}
			}
		})
	}
}

// caller is somebody who sends requests.
type caller struct {
	by    actor.Actor
	prove func(*http.Request)
}

// allowed says what the matrix says. Mine means that it is about what is the caller's own.
func (c caller) allowed(w way, mine bool) bool {
	if w.surface == "site" && w.needs != action.Anybody && c.by.Kind != actor.User {
		return false // pages are for people
	}
	on := people.Target{}
	if mine && !ofNobody(w) {
		on = people.Target{Owner: c.by.ID, Teams: c.by.Teams, Customers: []string{c.by.Customer}, Service: c.by.Service}
	}
	switch w.needs {
	case action.Anybody:
		return true
	case "", somebody, action.SignedIn:
		return c.by.Kind != ""
	case watching:
		return c.by.Kind == actor.User || c.by.Kind == actor.Token
	}
	if w.String() == "POST /api/v1/tokens" && c.by.Kind == actor.Token && (c.by.Role != actor.Admin || len(c.by.Scopes) > 0) {
		return false // or a token could outgrow itself by making another
	}
	return people.Can(c.by, w.needs, on)
}

// ofNobody reports whether a way leads to what is never anybody's own: environments and hosts, which
// all services share, and what only administrators do to people, even to themselves.
func ofNobody(w way) bool {
	if strings.Contains(w.pattern, "/environments") || strings.Contains(w.pattern, "/hosts/{host}") {
		return true
	}
	_, act, _ := strings.Cut(w.String(), "/people/")
	return slices.Contains([]string{"+new", "{login}/edit", "{login}/disable", "{login}/enable", "{login}/password-link"}, act) ||
		slices.Contains([]string{"POST /api/v1/users/{name}/password-link", "DELETE /api/v1/users/{name}"}, w.String())
}

// proves reports whether a way takes a proof of its own, a link or a password, and so answers
// 401 to a made-up one.
func proves(w way) bool { return w.pattern == "/login" || strings.HasPrefix(w.pattern, "/a/") }

// endsSession are the ways that would end the caller's own session.
var endsSession = map[string]bool{
	"POST /api/v1/users/{name}/password-link": true,
	"DELETE /api/v1/users/{name}":             true,
	"POST /people/{login}/password-link":      true,
	"POST /people/{login}/disable":            true,
}

func (w *world) try(t *testing.T, c caller, to way, whose string) {
	t.Helper()
	if wrong := w.compare(t, c, to, whose); wrong != "" {
		t.Errorf("%s about %s: %s", to, whose, wrong)
	}
}

// compare goes a way and says how the answer differs from the matrix; empty when it does not.
func (w *world) compare(t *testing.T, c caller, to way, whose string) string {
	t.Helper()
	allowed := c.allowed(to, !aboutSomething(to) || whose == "own" && c.by.ID == w.own.ID)
	got := w.ask(t, c, to, whose)
	refused := got == toSignIn || got == http.StatusForbidden || got == http.StatusUnauthorized && !proves(to)
	switch {
	case refused && allowed:
		return fmt.Sprintf("refused with %d, but the matrix allows %s", got, to.needs)
	case !refused && !allowed:
		return fmt.Sprintf("answered with %d, but the matrix refuses %s", got, to.needs)
	case got >= http.StatusInternalServerError:
		return fmt.Sprintf("answered with %d", got)
	}
	return ""
}

func TestAWayThatDeclaresTooMuchOrTooLittleIsFound(t *testing.T) {
	w := openWorld(t, actor.Observer)
	c := w.session(t)
	for _, lie := range []way{
		{"site", "POST", "/incidents/{key}/acknowledge", people.IncidentRead},
		{"site", "GET", "/incidents/{key}", people.IncidentWork},
		{"site", "GET", "/login", people.SystemRead},
		{"api", "POST", "/api/v1/incidents/{key}/restore", people.IncidentRead},
		{"api", "GET", "/api/v1/incidents", people.SystemRead},
		{"own", "GET", "/healthz", people.SystemRead},
	} {
		if w.compare(t, c, lie, "own") == "" {
			t.Errorf("nobody notices that %s does not need %s", lie, lie.needs)
		}
	}
}

// aboutSomething reports whether a way leads to a record that is somebody's, or makes one.
func aboutSomething(w way) bool {
	mine := strings.HasPrefix(w.pattern, "/me/") && !strings.Contains(w.pattern, "/tokens/")
	return strings.Contains(w.pattern, "{") && !mine || w.method == http.MethodPost && strings.HasSuffix(w.pattern, "/+new")
}

// toSignIn stands for an answer that leads to the sign-in.
const toSignIn = -1

func (w *world) ask(t *testing.T, c caller, to way, whose string) int {
	t.Helper()
	path := w.path(to.pattern, whose)
	ctx, stop := context.WithCancel(context.Background()) // the feed never ends by itself
	defer stop()
	req, err := http.NewRequestWithContext(ctx, to.method, "http://"+w.desk.Addr()+path, w.body(c, to, path, whose))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if to.surface == "site" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "text/html")
	}
	c.prove(req)
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if to.needs != watching {
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Fatal(err)
		}
	}
	if strings.HasPrefix(answer.Header.Get("Location"), "/login") {
		return toSignIn
	}
	return answer.StatusCode
}
