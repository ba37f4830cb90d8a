package people

import (
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/ledger"
)

// TeamID identifies a team.
type TeamID string

// Level is where a team stands in the support organisation.
type Level string

// The levels, in the order in which an incident climbs.
const (
	L1             Level = "L1" // first line, eyes on glass
	L2             Level = "L2" // back line
	L3             Level = "L3" // developers on call
	Management     Level = "management"
	ClientServices Level = "client-services"
	Vendor         Level = "vendor"
	Partner        Level = "partner"
)

// Levels lists every level.
var Levels = []Level{L1, L2, L3, Management, ClientServices, Vendor, Partner}

// Title is what people call the level.
func (l Level) Title() string {
	switch l {
	case L1:
		return "L1 first line"
	case L2:
		return "L2 back line"
	case L3:
		return "L3 developers"
	case Management:
		return "Management"
	case ClientServices:
		return "Client services"
	case Vendor:
		return "Vendor"
	case Partner:
		return "Partner"
	}
	return string(l)
}

// Team is a group of users and an entry of the escalation directory.
type Team struct {
	ID      TeamID
	Name    string // "payments-l2"
	Title   string // "Payments back line"
	Level   Level
	Members []UserID // the disabled ones too, in no order that means anything
	Hours   string   // name of the calendar of its hours; empty means always
	Contact string   // ways to reach it, for people to read; several lines
	Owner   UserID   // who keeps this entry right; empty when nobody does
	// ReviewBy is the date, such as 2026-12-31, by which the entry wants to be looked at again.
	ReviewBy string
	Created  time.Time
}

// Stale reports whether the entry's review date has passed at the instant (in UTC).
func (t Team) Stale(at time.Time) bool {
	return t.ReviewBy != "" && at.UTC().Format(time.DateOnly) > t.ReviewBy
}

// Target is the team as something to be acted upon.
func (t Team) Target() Target { return Target{Teams: []string{string(t.ID)}} }

// TeamRecord names a team in the ledger.
func TeamRecord(id TeamID) ledger.Record { return ledger.Record{Kind: "team", ID: string(id)} }

// TeamSpec is a team as people write it, under its name.
type TeamSpec struct {
	Title    string   `json:"title,omitempty" yaml:"title,omitempty" doc:"Name for people; the team's name when left out."`
	Level    Level    `json:"level" yaml:"level" doc:"Where it stands in the support organisation." enum:"L1,L2,L3,management,client-services,vendor,partner"`
	Members  []string `json:"members,omitempty" yaml:"members,omitempty,flow" doc:"Logins."`
	Hours    string   `json:"hours,omitempty" yaml:"hours,omitempty" doc:"Name of the calendar of its hours; always when left out."`
	Contact  string   `json:"contact,omitempty" yaml:"contact,omitempty" doc:"How to reach the team, for people to read."`
	Owner    string   `json:"owner,omitempty" yaml:"owner,omitempty" doc:"Login of who keeps this entry right."`
	ReviewBy string   `json:"review_by,omitempty" yaml:"review_by,omitempty" doc:"Date, such as 2026-12-31, by which somebody looks at this entry again."`
}

const maxMembers = 500

// Validate records what cannot be stored, except references to users, which ApplyTeamIn looks up.
func (s TeamSpec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	c.Require(slices.Contains(Levels, s.Level), "level", "must be one of %s, not %q", list(Levels), s.Level)
	c.Require(len(s.Members) <= maxMembers, "members", "must be at most %d", maxMembers)
	if s.Hours != "" {
		text.Name(c, "hours", s.Hours)
	}
	text.Block(c, "contact", s.Contact)
	if s.ReviewBy != "" {
		day, err := time.Parse(time.DateOnly, s.ReviewBy)
		c.Require(err == nil, "review_by", "must be a date such as 2026-12-31, not %q", s.ReviewBy)
		if err == nil {
			clock.Check(c, "review_by", day)
		}
	}
}

// normal leaves out what goes without saying and sorts the members, so that equal teams have
// equal specs.
func (s TeamSpec) normal(name string) TeamSpec {
	s.Title = text.Trim(s.Title)
	if s.Title == name {
		s.Title = ""
	}
	s.Contact = strings.TrimSpace(strings.ReplaceAll(s.Contact, "\r\n", "\n"))
	s.Members = slices.Clone(s.Members)
	slices.Sort(s.Members)
	s.Members = slices.Compact(s.Members)
	return s
}

func (s TeamSpec) equal(o TeamSpec) bool {
	same := slices.Equal(s.Members, o.Members)
	s.Members, o.Members = nil, nil
	return same && s.flat() == o.flat()
}

// flat is the spec without its members, for comparing.
func (s TeamSpec) flat() [6]string {
	return [6]string{s.Title, string(s.Level), s.Hours, s.Contact, s.Owner, s.ReviewBy}
}
