package saved

import (
	"fmt"
	"slices"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
)

// PanelKind is how a panel shows what it finds.
type PanelKind string

// The kinds of panels.
const (
	CountPanel PanelKind = "count"
	TablePanel PanelKind = "table"
	LinesPanel PanelKind = "lines"
	ChartPanel PanelKind = "chart"
	TopPanel   PanelKind = "top"
)

// PanelKinds lists every kind.
var PanelKinds = []PanelKind{CountPanel, ChartPanel, TopPanel, TablePanel, LinesPanel}

// DashboardSpec is a dashboard as people write it.
type DashboardSpec struct {
	Title       string  `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the dashboard's name when left out."`
	Description string  `yaml:"description,omitempty" json:"description,omitempty" doc:"What it is for."`
	Owner       string  `yaml:"owner,omitempty" json:"owner,omitempty" doc:"Login of whose it is. Who saves it, when left out."`
	Private     bool    `yaml:"private,omitempty" json:"private,omitempty" doc:"True when its owner alone sees it. Not in configuration."`
	Range       string  `yaml:"range,omitempty" json:"range,omitempty" doc:"How far back its panels look: 15m, 1h (when left out), 6h, 24h or 7d. Readers can choose another."`
	Refresh     int     `yaml:"refresh,omitempty" json:"refresh,omitempty" doc:"Every how many seconds panels are asked again, 5 to 3600; 60 when left out."`
	Panels      []Panel `yaml:"panels,omitempty" json:"panels,omitempty" doc:"What it shows, in order."`
}

// Panel is a part of a dashboard.
type Panel struct {
	Title  string    `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the search's or the query when left out."`
	Kind   PanelKind `yaml:"kind" json:"kind" doc:"count, chart, top, table or lines."`
	Search string    `yaml:"search,omitempty" json:"search,omitempty" doc:"Name of a saved search; or a query of its own."`
	Query  string    `yaml:"query,omitempty" json:"query,omitempty" doc:"What it searches: LogsQL, or words and quoted phrases."`
	As     string    `yaml:"as,omitempty" json:"as,omitempty" doc:"logsql or words; found out from the query when left out."`
	Field  string    `yaml:"field,omitempty" json:"field,omitempty" doc:"For top: the field whose most frequent values it shows."`
	Width  string    `yaml:"width,omitempty" json:"width,omitempty" doc:"full for the whole width; half of it when left out."`
	Limit  int       `yaml:"limit,omitempty" json:"limit,omitempty" doc:"For top, table and lines: how many rows, up to 100; 10 when left out."`
}

const (
	maxPanels      = 24
	usualRefresh   = 60
	usualLimit     = 10
	maxPanelLimit  = 100
	leastRefresh   = 5
	longestRefresh = 3600
)

// Validate collects what is wrong with the spec, except that what it names may not exist.
func (d DashboardSpec) Validate(c *errs.Check) {
	text.Line(c, "title", d.Title)
	text.Block(c, "description", d.Description)
	checkSpan(c, d.Range)
	c.Require(d.Refresh == 0 || d.Refresh >= leastRefresh && d.Refresh <= longestRefresh, "refresh", "must be %d to %d seconds", leastRefresh, longestRefresh)
	c.Require(len(d.Panels) <= maxPanels, "panels", "must be at most %d", maxPanels)
	for i, p := range d.Panels {
		p.validate(c, fmt.Sprintf("panels[%d].", i))
	}
}

func (p Panel) validate(c *errs.Check, at string) {
	text.Line(c, at+"title", p.Title)
	c.Require(slices.Contains(PanelKinds, p.Kind), at+"kind", "must be one of %v, not %q", PanelKinds, p.Kind)
	c.Require((p.Search == "") != text.Blank(p.Query), at+"query", "is required, or the name of a saved search, and not both")
	checkQuery(c, at+"query", p.Query, p.As)
	if p.Search != "" {
		text.Name(c, at+"search", p.Search)
	}
	text.Line(c, at+"field", p.Field)
	c.Require((p.Kind == TopPanel) == (p.Field != ""), at+"field", "is required for top, and says nothing to other kinds")
	c.Require(p.Width == "" || p.Width == "half" || p.Width == "full", at+"width", "must be half or full, not %q", p.Width)
	c.Require(p.Limit >= 0 && p.Limit <= maxPanelLimit, at+"limit", "must be at most %d", maxPanelLimit)
}

func (d DashboardSpec) whose() whose { return whose{d.Owner, d.Private} }

func (d DashboardSpec) of(w whose) DashboardSpec {
	d.Owner, d.Private = w.owner, w.private
	return d
}

// normal leaves out what goes without saying.
func (d DashboardSpec) normal(name string) DashboardSpec {
	d.Title = text.Trim(d.Title)
	if d.Title == name {
		d.Title = ""
	}
	if d.Range == usualSpan {
		d.Range = ""
	}
	if d.Refresh == usualRefresh {
		d.Refresh = 0
	}
	if d.Panels = slices.Clone(d.Panels); len(d.Panels) == 0 {
		d.Panels = nil
	}
	for i := range d.Panels {
		d.Panels[i] = d.Panels[i].normal()
	}
	return d
}

func (p Panel) normal() Panel {
	p.Title, p.Query = text.Trim(p.Title), strings.TrimSpace(p.Query)
	if p.Width == "half" {
		p.Width = ""
	}
	if p.Limit == usualLimit {
		p.Limit = 0
	}
	return p
}

func (DashboardSpec) essence() string { return "" }

// Every is how many seconds lie between two answers of a panel.
func (d DashboardSpec) Every() int {
	if d.Refresh == 0 {
		return usualRefresh
	}
	return d.Refresh
}

// title is the name for people.
func (s SearchSpec) title() string    { return s.Title }
func (d DashboardSpec) title() string { return d.Title }

// Title is its name for people.
func (it Item[S]) Title() string {
	if title := it.Spec.title(); title != "" {
		return title
	}
	return it.Name
}
