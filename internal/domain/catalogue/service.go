package catalogue

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// ServiceID identifies a service.
type ServiceID string

// Unassigned is the name of the service for alerts that name no known one.
const Unassigned = "unassigned"

// Service is what the business names: Payments, Mail.
type Service struct {
	ID          ServiceID
	Name        string
	Title       string
	Description string
	Tier        int           // 1 (most important) to 4
	Owner       people.TeamID // empty for "unassigned" only
	OwnerName   string        // the team's
	Support     []people.TeamID

	Hours              string  // calendar name; empty means always
	BusinessHours      string  // calendar name; empty when there are none
	AvailabilityTarget float64 // percent of the hours, 0 when there is none
	Functions          []Weight
	UserGroups         []Weight
	Environments       []string // names
	SupportHours       string   // in words
	WorkCycle          WorkCycle
	Runbook            string // URL

	Policy              string   // escalation policy name; empty means the built-in one
	GroupBy             []string // labels that split a service's alerts into incidents
	RestoreWhenResolved bool     // restore the incident when its last alert resolves

	Version int64 // grows with every change
	Created time.Time
	Changed time.Time
}

// Teams returns the owning and the supporting teams.
func (s Service) Teams() []people.TeamID {
	if s.Owner == "" {
		return s.Support
	}
	return append([]people.TeamID{s.Owner}, s.Support...)
}

// Weight is the share of one function or user group in a service.
type Weight struct {
	Name    string `yaml:"name" json:"name" doc:"Name of the function or user group."`
	Percent int    `yaml:"percent" json:"percent" doc:"Its share; all shares add up to 100."`
}

// WorkCycle is the rhythm in which a service works.
type WorkCycle string

// The work cycles; windows are set hours such as a nightly batch.
const (
	AroundTheClock WorkCycle = "24x7"
	SixDays        WorkCycle = "24x6"
	FiveDays       WorkCycle = "24x5"
	Windows        WorkCycle = "windows"
)

// WorkCycles lists every work cycle.
var WorkCycles = []WorkCycle{AroundTheClock, SixDays, FiveDays, Windows}

// ServiceRecord names a service in the ledger.
func ServiceRecord(id ServiceID) ledger.Record { return ledger.Record{Kind: "service", ID: string(id)} }

// ServiceSpec is a service as people write it: in configuration as code, in the API, on a page.
type ServiceSpec struct {
	Title       string   `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the service's name when left out."`
	Description string   `yaml:"description,omitempty" json:"description,omitempty" doc:"What the service does and for whom."`
	Tier        int      `yaml:"tier" json:"tier" doc:"Importance: 1 (the business stops without it) to 4." enum:"1,2,3,4"`
	Owner       string   `yaml:"owner,omitempty" json:"owner,omitempty" doc:"Team that owns the service. Required, except for the service \"unassigned\"."`
	Support     []string `yaml:"support,omitempty,flow" json:"support,omitempty" doc:"Teams that support it too."`

	Hours              string   `yaml:"hours,omitempty" json:"hours,omitempty" doc:"Calendar of the hours in which the service must be available; always when left out."`
	BusinessHours      string   `yaml:"business_hours,omitempty" json:"business_hours,omitempty" doc:"Calendar of the business's own hours."`
	AvailabilityTarget float64  `yaml:"availability_target,omitempty" json:"availability_target,omitempty" doc:"Percent of the service hours, such as 99.95."`
	Functions          []Weight `yaml:"functions,omitempty" json:"functions,omitempty" doc:"What the service is for, with weights that add up to 100."`
	UserGroups         []Weight `yaml:"user_groups,omitempty" json:"user_groups,omitempty" doc:"Who uses it, with weights that add up to 100."`
	Environments       []string `yaml:"environments,omitempty,flow" json:"environments,omitempty" doc:"Environments in which it runs."`
	SupportHours       string   `yaml:"support_hours,omitempty" json:"support_hours,omitempty" doc:"When support is given, in words."`
	WorkCycle          string   `yaml:"work_cycle,omitempty" json:"work_cycle,omitempty" doc:"Rhythm of the service." enum:"24x7,24x6,24x5,windows"`
	Runbook            string   `yaml:"runbook,omitempty" json:"runbook,omitempty" doc:"Address of the procedures for it."`

	Policy  string   `yaml:"policy,omitempty" json:"policy,omitempty" doc:"Escalation policy; the service's teams, level by level, when left out."`
	GroupBy []string `yaml:"group_by,omitempty,flow" json:"group_by,omitempty" doc:"Alert labels: alerts with other values open another incident. One open incident for the service when left out."`
	// RestoreWhenResolved is true when nil.
	RestoreWhenResolved *bool `yaml:"restore_when_resolved,omitempty" json:"restore_when_resolved,omitempty" doc:"Restore the incident when its last alert resolves; true when left out."`
}

// NamedService is a service in an export.
type NamedService struct {
	Name string
	Spec ServiceSpec
}

const (
	maxTeams   = 20
	maxWeights = 50
	maxLabels  = 10
)

// Validate collects what is wrong with the spec. References are checked when it is applied.
func (s ServiceSpec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
	c.Require(s.Tier >= 1 && s.Tier <= 4, "tier", "must be 1 (most important) to 4")
	c.Require(len(s.Support) <= maxTeams, "support", "must have at most %d teams", maxTeams)
	unique(c, "support", s.Support)
	c.Require(s.Owner == "" || !slices.Contains(s.Support, s.Owner), "support", "must not name the owner %q again", s.Owner)
	c.Require(s.AvailabilityTarget >= 0 && s.AvailabilityTarget <= 100, "availability_target", "must be a percentage of at most 100")
	weights(c, "functions", s.Functions)
	weights(c, "user_groups", s.UserGroups)
	unique(c, "environments", s.Environments)
	text.Line(c, "support_hours", s.SupportHours)
	c.Require(s.WorkCycle == "" || slices.Contains(WorkCycles, WorkCycle(s.WorkCycle)), "work_cycle", "must be one of %v", WorkCycles)
	text.URL(c, "runbook", s.Runbook)
	c.Require(s.Policy == "" || text.ValidName(s.Policy), "policy", "must be the name of an escalation policy")
	c.Require(len(s.GroupBy) <= maxLabels, "group_by", "must have at most %d labels", maxLabels)
	unique(c, "group_by", s.GroupBy)
	for i, label := range s.GroupBy {
		c.Require(!text.Blank(label), index("group_by", i), "must be the name of a label")
		text.Line(c, index("group_by", i), label)
	}
}

// weights refuses shares that do not add up to 100.
func weights(c *errs.Check, path string, list []Weight) {
	if len(list) == 0 {
		return
	}
	c.Require(len(list) <= maxWeights, path, "must have at most %d entries", maxWeights)
	sum := 0
	names := make([]string, len(list))
	for i, w := range list {
		at := index(path, i)
		c.Require(!text.Blank(w.Name), at+".name", "is required")
		text.Line(c, at+".name", w.Name)
		c.Require(w.Percent >= 1 && w.Percent <= 100, at+".percent", "must be 1 to 100")
		names[i] = w.Name
		sum += w.Percent
	}
	unique(c, path, names)
	c.Require(sum == 100, path, "must add up to 100, not %d", sum)
}

// ServiceByID reads a service for another room, which has checked its own permission.
func ServiceByID(tx *db.Tx, id ServiceID) (Service, error) {
	s, err := oneService(tx, `id = ?`, string(id))
	return s, db.OrNotFound(err, "there is no service with id %s", id)
}

// ServiceByName reads a service for another room, which has checked its own permission.
func ServiceByName(tx *db.Tx, name string) (Service, error) {
	s, err := oneService(tx, `name = ?`, name)
	return s, db.OrNotFound(err, "there is no service %q", name)
}

// AllServices returns every service by name.
func AllServices(tx *db.Tx) ([]Service, error) { return manyServices(tx, `TRUE`) }

// ServiceExists reports whether there is a service with this name, for rooms that cannot
// look for themselves.
func (c *Catalogue) ServiceExists(tx *db.Tx, name string) (bool, error) {
	s, err := ServiceByName(tx, name)
	return exists(s, err)
}

// UsesCalendar names a service that has the calendar, "" when none has: it must not be deleted.
func UsesCalendar(tx *db.Tx, calendar string) (string, error) {
	name, err := db.One(tx, db.Value[string], `
		SELECT name FROM service WHERE hours = ? OR business_hours = ? ORDER BY name LIMIT 1`, calendar, calendar)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return fmt.Sprintf("service %q", name), err
}

// Target is what acts on a service or on something of it are done to: it names the
// service and its teams.
func Target(tx *db.Tx, id ServiceID) (people.Target, error) {
	s, err := ServiceByID(tx, id)
	return s.Target(), err
}

// Target is what acts on the service are done to.
func (s Service) Target() people.Target {
	t := people.Target{Service: string(s.ID)}
	for _, team := range s.Teams() {
		t.Teams = append(t.Teams, string(team))
	}
	return t
}
