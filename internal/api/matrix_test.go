package api_test

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/api"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
)

// Every route times every role, on what is the caller's own and on what is not: allowed or
// refused as the matrix of domain/people says.
func TestEveryRouteTimesEveryRoleIsAsTheMatrixSays(t *testing.T) {
	for _, role := range actor.Roles {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			c := callerWith(t, role)
			for _, route := range inSafeOrder(api.Routes()) {
				c.try(t, route, "foreign")
				if route.Path != passwordLink { // it would end the caller's own session
					c.try(t, route, "own")
				}
			}
		})
	}
}

const preview = "rules/preview" // of log rules, metric rules and anomaly rules

const passwordLink = api.Root + "/users/{name}/password-link"

// world has one of everything for the caller and one for others. ROLE is the caller's.
const world = `
{kind: Customer, name: own}
---
{kind: Customer, name: foreign}
---
{kind: User, name: own, role: ROLE}
---
{kind: User, name: foreign, role: observer}
---
{kind: User, name: root, role: admin}
---
{kind: Team, name: own, level: L2, members: [own]}
---
{kind: Team, name: foreign, level: L2, members: [foreign]}
---
{kind: Environment, name: own}
---
{kind: Environment, name: foreign}
---
{kind: Service, name: own, tier: 1, owner: own}
---
{kind: Service, name: foreign, tier: 1, owner: foreign}
---
{kind: Component, name: own, layer: machine, service: own}
---
{kind: Component, name: foreign, layer: machine, service: foreign}
---
{kind: Source, name: own, service: own}
---
{kind: Source, name: foreign, service: foreign}
---
{kind: LogRule, name: own, service: own, filter: "level:fatal"}
---
{kind: LogRule, name: foreign, service: foreign, filter: "level:fatal"}
---
{kind: MetricRules, name: own, service: own, rules: [{alert: Down, expr: up == 0}]}
---
{kind: MetricRules, name: foreign, service: foreign, rules: [{alert: Down, expr: up == 0}]}
---
{kind: Check, name: own, service: own, disabled: true, probe: {tcp: {address: "127.0.0.1:1"}}}
---
{kind: Check, name: foreign, service: foreign, disabled: true, probe: {tcp: {address: "127.0.0.1:1"}}}
---
{kind: SavedSearch, name: own, query: "*", owner: own}
---
{kind: SavedSearch, name: foreign, query: "*", owner: foreign}
---
{kind: Dashboard, name: own, owner: own, panels: [{kind: count, query: "*"}]}
---
{kind: Dashboard, name: foreign, owner: foreign}
---
{kind: Calendar, name: own, zone: UTC, always_open: true}
---
{kind: Calendar, name: foreign, zone: UTC, always_open: true}
---
{kind: Roster, name: own, zone: UTC, team: own, layers: [{start: 2026-01-05, handover: "08:00", rotation: daily, slots: [[root]]}]}
---
{kind: Roster, name: foreign, zone: UTC, team: foreign, layers: [{start: 2026-01-05, handover: "08:00", rotation: daily, slots: [[root]]}]}
---
{kind: Policy, name: own, response: {steps: [{after: 0m, targets: [{level: L1}]}]}}
---
{kind: Policy, name: foreign, response: {steps: [{after: 0m, targets: [{level: L1}]}]}}
---
{kind: Maintenance, name: own, services: [own], starts: "2026-01-05T08:00", lasts: 1h}
---
{kind: Maintenance, name: foreign, services: [foreign], starts: "2026-01-05T08:00", lasts: 1h}
`

// caller is a person with a role, signed in.
type caller struct {
	desk    *apptest.Desk
	by      actor.Actor
	session string
	tokens  map[string]string // ids of tokens, by whose
	foreign people.UserID
}

func callerWith(t *testing.T, role actor.Role) *caller {
	t.Helper()
	d := apptest.Open(t, "sqlite")
	shaped := strings.ReplaceAll(world, "ROLE", string(role))
	if role == actor.Client {
		shaped = strings.Replace(shaped, "role: client", "role: client, customer: own", 1)
	}
	d.Apply(shaped)
	c := &caller{desk: d, tokens: map[string]string{"own": "x", "foreign": "x"}}
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const password = "correct horse battery"
	code, err := d.Rooms.People.PasswordCode(ctx, actor.Mainstay, "own")
	must(err)
	_, err = d.Rooms.People.SetPassword(ctx, code, password)
	must(err)
	session, err := d.Rooms.People.Login(ctx, "own", password, "")
	must(err)
	c.session = session.Token
	c.by, _, err = d.Rooms.People.Authenticate(ctx, session.Token)
	must(err)
	other, err := d.Rooms.People.User(ctx, actor.Mainstay, "foreign")
	must(err)
	c.foreign = other.ID
	root, err := d.Rooms.People.User(ctx, actor.Mainstay, "root")
	must(err)
	for whose, maker := range map[string]actor.Actor{"own": c.by, "foreign": root.Actor()} {
		if _, token, err := d.Rooms.People.CreateToken(ctx, maker, people.TokenIn{Name: whose}); err == nil {
			c.tokens[whose] = string(token.ID)
		}
	}
	for _, whose := range []string{"own", "foreign"} {
		_, err := d.Rooms.Hosts.CreateRoll(ctx, actor.Mainstay, host.RollIn{Name: whose, Service: whose, Root: "/opt",
			Manifest: []host.Entry{{Path: "a", SHA256: strings.Repeat("0", 64)}}})
		must(err)
	}
	d.Alert("own", "HostDown", "critical")
	return c
}

// inSafeOrder puts last what takes away what others need: removals, the deepest paths first,
// and at the very end that of users, the caller among them.
func inSafeOrder(routes []api.Route) []api.Route {
	rank := func(r api.Route) int {
		switch {
		case r.Method == http.MethodDelete && r.Path == api.Root+"/users/{name}":
			return 2
		case r.Method == http.MethodDelete:
			return 1
		}
		return 0
	}
	out := slices.Clone(routes)
	slices.SortStableFunc(out, func(a, b api.Route) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(len(b.Path), len(a.Path)))
	})
	return out
}

// target is what a route acts upon, as far as permission depends on it.
func (c *caller) target(t *testing.T, r api.Route, whose string) people.Target {
	t.Helper()
	team, err := c.desk.Rooms.People.Team(context.Background(), actor.Mainstay, whose)
	if err != nil && strings.Contains(r.Path, "/rosters/{name}") {
		t.Fatal(err)
	}
	owner := map[string]string{"own": c.by.ID, "foreign": string(c.foreign)}[whose]
	name := r.Method + " " + strings.TrimPrefix(r.Path, api.Root)
	noun, _, _ := strings.Cut(strings.TrimPrefix(r.Path, api.Root+"/"), "/")
	switch {
	case strings.HasSuffix(r.Path, preview), r.Action == people.LogRead:
		return people.Target{Teams: c.by.Teams} // of a rule that one would make, or lines of one's own services
	case !strings.Contains(r.Path, "{"):
		return people.Target{Owner: c.by.ID, Customers: []string{"own"}} // what the caller may see of all, or makes
	case name == "DELETE /users/{name}", r.Path == passwordLink:
		return people.Target{} // not even one's own
	case noun == "users", noun == "tokens", noun == "saved-searches", noun == "dashboards":
		return people.Target{Owner: owner}
	case noun == "services", noun == "components", noun == "rosters", noun == "sources", noun == "rules", noun == "checks", noun == "metric-rules", noun == "anomaly-rules", noun == "rolls", noun == "maintenance":
		return people.Target{Teams: []string{string(team.ID)}}
	case noun == "customers":
		return people.Target{Customers: []string{whose}}
	}
	return people.Target{}
}

func (c *caller) try(t *testing.T, r api.Route, whose string) {
	t.Helper()
	allowed := r.Action == "" || people.Can(c.by, r.Action, c.target(t, r, whose))
	path := strings.NewReplacer("{key}", "INC-1", "{name}", whose, "{id}", "x", "{method}", "x").Replace(r.Path)
	if strings.HasPrefix(path, api.Root+"/tokens/") {
		path = api.Root + "/tokens/" + c.tokens[whose]
	}
	got := c.call(t, r.Method, path, c.body(r, path))
	refused := got == http.StatusForbidden
	if refused == allowed || got == http.StatusUnauthorized || got >= 500 {
		t.Errorf("%s on %s %s: answer %d, the matrix says allowed: %v (%s)", c.by.Role, r.Method, path, got, allowed, r.Action)
	}
}

// bodies are sound where the room must look at the record before it can refuse.
var bodies = map[string]string{
	"/services/{name}/keys":                          `{"label":"x"}`,
	"/services/{name}/drawing/places":                `{"moves":[]}`,
	"/sources/{name}/keys":                           `{"label":"x"}`,
	"/rosters/{name}/overrides":                      `{"to":"2026-12-31T00:00:00Z","login":"root"}`,
	"/users/{name}/contacts/methods":                 `{"channel":"mail","address":"x@bank.example"}`,
	"/users/{name}/contacts/methods/{method}/verify": `{"code":"x"}`,
	"/users/{name}/contacts/rules":                   `{}`,
	"/anomaly-rules/{name}":                          `{"expr":"up","service":"own"}`,
	"/tokens":                                        `{"name":"x"}`,
}

// body writes back what is there, so that nothing changes for the routes that follow.
func (c *caller) body(r api.Route, path string) string {
	if b, ok := bodies[strings.TrimPrefix(r.Path, api.Root)]; ok {
		return b
	}
	if r.Method == http.MethodPut {
		if there := c.desk.Call(http.MethodGet, path, nil); there.Code == http.StatusOK {
			return string(there.Body)
		}
	}
	return "{}"
}

// call sends a request with the session's cookie, as a browser does.
func (c *caller) call(t *testing.T, method, path, body string) int {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+c.desk.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodGet {
		req.Body = http.NoBody
	}
	req.Header.Set("Content-Type", "application/json")
	req.AddCookie(&http.Cookie{Name: edge.Cookie, Value: c.session})
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}
