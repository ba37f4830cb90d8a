// Package login is the ways in and out: signing in and out, the first admin by a one-time
// link, a password by a one-time link.
package login

import (
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what these pages need.
type Config struct {
	People *people.Service
	Clock  clock.Clock
	// DemoURL is the path of the demo's page, which knows the passwords; empty on a real desk.
	DemoURL string
}

type pages struct{ Config }

// Routes are the ways in and out.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/login", action.Anybody, p.form),
		action.Post("/login", action.Anybody, p.signIn),
		action.Post("/logout", action.Anybody, p.signOut),
		action.Get("/setup", action.Anybody, p.setUpForm),
		action.Post("/setup", action.Anybody, p.setUp),
		action.Get("/password", action.Anybody, p.passwordForm),
		action.Post("/password", action.Anybody, p.setPassword),
	}
}
