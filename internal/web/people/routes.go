// Package people is the pages of who there is: people, teams (the escalation directory), and
// one's own profile: contact methods, rules, password, sessions, tokens.
package people

import (
	"slices"

	"mainstay/internal/base/clock"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	People    *people.Service
	Contacts  *notify.Service
	Rosters   *oncall.Service
	Calendars *calendar.Service
	Catalogue *catalogue.Catalogue
	Customers *customer.Service
	FollowUps *followup.Service
	Clock     clock.Clock
	// PasswordLink is the absolute address at which a one-time code sets a password.
	PasswordLink func(code string) string
	// BaseURL is where people reach the desk, without a slash at the end, for examples.
	BaseURL string
}

type pages struct{ Config }

// Routes are the pages of people and teams. What is one's own stands under /me; the same
// pages about somebody else, for admins, under /people/{login}.
func Routes(c Config) []action.Route {
	p := pages{c}
	routes := []action.Route{
		action.Get("/people", people.UserRead, p.list),
		action.Get("/people/+new", people.UserWrite, p.newForm),
		action.Post("/people/+new", people.UserWrite, p.create),
		action.Get("/people/{login}", people.UserRead, p.show),
		action.Get("/people/{login}/edit", people.UserWrite, p.edit),
		action.Post("/people/{login}/edit", people.UserWrite, p.save),
		action.Post("/people/{login}/disable", people.UserWrite, p.disable),
		action.Post("/people/{login}/enable", people.UserWrite, p.enable),
		action.Post("/people/{login}/password-link", people.UserWrite, p.passwordLink),

		action.Get("/me", action.SignedIn, p.me),
		action.Get("/me/account", action.SignedIn, p.account),
		action.Post("/me/account", action.SignedIn, p.saveAccount),
		action.Post("/me/password", action.SignedIn, p.changePassword),
		action.Post("/me/tokens", people.TokenWrite, p.createToken),

		action.Get("/teams", people.TeamRead, p.teams),
		action.Get("/teams/+new", people.TeamWrite, p.newTeam),
		action.Post("/teams/+new", people.TeamWrite, p.createTeam),
		action.Get("/teams/{name}", people.TeamRead, p.showTeam),
		action.Get("/teams/{name}/edit", people.TeamWrite, p.editTeam),
		action.Post("/teams/{name}/edit", people.TeamWrite, p.saveTeam),
		action.Post("/teams/{name}/reviewed", people.TeamWrite, p.reviewed),
		action.Post("/teams/{name}/delete", people.TeamWrite, p.deleteTeam),
	}
	return slices.Concat(routes, p.aboutSomebody("/me"), p.aboutSomebody("/people/{login}"))
}

// aboutSomebody are the pages that a person has about themselves and an admin about others.
func (p pages) aboutSomebody(base string) []action.Route {
	contacts := base + "/contacts"
	return []action.Route{
		action.Get(contacts, people.ContactRead, p.contacts),
		action.Post(contacts, people.ContactWrite, p.addMethod),
		action.Post(contacts+"/rules", people.ContactWrite, p.saveRules),
		action.Post(contacts+"/{method}/verify", people.ContactWrite, p.verify),
		action.Post(contacts+"/{method}/send-code", people.ContactWrite, p.sendCode),
		action.Post(contacts+"/{method}/test", people.ContactWrite, p.test),
		action.Post(contacts+"/{method}/remove", people.ContactWrite, p.removeMethod),
		action.Post(contacts+"/{method}/new-secret", people.ContactWrite, p.newSecret),
		action.Get(base+"/access", people.UserWrite, p.access),
		action.Post(base+"/sessions/{session}/end", people.UserWrite, p.endSession),
		action.Post(base+"/tokens/{token}/revoke", people.TokenWrite, p.revokeToken),
	}
}
