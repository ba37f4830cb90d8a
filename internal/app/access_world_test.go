package app_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
)

// things has one of everything that is the caller's own and one that is not. ROLE is the
// caller's.
const things = `
{kind: Customer, name: own}
---
{kind: Customer, name: foreign}
---
{kind: User, name: own, title: Own, role: ROLE}
---
{kind: User, name: foreign, title: Foreign, role: observer}
---
{kind: User, name: root, title: Root, role: admin}
---
{kind: Team, name: own, title: Own, level: L2, members: [own]}
---
{kind: Team, name: foreign, title: Foreign, level: L2, members: [foreign]}
---
{kind: Environment, name: own}
---
{kind: Environment, name: foreign}
---
{kind: Service, name: own, title: Own, tier: 1, owner: own}
---
{kind: Service, name: foreign, title: Foreign, tier: 1, owner: foreign}
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

// world is a desk with things, and a person with a role.
type world struct {
	desk     *apptest.Desk
	things   string // configuration
	own      actor.Actor
	root     actor.Actor
	tokens   map[string]string // ids of tokens, by whose they are
	followUp string            // id
}

func openWorld(t *testing.T, role actor.Role) *world {
	t.Helper()
	w := &world{desk: apptest.Open(t, "sqlite"), tokens: map[string]string{"own": "none", "foreign": "none"}}
	w.desk.StartSeries()
	text := strings.ReplaceAll(things, "ROLE", string(role))
	if role == actor.Client {
		text = strings.Replace(text, "role: client", "role: client, customer: own", 1)
	}
	w.things = text
	w.desk.Apply(w.things)
	w.own, w.root = w.person(t, "own"), w.person(t, "root")
	for whose, maker := range map[string]actor.Actor{"own": w.own, "foreign": w.root} {
		if !people.Can(maker, people.TokenWrite, people.Target{Owner: maker.ID}) {
			continue
		}
		_, token, err := w.desk.Rooms.People.CreateToken(context.Background(), maker, people.TokenIn{Name: whose})
		if err != nil {
			t.Fatal(err)
		}
		w.tokens[whose] = string(token.ID)
	}
	w.restore(t)
	w.desk.Alert("own", "HostDown", "critical")
	var f struct{ ID string }
	w.desk.Call(http.MethodPost, "/api/v1/follow-ups", map[string]string{"title": "x", "owner": "root", "due": "2027-01-01T00:00:00Z"}).
		Status(http.StatusCreated).Into(&f)
	w.followUp = f.ID
	return w
}

// restore makes what is missing of the things: configuration, and code rolls.
func (w *world) restore(t *testing.T) {
	t.Helper()
	w.desk.Apply(w.things)
	for _, whose := range []string{"own", "foreign"} {
		_, err := w.desk.Rooms.Hosts.CreateRoll(context.Background(), actor.Mainstay, host.RollIn{Name: whose, Service: whose, Root: "/opt",
			Manifest: []host.Entry{{Path: "a", SHA256: strings.Repeat("0", 64)}}})
		if err != nil && !errs.Is(err, errs.Conflict) {
			t.Fatal(err)
		}
	}
}

func (w *world) person(t *testing.T, login string) actor.Actor {
	t.Helper()
	u, err := w.desk.Rooms.People.User(context.Background(), actor.Mainstay, login)
	if err != nil {
		t.Fatal(err)
	}
	return u.Actor()
}

// session is the person, signed in on the web.
func (w *world) session(t *testing.T) caller {
	t.Helper()
	const password = "correct horse battery"
	ctx := context.Background()
	code, err := w.desk.Rooms.People.PasswordCode(ctx, actor.Mainstay, "own")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Rooms.People.SetPassword(ctx, code, password); err != nil {
		t.Fatal(err)
	}
	s, err := w.desk.Rooms.People.Login(ctx, "own", password, "")
	if err != nil {
		t.Fatal(err)
	}
	by, _, err := w.desk.Rooms.People.Authenticate(ctx, s.Token)
	if err != nil {
		t.Fatal(err)
	}
	return caller{by, func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: edge.Cookie, Value: s.Token})
	}}
}

// token is a program that acts for the person, or, where the role may make no tokens, one
// that an admin gave the role.
func (w *world) token(t *testing.T, scopes ...string) caller {
	t.Helper()
	ctx, in, maker := context.Background(), people.TokenIn{Name: "x", Role: w.own.Role, Scopes: scopes}, w.own
	if !people.Can(maker, people.TokenWrite, people.Target{Owner: maker.ID}) {
		maker = w.root
	}
	plain, _, err := w.desk.Rooms.People.CreateToken(ctx, maker, in)
	if err != nil {
		t.Fatal(err)
	}
	by, err := w.desk.Rooms.People.AuthenticateToken(ctx, plain)
	if err != nil {
		t.Fatal(err)
	}
	return caller{by, bearer(plain)}
}

// key is a sender of alerts of the own service.
func (w *world) key(t *testing.T) caller {
	t.Helper()
	plain, _, err := w.desk.Rooms.Catalogue.CreateKey(context.Background(), actor.Mainstay, "own", "x")
	if err != nil {
		t.Fatal(err)
	}
	by, err := w.desk.Rooms.Catalogue.AuthenticateKey(context.Background(), plain)
	if err != nil {
		t.Fatal(err)
	}
	return caller{by, bearer(plain)}
}

func bearer(secret string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) }
}

// rank is 0 for most ways, more for those that take something away.
func rank(w way) int {
	users := strings.Contains(w.pattern, "/users/") || strings.Contains(w.pattern, "/people/")
	takes := w.method == http.MethodDelete || slices.ContainsFunc([]string{"/delete", "/disable", "/remove", "/revoke", "/end"},
		func(end string) bool { return strings.HasSuffix(w.pattern, end) })
	switch {
	case takes && users:
		return 2
	case takes:
		return 1
	}
	return 0
}

// inSafeOrder puts last what takes away what others need: removals, the deepest paths first,
// and at the very end that of users.
func inSafeOrder(all []way) []way {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b way) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(len(b.pattern), len(a.pattern)))
	})
	return out
}

// path is the pattern with names in it. What has no name of its own is made up: to be told
// that there is no such thing is not to be refused.
func (w *world) path(pattern, whose string) string {
	pattern = strings.NewReplacer("/tokens/{id}", "/tokens/"+w.tokens[whose], "/tokens/{token}", "/tokens/"+w.tokens[whose]).Replace(pattern)
	pattern = strings.ReplaceAll(pattern, "/follow-ups/{id}", "/follow-ups/"+w.followUp)
	pattern = strings.NewReplacer("{$}", "", "{key}", "INC-1", "{name}", whose, "{login}", whose, "{roster}", whose, "{service}", whose).Replace(pattern)
	for strings.Contains(pattern, "{") {
		from, to := strings.Index(pattern, "{"), strings.Index(pattern, "}")
		pattern = pattern[:from] + "none" + pattern[to+1:]
	}
	return pattern
}

// bodies are sound where a room must know what it is about before it can refuse.
var bodies = map[string]string{
	"POST /api/v2/alerts":                                        `[{"labels":{"alertname":"Other","service":"own"}}]`,
	"POST /api/v1/services/{name}/keys":                          `{"label":"x"}`,
	"POST /api/v1/services/{name}/drawing/places":                `{"moves":[]}`,
	"POST /api/v1/sources/{name}/keys":                           `{"label":"x"}`,
	"POST /api/v1/rosters/{name}/overrides":                      `{"to":"2026-12-31T00:00:00Z","login":"root"}`,
	"POST /api/v1/users/{name}/contacts/methods":                 `{"channel":"mail","address":"x@bank.example"}`,
	"POST /api/v1/users/{name}/contacts/methods/{method}/verify": `{"code":"x"}`,
	"PUT /api/v1/users/{name}/contacts/rules":                    `{}`,
	"POST /api/v1/rolls":                                         `{"service":"own"}`,
	"PUT /api/v1/anomaly-rules/{name}":                           `{"expr":"up","service":"own"}`,
	"POST /api/v1/tokens":                                        `{"name":"x"}`,
}

// body is what a request brings. Documents are written back as they are, so that nothing
// changes for the ways that follow.
func (w *world) body(c caller, to way, path, whose string) io.Reader {
	if to.method == http.MethodGet || to.method == http.MethodDelete {
		return http.NoBody
	}
	if to.surface == "site" {
		return strings.NewReader(form(to.pattern, whose).Encode())
	}
	if b, ok := bodies[to.String()]; ok {
		return strings.NewReader(b)
	}
	if to.method == http.MethodPut {
		there := w.desk.Call(http.MethodGet, path, nil)
		if json.Valid(there.Body) && there.Code == http.StatusOK {
			return strings.NewReader(string(there.Body))
		}
	}
	return strings.NewReader("{}")
}

// form has what the site's forms ask for, as far as they share names.
func form(pattern, whose string) url.Values {
	f := url.Values{"owner": {whose}, "team": {whose}, "service": {whose}, "title": {"x"}, "name": {whose}, "login": {"root"},
		"tier": {"1"}, "services": {whose}, "starts": {"2026-01-05T08:00"}, "lasts": {"1h"}, "filter": {"level:fatal"}, "layer": {"machine"}, "user": {"root"}, "from": {"2026-12-30T00:00"}, "to": {"2026-12-31T00:00"}}
	if strings.HasSuffix(pattern, "/+new") {
		f.Set("name", "fresh")
		f.Set("login", "fresh")
	}
	if strings.HasPrefix(pattern, "/metric-rules/") {
		f.Set("spec", "service: "+whose+"\nrules: [{alert: Down, expr: up == 0}]")
	}
	if strings.HasPrefix(pattern, "/oncall/") {
		f.Set("spec", "zone: UTC\nteam: "+whose+"\nlayers: [{start: 2026-01-05, handover: \"08:00\", rotation: daily, slots: [[root]]}]")
	}
	if strings.HasPrefix(pattern, "/checks/") {
		f.Set("text", "kind: Check\nname: "+f.Get("name")+"\nservice: "+whose+"\ndisabled: true\nprobe: {tcp: {address: \"127.0.0.1:1\"}}\n")
	}
	return f
}
