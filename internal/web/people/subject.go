package people

import (
	"net/http"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// subject is the person whom a page is about.
type subject struct {
	people.User
	own  bool   // the reader's own
	base string // "/me" or the person's page
}

// subject is the reader on pages under /me, the person of the address elsewhere.
func (p pages) subject(r *http.Request, by actor.Actor) (subject, error) {
	login := r.PathValue("login")
	if login == "" {
		u, err := p.People.Self(r.Context(), by)
		return subject{u, true, "/me"}, err
	}
	u, err := p.People.User(r.Context(), by, login)
	return subject{u, string(u.ID) == by.ID, look.PersonURL(login)}, err
}

// tabs lead between the pages about one person; current is the address of this one.
func (s subject) tabs(current string, by actor.Actor) []ui.Tab {
	base, on := s.base, s.Target()
	tabs := []ui.Tab{{Label: "Overview", URL: look.PersonURL(s.Login)}}
	if s.own {
		base = "/me"
		tabs = append(tabs, ui.Tab{Label: "Account", URL: "/me/account"})
	}
	if people.Can(by, people.ContactRead, on) {
		tabs = append(tabs, ui.Tab{Label: "Contact methods and rules", URL: base + "/contacts"})
	}
	if people.Can(by, people.UserWrite, on) {
		tabs = append(tabs, ui.Tab{Label: "Sessions and tokens", URL: base + "/access"})
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].URL == current
	}
	return tabs
}

// crumbs lead to the list, except from what is one's own.
func (s subject) crumbs() []ui.Crumb {
	if s.base == "/me" {
		return nil
	}
	return []ui.Crumb{{Label: "People", URL: "/people"}}
}

// teamNames are the teams of a list of people, by id.
func (p pages) teamNames(r *http.Request, by actor.Actor) (map[people.TeamID]people.Team, error) {
	list, err := p.People.ListTeams(r.Context(), by, people.TeamFilter{}, page.Request{Limit: page.MaxLimit})
	if errs.Is(err, errs.Forbidden) {
		err = nil // a client sees no teams
	}
	out := make(map[people.TeamID]people.Team, len(list.Items))
	for _, t := range list.Items {
		out[t.ID] = t
	}
	return out, err
}

// everybody are the enabled people who are no clients.
func (p pages) everybody(r *http.Request, by actor.Actor) ([]people.User, error) {
	list, err := p.People.ListUsers(r.Context(), by, people.UserFilter{}, page.Request{Limit: page.MaxLimit})
	return slices.DeleteFunc(list.Items, func(u people.User) bool { return u.Role == actor.Client }), err
}

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }

func roleOptions() []ui.Option {
	out := make([]ui.Option, len(actor.Roles))
	for i, r := range actor.Roles {
		out[i] = ui.Option{Value: string(r), Label: action.RoleName(r)}
	}
	return out
}
