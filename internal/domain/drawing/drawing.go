package drawing

import (
	"fmt"
	"slices"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/ledger"
)

// Spec is a drawing as people write it, under the name of its service.
type Spec struct {
	TwoColours bool     `yaml:"two_colours,omitempty" json:"two_colours,omitempty" doc:"Good and bad only: what is degraded shows as bad."`
	Groups     []Group  `yaml:"groups,omitempty" json:"groups,omitempty" doc:"Boxes around parts."`
	Parts      []Part   `yaml:"parts,omitempty" json:"parts,omitempty" doc:"Where parts stand. Those that are left out are laid out."`
	Links      []Link   `yaml:"links,omitempty" json:"links,omitempty" doc:"Dependencies that count for less than all."`
	Quorums    []Quorum `yaml:"quorums,omitempty" json:"quorums,omitempty" doc:"Parts that need only some of what they depend on."`
	Functions  []Bearer `yaml:"functions,omitempty" json:"functions,omitempty" doc:"Which parts carry a function of the service."`
	UserGroups []Bearer `yaml:"user_groups,omitempty" json:"user_groups,omitempty" doc:"Which parts carry a user group of the service."`
}

// Group is a named box around parts.
type Group struct {
	Name  string `yaml:"name" json:"name" doc:"Lower-case letters, digits and dashes."`
	Title string `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the group's name when left out."`
	Needs int    `yaml:"needs,omitempty" json:"needs,omitempty" doc:"How many of its parts must work; all of them when left out."`
}

// Part is where a component stands on the drawing.
type Part struct {
	Component string   `yaml:"component" json:"component" doc:"Name of the component."`
	X         *float64 `yaml:"x,omitempty" json:"x,omitempty" doc:"From the left, in pixels."`
	Y         *float64 `yaml:"y,omitempty" json:"y,omitempty" doc:"From the top, in pixels."`
	Group     string   `yaml:"group,omitempty" json:"group,omitempty" doc:"Group in which it stands."`
	Weight    int      `yaml:"weight,omitempty" json:"weight,omitempty" doc:"How much of the service is lost with it, in percent; all of it when left out. It counts for parts that nothing else of the service needs."`
}

// Link says how much a dependency counts.
type Link struct {
	From   string `yaml:"from" json:"from" doc:"Component that needs the other."`
	To     string `yaml:"to" json:"to" doc:"Component that is needed."`
	Weight int    `yaml:"weight" json:"weight" doc:"How much of the one is lost with the other, in percent."`
}

// Quorum says that a part needs only some of its dependencies.
type Quorum struct {
	Component string   `yaml:"component" json:"component" doc:"Component that needs them."`
	Needs     int      `yaml:"needs" json:"needs" doc:"How many of them must work."`
	Of        []string `yaml:"of,flow" json:"of" doc:"Components on which it depends."`
}

// Bearer says which parts carry a function or a user group.
type Bearer struct {
	Name  string   `yaml:"name" json:"name" doc:"Name of the function or user group, as the service has it."`
	Needs []string `yaml:"needs,flow" json:"needs" doc:"Components without any of which it is lost."`
}

// Named is a drawing in an export, under the name of its service.
type Named struct {
	Name string
	Spec Spec
}

// Drawing is a drawing as it is stored.
type Drawing struct {
	Service catalogue.ServiceID
	Spec    Spec
	Version int64 // grows with every change, 0 while nothing is stored
	Changed time.Time
}

// Record names the drawing of a service in the ledger.
func Record(id catalogue.ServiceID) ledger.Record {
	return ledger.Record{Kind: "drawing", ID: string(id)}
}

const (
	maxParts = 2000
	maxOther = 500 // groups, quorums and so on
	maxPlace = 100_000
)

// Validate collects what is wrong with the spec. References are checked when it is applied.
func (s Spec) Validate(c *errs.Check) {
	c.Require(len(s.Parts) <= maxParts, "parts", "must have at most %d entries", maxParts)
	for _, list := range []struct {
		path string
		n    int
	}{{"groups", len(s.Groups)}, {"links", len(s.Links)}, {"quorums", len(s.Quorums)}, {"functions", len(s.Functions)}, {"user_groups", len(s.UserGroups)}} {
		c.Require(list.n <= maxOther, list.path, "must have at most %d entries", maxOther)
	}
	sizes := s.validateParts(c)
	s.validateGroups(c, sizes)
	s.validateLinks(c)
	s.validateQuorums(c)
	validateBearers(c, "functions", s.Functions)
	validateBearers(c, "user_groups", s.UserGroups)
}

// validateParts returns how many parts stand in each group.
func (s Spec) validateParts(c *errs.Check) map[string]int {
	known := map[string]bool{}
	for _, g := range s.Groups {
		known[g.Name] = true
	}
	sizes, seen := map[string]int{}, map[string]bool{}
	for i, p := range s.Parts {
		at := index("parts", i)
		text.Name(c, at+".component", p.Component)
		c.Require(!seen[p.Component], at+".component", "names %q a second time", p.Component)
		seen[p.Component] = true
		c.Require((p.X == nil) == (p.Y == nil), at+".x", "and y must be given together")
		place(c, at+".x", p.X)
		place(c, at+".y", p.Y)
		c.Require(p.Group == "" || known[p.Group], at+".group", "names %q, which is none of the groups", p.Group)
		c.Require(p.Weight >= 0 && p.Weight <= 100, at+".weight", "must be 1 to 100")
		sizes[p.Group]++
	}
	return sizes
}

// place refuses what is out of bounds, and what is no number at all.
func place(c *errs.Check, path string, v *float64) {
	c.Require(v == nil || *v >= -maxPlace && *v <= maxPlace, path, "must be between -%d and %d", maxPlace, maxPlace)
}

func (s Spec) validateGroups(c *errs.Check, sizes map[string]int) {
	seen := map[string]bool{}
	for i, g := range s.Groups {
		at := index("groups", i)
		text.Name(c, at+".name", g.Name)
		text.Line(c, at+".title", g.Title)
		c.Require(!seen[g.Name], at+".name", "names %q a second time", g.Name)
		seen[g.Name] = true
		c.Require(g.Needs >= 0 && g.Needs <= sizes[g.Name], at+".needs", "must be 1 to %d, the number of its parts", sizes[g.Name])
	}
}

func (s Spec) validateLinks(c *errs.Check) {
	seen := map[[2]string]bool{}
	for i, l := range s.Links {
		at := index("links", i)
		c.Require(l.From != "" && l.To != "", at, "must say from and to")
		c.Require(!seen[[2]string{l.From, l.To}], at, "stands there a second time")
		seen[[2]string{l.From, l.To}] = true
		c.Require(l.Weight >= 1 && l.Weight <= 100, at+".weight", "must be 1 to 100")
	}
}

func (s Spec) validateQuorums(c *errs.Check) {
	seen := map[[2]string]bool{}
	for i, q := range s.Quorums {
		at := index("quorums", i)
		c.Require(q.Component != "", at+".component", "is required")
		c.Require(len(q.Of) > 0, at+".of", "is required")
		c.Require(q.Needs >= 1 && q.Needs <= max(1, len(q.Of)), at+".needs", "must be 1 to %d, the number of components in of", len(q.Of))
		for n, name := range q.Of {
			pair := [2]string{q.Component, name}
			c.Require(!seen[pair], index(at+".of", n), "names %q a second time for %s", name, q.Component)
			seen[pair] = true
		}
	}
}

func validateBearers(c *errs.Check, path string, list []Bearer) {
	seen := map[string]bool{}
	for i, b := range list {
		at := index(path, i)
		c.Require(!text.Blank(b.Name), at+".name", "is required")
		text.Line(c, at+".name", b.Name)
		c.Require(!seen[b.Name], at+".name", "names %q a second time", b.Name)
		seen[b.Name] = true
		c.Require(len(b.Needs) > 0, at+".needs", "is required")
	}
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// prune leaves out what names something that is not there any more.
func (s Spec) prune(of catalogue.Service, names known) Spec {
	there := names.has
	gone := func(name string) bool { return !there(name) }
	idle := func(l Link) bool { return !names.needs(l.From, l.To) }
	s.Parts = slices.DeleteFunc(slices.Clone(s.Parts), func(p Part) bool { return gone(p.Component) })
	s.Links = slices.DeleteFunc(slices.Clone(s.Links), idle)
	var quorums []Quorum
	for _, q := range s.Quorums {
		q.Of = slices.DeleteFunc(slices.Clone(q.Of), func(name string) bool { return !names.needs(q.Component, name) })
		if there(q.Component) && len(q.Of) > 0 {
			q.Needs = min(q.Needs, len(q.Of))
			quorums = append(quorums, q)
		}
	}
	s.Quorums = quorums
	s.Functions, s.UserGroups = pruneBearers(s.Functions, of.Functions, gone), pruneBearers(s.UserGroups, of.UserGroups, gone)
	s.Groups = s.pruneGroups()
	return s
}

// pruneGroups lets no group need more parts than it has.
func (s Spec) pruneGroups() []Group {
	groups := slices.Clone(s.Groups)
	for i := range groups {
		size := 0
		for _, p := range s.Parts {
			if p.Group == groups[i].Name {
				size++
			}
		}
		groups[i].Needs = min(groups[i].Needs, size)
	}
	return groups
}

func pruneBearers(list []Bearer, of []catalogue.Weight, gone func(string) bool) (out []Bearer) {
	for _, b := range list {
		if b.Needs = slices.DeleteFunc(slices.Clone(b.Needs), gone); len(b.Needs) > 0 && has(of, b.Name) {
			out = append(out, b)
		}
	}
	return out
}

func has(list []catalogue.Weight, name string) bool {
	return slices.ContainsFunc(list, func(w catalogue.Weight) bool { return w.Name == name })
}
