package catalogue

import (
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
)

// ComponentID identifies a component.
type ComponentID string

// Layer is the kind of part that a component is.
type Layer string

// The layers, lowest first.
const (
	Machine         Layer = "machine"
	Network         Layer = "network"
	Middleware      Layer = "middleware"
	Application     Layer = "application"
	BusinessProcess Layer = "business-process"
	FrontEnd        Layer = "front-end"
	ThirdParty      Layer = "third-party"
)

// Layers lists every layer, lowest first.
var Layers = []Layer{Machine, Network, Middleware, Application, BusinessProcess, FrontEnd, ThirdParty}

// Component is a configuration item.
type Component struct {
	ID          ComponentID
	Name        string
	Title       string
	Description string
	Layer       Layer
	DependsOn   []ComponentID // in the order in which people wrote them
	Service     ServiceID     // empty when it belongs to none
	ServiceName string
	Environment string        // name, empty when none is given
	Owner       people.TeamID // empty: the service's owner
	OwnerName   string        // the team's
	Links       []Link
	Version     int64 // grows with every change
	Created     time.Time
	Changed     time.Time
}

// Link leads to something about a component: its console, its source.
type Link struct {
	Title string `yaml:"title" json:"title" doc:"What the link leads to."`
	URL   string `yaml:"url" json:"url" doc:"Address that starts with https:// or http://."`
}

// ComponentRecord names a component in the ledger.
func ComponentRecord(id ComponentID) ledger.Record {
	return ledger.Record{Kind: "component", ID: string(id)}
}

// ComponentSpec is a component as people write it.
type ComponentSpec struct {
	Title       string   `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the component's name when left out."`
	Description string   `yaml:"description,omitempty" json:"description,omitempty" doc:"What it does."`
	Layer       string   `yaml:"layer" json:"layer" doc:"The kind of part." enum:"machine,network,middleware,application,business-process,front-end,third-party"`
	Service     string   `yaml:"service,omitempty" json:"service,omitempty" doc:"Service that it belongs to."`
	Environment string   `yaml:"environment,omitempty" json:"environment,omitempty" doc:"Environment in which it runs."`
	Owner       string   `yaml:"owner,omitempty" json:"owner,omitempty" doc:"Team that looks after it; the service's owner when left out."`
	DependsOn   []string `yaml:"depends_on,omitempty,flow" json:"depends_on,omitempty" doc:"Components that it needs to work; never in a circle."`
	Links       []Link   `yaml:"links,omitempty" json:"links,omitempty" doc:"Pages about it."`
}

// NamedComponent is a component in an export.
type NamedComponent struct {
	Name string
	Spec ComponentSpec
}

const (
	maxDepends = 200
	maxLinks   = 20
)

// Validate collects what is wrong with the spec. References are checked when it is applied.
func (s ComponentSpec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
	c.Require(slices.Contains(Layers, Layer(s.Layer)), "layer", "must be one of %v, not %q", Layers, s.Layer)
	c.Require(len(s.DependsOn) <= maxDepends, "depends_on", "must have at most %d components", maxDepends)
	unique(c, "depends_on", s.DependsOn)
	c.Require(len(s.Links) <= maxLinks, "links", "must have at most %d entries", maxLinks)
	for i, l := range s.Links {
		at := index("links", i)
		c.Require(!text.Blank(l.Title), at+".title", "is required")
		text.Line(c, at+".title", l.Title)
		c.Require(l.URL != "", at+".url", "is required")
		text.URL(c, at+".url", l.URL)
	}
}

// graph is who depends on whom, by name.
type graph map[string][]string

// cycle returns the names along a circle through start, start first and last, or nil.
func (g graph) cycle(start string) []string {
	seen := map[string]bool{}
	var walk func(path []string) []string
	walk = func(path []string) []string {
		for _, next := range g[path[len(path)-1]] {
			if next == start {
				return append(path, next)
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if found := walk(append(path, next)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk([]string{start})
}

// refuseCycle records the circle, if there is one, with the path around it.
func (g graph) refuseCycle(c *errs.Check, name string) {
	if circle := g.cycle(name); circle != nil {
		c.Add("depends_on", "goes in a circle: %s", strings.Join(circle, " → "))
	}
}
