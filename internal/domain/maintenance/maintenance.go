package maintenance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/engine/ledger"
)

// ID identifies a maintenance.
type ID string

// State is how a maintenance stands.
type State string

// The states.
const (
	Planned State = "planned"
	Open    State = "open"
	Over    State = "over"
)

// Maintenance is planned work on services or components.
type Maintenance struct {
	ID      ID
	Name    string
	Spec    Spec   // as people write it, normal
	Window  Window // the one that is open, or the next; when it is over, the last
	Over    bool   // no window follows
	Version int64  // grows with every change
	Created time.Time
	Changed time.Time
}

// Window is a span of maintenance in UTC: [From, To).
type Window struct{ From, To time.Time }

// Holds reports whether an instant is in it.
func (w Window) Holds(at time.Time) bool { return !at.Before(w.From) && at.Before(w.To) }

// State is how it stands at an instant.
func (m Maintenance) State(at time.Time) State {
	switch {
	case m.Over || !at.Before(m.Window.To):
		return Over
	case m.Window.Holds(at):
		return Open
	}
	return Planned
}

// Record names a maintenance in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "maintenance", ID: string(id)} }

// Title is its name for people.
func (m Maintenance) Title() string {
	if m.Spec.Title != "" {
		return m.Spec.Title
	}
	return m.Name
}

// Spec is a maintenance as people write it.
type Spec struct {
	Title      string   `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the maintenance's name when left out."`
	Reason     string   `yaml:"reason,omitempty" json:"reason,omitempty" doc:"What is done, and where to ask; shown wherever alerts are held back."`
	Services   []string `yaml:"services,omitempty,flow" json:"services,omitempty" doc:"Services that are worked on, with all their components."`
	Components []string `yaml:"components,omitempty,flow" json:"components,omitempty" doc:"Components that are worked on."`
	Starts     string   `yaml:"starts" json:"starts" doc:"Wall-clock time of its first start, such as 2026-11-21T22:00."`
	Lasts      Span     `yaml:"lasts" json:"lasts" doc:"How long a window lasts: 30m, 2h, at most 14 days."`
	Repeats    string   `yaml:"repeats,omitempty" json:"repeats,omitempty" doc:"Rule of RFC 5545 by which it repeats, daily at most, such as FREQ=WEEKLY;BYDAY=SU; once when left out."`
	Zone       string   `yaml:"zone,omitempty" json:"zone,omitempty" doc:"IANA time zone such as Europe/London; UTC when left out."`
}

// Named is a maintenance in an export.
type Named struct {
	Name string
	Spec Spec
}

const (
	maxNamed   = 500
	maxLasts   = Span(14 * 24 * time.Hour)
	minLasts   = Span(time.Minute)
	maxRepeats = 500 // bytes
	// startLayout is how Starts is written; seconds are for nobody.
	startLayout = "2006-01-02T15:04"
)

// Validate collects what is wrong with the spec. What it names is checked when it is applied.
func (s Spec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "reason", s.Reason)
	c.Require(len(s.Services)+len(s.Components) > 0, "services", "or components must name what is worked on")
	once(c, "services", s.Services)
	once(c, "components", s.Components)
	c.Require(s.Lasts >= minLasts && s.Lasts <= maxLasts, "lasts", "must be 1m to 336h (14 days)")
	if s.Zone != "" {
		calendar.Zone(c, "zone", s.Zone)
	}
	if _, err := time.Parse(startLayout, s.Starts); err != nil {
		c.Add("starts", "must be a wall-clock time such as 2026-11-21T22:00, not %q", s.Starts)
		return
	}
	c.Require(s.Starts > "1971", "starts", "must be after 1970")
	s.validateRepeats(c)
}

func once(c *errs.Check, path string, names []string) {
	c.Require(len(names) <= maxNamed, path, "must name at most %d", maxNamed)
	for i, name := range names {
		c.Require(!slices.Contains(names[:i], name), fmt.Sprintf("%s[%d]", path, i), "names %q a second time", name)
	}
}

// normal leaves out what is said anyway, so that equal maintenances have equal specs.
func (s Spec) normal(name string) Spec {
	if s.Title = text.Trim(s.Title); s.Title == name {
		s.Title = ""
	}
	if s.Zone == "UTC" {
		s.Zone = ""
	}
	s.Reason = text.Trim(s.Reason)
	s.Repeats = strings.ToUpper(strings.TrimSpace(s.Repeats))
	return s
}

// Span is a duration of whole minutes, written "30m", "2h" or "1h30m".
type Span time.Duration

// Duration returns the time that it stands for.
func (s Span) Duration() time.Duration { return time.Duration(s) }

// String writes "1h30m0s" as "1h30m".
func (s Span) String() string { return text.Duration(time.Duration(s)) }

// MarshalText writes it as people do.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a Go duration of whole minutes.
func (s *Span) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d%time.Minute != 0 || d < 0 {
		return fmt.Errorf(`must be whole minutes or hours, such as "30m", "2h" or "1h30m"`)
	}
	*s = Span(d)
	return nil
}
