package oncall

import (
	"slices"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
)

// Roster says who is on call when. Parse makes one from a Spec.
//
// People are named by their logins.
type Roster struct {
	// Overrides apply in this order.
	Overrides []Override
	// Absent says who is passed over wherever the roster names them; nil: nobody is.
	Absent func(user string) bool

	name     string
	loc      *time.Location
	fallback string
	layers   []layer
	spec     Spec
}

// OverrideID identifies an override.
type OverrideID string

// Override is a change for a while: a swap, a holiday, a helping hand.
type Override struct {
	ID       OverrideID
	From, To time.Time
	User     string // who is on call
	Replaces string // in whose place; empty: User alone, whoever else would be on call

	Note    string // why, for people
	Creator string // name of who made it
	Created time.Time
}

// maxOverride is longer than any leave; what is for good belongs into the layers.
const maxOverride = 366 * 24 * time.Hour

// Validate records what is wrong with the override, apart from whether its people exist.
func (o Override) Validate(c *errs.Check) {
	c.Require(!o.From.IsZero(), "from", "must be an instant such as 2026-12-24T08:00:00Z")
	if !o.From.IsZero() {
		clock.Check(c, "from", o.From)
	}
	clock.Check(c, "to", o.To)
	c.Require(o.To.After(o.From), "to", "must be after from")
	c.Require(o.To.Sub(o.From) <= maxOverride, "to", "must be at most 366 days after from: change the layers for longer")
	c.Require(o.User != "", "user", "must name who is on call")
	c.Require(o.User != o.Replaces || o.User == "", "replaces", "must be somebody other than %s", o.User)
	text.Line(c, "note", o.Note)
}

func (o Override) holds(at time.Time) bool { return !at.Before(o.From) && at.Before(o.To) }

// State says how it stands with a stretch of time.
type State string

// The states.
const (
	Covered  State = "covered"  // somebody is on call
	Fallback State = "fallback" // nobody is, so the fallback person stands in
	Nobody   State = "nobody"   // nobody is, on purpose
	Gap      State = "gap"      // nobody is, and nobody meant that
)

// Reason says why a person is on call.
type Reason string

// The reasons.
const (
	ByLayer    Reason = "layer"
	ByOverride Reason = "override"
	ByFallback Reason = "fallback"
)

// Duty is one person being on call.
type Duty struct {
	User     string
	Why      Reason
	Layer    string     // the layer's name; empty for the fallback person
	Override OverrideID // set when Why is ByOverride
}

// Shift is a stretch of time during which nothing changes.
type Shift struct {
	calendar.Span
	State  State
	People []Duty // empty in states Nobody and Gap
}

// Has reports whether the person is on call in the shift.
func (s Shift) Has(user string) bool {
	return slices.ContainsFunc(s.People, func(d Duty) bool { return d.User == user })
}

// Users returns the logins of who is on call.
func (s Shift) Users() []string {
	out := make([]string, len(s.People))
	for i, d := range s.People {
		out[i] = d.User
	}
	return out
}

func (s Shift) like(o Shift) bool { return s.State == o.State && slices.Equal(s.People, o.People) }

// Schedule returns the shifts between two instants: in order, without holes (times without
// anybody are shifts of state Nobody or Gap), and neighbours differ.
func (r *Roster) Schedule(from, to time.Time) []Shift {
	from, to = from.UTC(), to.UTC()
	w := r.watch(from, to)
	var out []Shift
	for n := 1; n < len(w.cuts); n++ {
		s := w.shift(w.cuts[n-1], w.cuts[n])
		if n := len(out); n > 0 && out[n-1].like(s) {
			out[n-1].To = s.To
			continue
		}
		out = append(out, s)
	}
	return out
}

// watch walks along the layers of a roster, forward only.
type watch struct {
	pieces    [][]piece        // per layer, what is still to come
	people    []map[int][]Duty // per layer and slot, who can be called, once somebody asked
	roster    *Roster
	overrides []Override
	cuts      []time.Time // where anything may change, first to last
}

func (r *Roster) watch(from, to time.Time) *watch {
	w := &watch{roster: r}
	if !to.After(from) {
		return w
	}
	w.cuts = append(w.cuts, from, to)
	for _, l := range r.layers {
		pieces := l.pieces(from, to)
		for _, p := range pieces {
			w.cuts = append(w.cuts, p.From, p.To)
		}
		w.pieces = append(w.pieces, pieces)
		w.people = append(w.people, map[int][]Duty{})
	}
	for _, o := range r.Overrides {
		s := clip(calendar.Span{From: o.From.UTC(), To: o.To.UTC()}, from, to)
		if s.To.After(s.From) && r.callable(o.User) {
			w.overrides = append(w.overrides, o)
			w.cuts = append(w.cuts, s.From, s.To)
		}
	}
	slices.SortFunc(w.cuts, time.Time.Compare)
	w.cuts = slices.CompactFunc(w.cuts, time.Time.Equal)
	return w
}

func (r *Roster) callable(user string) bool {
	return user != "" && (r.Absent == nil || !r.Absent(user))
}

// duties returns who of a slot can be called.
func (w *watch) duties(n, slot int) []Duty {
	people, known := w.people[n][slot]
	if known {
		return people
	}
	l := w.roster.layers[n]
	for _, user := range l.slots[slot] {
		if w.roster.callable(user) {
			people = append(people, Duty{User: user, Why: ByLayer, Layer: l.name})
		}
	}
	w.people[n][slot] = people
	return people
}

// shift returns who is on call between two cuts.
func (w *watch) shift(from, to time.Time) Shift {
	s := w.layered(from)
	s.Span = calendar.Span{From: from, To: to}
	for _, o := range w.overrides {
		if o.holds(from) {
			s = s.overridden(o)
		}
	}
	return s
}

// layered returns who is on call without overrides.
func (w *watch) layered(at time.Time) Shift {
	state := Gap
	for n, l := range w.roster.layers {
		slot, ok := w.turn(n, at)
		if !ok {
			continue
		}
		if people := w.duties(n, slot); len(people) > 0 {
			return Shift{State: Covered, People: people}
		}
		if len(l.slots[slot]) == 0 {
			state = Nobody
		}
	}
	if fallback := w.roster.fallback; state == Gap && w.roster.callable(fallback) {
		return Shift{State: Fallback, People: []Duty{{User: fallback, Why: ByFallback}}}
	}
	return Shift{State: state}
}

// turn returns whose turn it is in a layer, moving on along its pieces.
func (w *watch) turn(layer int, at time.Time) (slot int, ok bool) {
	pieces := w.pieces[layer]
	for len(pieces) > 0 && !pieces[0].To.After(at) {
		pieces = pieces[1:]
	}
	w.pieces[layer] = pieces
	if len(pieces) == 0 || pieces[0].From.After(at) {
		return 0, false
	}
	return pieces[0].slot, true
}

// overridden returns the shift after one override.
func (s Shift) overridden(o Override) Shift {
	if o.Replaces == "" {
		return Shift{Span: s.Span, State: Covered, People: []Duty{{User: o.User, Why: ByOverride, Override: o.ID}}}
	}
	if !s.Has(o.Replaces) {
		return s
	}
	var people []Duty // a fresh list: the old one is shared
	for _, d := range s.People {
		switch {
		case d.User == o.Replaces && !s.Has(o.User):
			people = append(people, Duty{User: o.User, Why: ByOverride, Layer: d.Layer, Override: o.ID})
		case d.User != o.Replaces:
			people = append(people, d)
		}
	}
	s.People = people
	return s
}
