package web_test

import (
	"net/http"
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Every route times every role: whoever's role reaches the action that the route declares comes
// in, everybody else is refused, visitors are led to the sign-in.
func TestEveryRouteTimesEveryRoleIsAsItDeclares(t *testing.T) {
	logins := map[actor.Role]string{actor.Admin: "root", actor.SupportManager: "sam", actor.BackLine: "ben", actor.FirstLine: "ana",
		actor.ClientServices: "cleo", actor.Observer: "vera", actor.Client: "acme"}
	for _, role := range actor.Roles {
		t.Run(string(role), func(t *testing.T) {
			t.Parallel()
			s := openSite(t)
			s.Alert("payments", "QueueDepth", "critical")
			b := s.as(t, logins[role])
			for _, route := range s.web.Routes() {
				if route.Pattern == "/logout" || route.Pattern == "/broken" || endsOwnSession(route, logins[role]) {
					continue
				}
				got := try(b, route)
				switch reaches := people.Somewhere(role, route.Needs) || route.Needs == action.SignedIn || route.Needs == action.Anybody; {
				case !reaches && got.StatusCode != http.StatusForbidden:
					t.Errorf("%s %s answers %d to %s, which cannot do %s", route.Method, route.Pattern, got.StatusCode, role, route.Needs)
				case everywhere(role, route.Needs) && got.StatusCode == http.StatusForbidden:
					t.Errorf("%s %s is forbidden to %s, which can do %s everywhere", route.Method, route.Pattern, role, route.Needs)
				case got.StatusCode >= http.StatusInternalServerError:
					t.Errorf("%s %s answers %d to %s", route.Method, route.Pattern, got.StatusCode, role)
				}
			}
		})
	}
}

func TestEveryRouteLeadsVisitorsToTheSignIn(t *testing.T) {
	s := openSite(t)
	b := s.visitor(t)
	for _, route := range s.web.Routes() {
		if route.Needs == action.Anybody {
			continue
		}
		got := try(b, route)
		led := route.Method == http.MethodGet && got.StatusCode == http.StatusSeeOther && strings.HasPrefix(got.Header.Get("Location"), "/login?next=")
		if !led && got.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s %s answers %d to a visitor", route.Method, route.Pattern, got.StatusCode)
		}
	}
}

func TestEveryRouteNeedsWhatTheMatrixKnows(t *testing.T) {
	s := openSite(t)
	known := map[people.Action]bool{action.Anybody: true, action.SignedIn: true}
	for _, act := range people.Actions() {
		known[act] = true
	}
	seen := map[string]bool{}
	for _, route := range s.web.Routes() {
		if !known[route.Needs] {
			t.Errorf("%s %s needs %q, which nobody can do", route.Method, route.Pattern, route.Needs)
		}
		if id := route.Method + " " + route.Pattern; seen[id] {
			t.Errorf("%s is declared twice", id)
		} else {
			seen[id] = true
		}
	}
}

// everywhere reports whether a role may do the action on whatever there is. Of what is one's
// own the domain decides.
func everywhere(role actor.Role, act people.Action) bool {
	return people.Can(actor.Actor{Kind: actor.User, ID: "somebody", Role: role}, act, people.Target{})
}

// try asks a route about something that is there, or is not; either is an answer.
func try(b *browser, route action.Route) answer {
	b.t.Helper()
	path := strings.NewReplacer("{$}", "", "{key}", "INC-1", "{login}", "someone", "{name}", "payments", "{service}", "payments").Replace(route.Pattern)
	for strings.Contains(path, "{") {
		from, to := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:from] + "none" + path[to+1:]
	}
	if route.Method == http.MethodGet {
		return b.get(path)
	}
	return b.post(path, nil)
}

// endsOwnSession reports whether trying the route would sign the reader out.
func endsOwnSession(route action.Route, login string) bool {
	return route.Method == http.MethodPost && (strings.HasPrefix(route.Pattern, "/me/sessions") || strings.HasSuffix(route.Pattern, "/password-link")) && login == "root"
}
