package people

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/ledger"
)

// UserID identifies a user.
type UserID string

// User is a person who can sign in, be paged, or be named on a record.
type User struct {
	ID       UserID
	Login    string
	Name     string // "Ana Ruiz"
	Email    string // may be empty
	Role     actor.Role
	Zone     string // IANA; the person's own, for showing times
	Customer string // name of the customer whom a client belongs to, otherwise empty
	Disabled bool
	Teams    []TeamID
	Created  time.Time
	// PasswordSet is when the password was last changed; zero while there is none.
	PasswordSet time.Time
}

// Actor is the user acting in person.
func (u User) Actor() actor.Actor {
	a := actor.Actor{Kind: actor.User, ID: string(u.ID), Name: u.Name, Role: u.Role, Customer: u.Customer}
	for _, t := range u.Teams {
		a.Teams = append(a.Teams, string(t))
	}
	return a
}

// Location is the zone in which times are shown to the person.
func (u User) Location() *time.Location {
	loc, err := time.LoadLocation(u.Zone)
	if err != nil {
		return time.UTC // the zone was valid when stored, the zone data has changed since
	}
	return loc
}

// Target is the user as something to be acted upon.
func (u User) Target() Target { return Target{Owner: string(u.ID)} }

// UserRecord names a user in the ledger.
func UserRecord(id UserID) ledger.Record { return ledger.Record{Kind: "user", ID: string(id)} }

// UserSpec is a user as people write it, under the login as its name. A password is never
// part of it: people set their own with a one-time link.
type UserSpec struct {
	Title    string     `json:"title,omitempty" yaml:"title,omitempty" doc:"The person's name, such as Ana Ruiz; the login when left out."`
	Email    string     `json:"email,omitempty" yaml:"email,omitempty" doc:"Mail address, for people to read; pages go to contact methods."`
	Role     actor.Role `json:"role" yaml:"role" doc:"What the person does at the desk." enum:"admin,support-manager,back-line,first-line,client-services,observer,client"`
	Zone     string     `json:"zone,omitempty" yaml:"zone,omitempty" doc:"IANA time zone such as Europe/London, for showing times; UTC when left out."`
	Customer string     `json:"customer,omitempty" yaml:"customer,omitempty" doc:"Name of the customer whom a user with role client belongs to."`
	Disabled bool       `json:"disabled,omitempty" yaml:"disabled,omitempty" doc:"True for who has left: no way in, no pages."`
}

// Spec returns the user as people write it, without what goes without saying.
func (u User) Spec() UserSpec {
	s := UserSpec{Title: u.Name, Email: u.Email, Role: u.Role, Zone: u.Zone, Customer: u.Customer, Disabled: u.Disabled}
	return s.normal(u.Login)
}

// Validate records what cannot be stored.
func (s UserSpec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	checkEmail(c, s.Email)
	c.Require(slices.Contains(actor.Roles, s.Role), "role", "must be one of %s, not %q", list(actor.Roles), s.Role)
	checkZone(c, s.Zone)
	if s.Customer != "" {
		text.Name(c, "customer", s.Customer)
	}
	c.Require(s.Role != actor.Client || s.Customer != "", "customer", "must name the customer whom a client belongs to")
	c.Require(s.Role == actor.Client || s.Customer == "", "customer", "is only for users with role client")
}

// normal leaves out what goes without saying, so that equal users have equal specs.
func (s UserSpec) normal(login string) UserSpec {
	s.Title = text.Trim(s.Title)
	if s.Title == login {
		s.Title = ""
	}
	if s.Zone == "UTC" {
		s.Zone = ""
	}
	return s
}

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,59}$`)

func checkLogin(c *errs.Check, login string) {
	c.Require(loginForm.MatchString(login), "name",
		"is the login: up to 60 lower-case letters, digits, dots, dashes and underscores, not %q", login)
}

func checkEmail(c *errs.Check, s string) {
	if s == "" {
		return
	}
	a, err := mail.ParseAddress(s)
	c.Require(err == nil && a.Address == s && len(s) <= 254, "email", "must be a mail address such as ana@bank.example, not %q", s)
}

func checkZone(c *errs.Check, zone string) {
	_, err := time.LoadLocation(zone)
	c.Require(err == nil && zone != "Local", "zone", "must be an IANA time zone such as Europe/London, not %q", zone)
}

// list joins names for a sentence.
func list[T ~string](names []T) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return strings.Join(out, ", ")
}
