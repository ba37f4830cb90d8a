// Package actor names who acts: a person, a token, an integration, a signed link, or the
// system itself. Every exported method of a domain room takes one first and asks
// people.Allow about it before anything else.
package actor

import "slices"

// Kind is the way in which an actor proved who it is.
type Kind string

// The kinds of actors.
const (
	User        Kind = "user"        // signed in on the web
	Token       Kind = "token"       // an API token
	Integration Kind = "integration" // an integration key of one service
	Link        Kind = "link"        // a signed link from a message
	Source      Kind = "source"      // a sender of log lines, by the key of its source or its address
	System      Kind = "system"      // Mainstay itself: timers, workers, rules
)

// Role is what a person does at the desk; domain/people holds what each may do.
type Role string

// The roles, most able first.
const (
	Admin          Role = "admin"
	SupportManager Role = "support-manager"
	BackLine       Role = "back-line"
	FirstLine      Role = "first-line"
	ClientServices Role = "client-services"
	Observer       Role = "observer"
	Client         Role = "client"
)

// Roles lists every role, most able first.
var Roles = []Role{Admin, SupportManager, BackLine, FirstLine, ClientServices, Observer, Client}

// Actor is who acts. The zero Actor is nobody and may do nothing.
type Actor struct {
	Kind Kind
	// ID is the user's id for users, links and personal tokens, the key's id otherwise.
	ID string
	// Name is shown in timelines: "Ana Ruiz", "token deploy", "Mainstay".
	Name string
	Role Role
	// Teams are the ids of the teams a person belongs to.
	Teams []string
	// Customer is the name of the customer whom a client belongs to, otherwise empty.
	Customer string
	// Scopes narrow a token to some actions; empty means all that the role may do.
	Scopes []string
	// Service is the service id to which an integration key belongs, otherwise empty.
	Service string
}

// Mainstay is the actor of timers and workers.
var Mainstay = Actor{Kind: System, ID: "mainstay", Name: "Mainstay"}

// IsPerson reports whether a human being stands behind the act.
func (a Actor) IsPerson() bool { return a.Kind == User || a.Kind == Link }

// In reports whether the actor belongs to any of the teams.
func (a Actor) In(teams ...string) bool {
	return slices.ContainsFunc(teams, func(t string) bool { return slices.Contains(a.Teams, t) })
}
