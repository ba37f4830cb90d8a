package action

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

// Handler answers one request. An error becomes the page of its kind.
type Handler func(r *http.Request, by actor.Actor) (Answer, error)

// Route is one thing that can be asked of the site.
type Route struct {
	// Method and Pattern are as net/http has them: "GET", "/incidents/{key}".
	Method, Pattern string
	// Needs is what the reader's role must be able to do somewhere; Anybody and SignedIn need less.
	Needs people.Action
	Do    Handler
}

// What a route may need besides the actions of the matrix.
const (
	Anybody  people.Action = "anybody"   // no login: signing in, acknowledging by link
	SignedIn people.Action = "signed-in" // any person: one's own settings, signing out
)

// Get declares a page or a fragment.
func Get(pattern string, needs people.Action, do Handler) Route {
	return Route{http.MethodGet, pattern, needs, do}
}

// Post declares an act that changes something.
func Post(pattern string, needs people.Action, do Handler) Route {
	return Route{http.MethodPost, pattern, needs, do}
}

// Admit says whether the actor may come as far as the handler: nil, Unauthenticated or
// Forbidden.
func (r Route) Admit(by actor.Actor) error {
	switch {
	case r.Needs == Anybody:
		return nil
	case by.Kind != actor.User:
		return errs.Unauthenticatedf("Sign in first")
	case r.Needs == SignedIn || people.Somewhere(by.Role, r.Needs):
		return nil
	}
	return errs.Forbiddenf("Your role, %s, has no access to this page", RoleName(by.Role))
}

// RoleName is a role in words.
func RoleName(r actor.Role) string {
	switch r {
	case actor.Admin:
		return "administrator"
	case actor.SupportManager:
		return "support manager"
	case actor.BackLine:
		return "back line"
	case actor.FirstLine:
		return "first line"
	case actor.ClientServices:
		return "client services"
	case actor.Observer, actor.Client:
		return string(r)
	}
	return "unknown"
}
