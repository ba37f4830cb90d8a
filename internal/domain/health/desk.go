package health

import (
	"slices"
	"time"

	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
)

// Part is a component and how it is.
type Part struct {
	catalogue.Component
	Verdict
	Reasons []Reason // why it is so by itself, the worst first; empty when only by what it needs
	Work    *Work    // planned work on it, nil when there is none
	// Blind says that nothing watches the part itself.
	Blind bool
	// Inactive says that its service is outside of its hours.
	Inactive bool
}

// Shown is the state that people are shown: that all is well below says nothing about a part that nothing
// watches.
func (p Part) Shown() State {
	if p.Blind && p.State == OK {
		return Unknown
	}
	return p.State
}

// Of is a service and how it is.
type Of struct {
	catalogue.Service
	Verdict
	Reasons    []Reason // what no component explains, the worst first
	TwoColours bool
	Inactive   bool      // it is outside of its hours
	Opens      time.Time // when it is next inside; zero when that is not known
	Parts      int       // components below it
	Blind      int       // those of them that nothing watches
	Heard      bool      // monitoring has spoken of it, or of a part of it, ever
	Troubled   bool      // it has an incident that is not restored
}

// Desk is how everything is at one instant.
type Desk struct {
	At       time.Time
	Parts    []Part // by name
	Services []Of   // by name

	index    map[catalogue.ComponentID]int
	services map[catalogue.ServiceID]int
	rules    map[catalogue.ServiceID]drawing.Drawing
	nodes    []Node  // the parts, then the services
	below    [][]int // of each service: the parts below it
}

// assemble puts together what there is and what is seen of it, and rolls it up. It is a pure function.
func assemble(services []catalogue.Service, components []catalogue.Component, rules map[catalogue.ServiceID]drawing.Drawing,
	hours map[string]*calendar.Calendar, s seen) *Desk {
	d := &Desk{At: s.now, Parts: make([]Part, len(components)), Services: make([]Of, len(services)), rules: rules,
		index: make(map[catalogue.ComponentID]int, len(components)), services: make(map[catalogue.ServiceID]int, len(services))}
	for i, c := range components {
		d.Parts[i].Component, d.index[c.ID] = c, i
	}
	for i, of := range services {
		d.Services[i] = Of{Service: of, TwoColours: rules[of.ID].Spec.TwoColours}
		d.services[of.ID] = i
		if h := hours[of.Hours]; h != nil && !h.Open(s.now) {
			d.Services[i].Inactive, d.Services[i].Opens = true, h.NextOpen(s.now)
		}
	}
	d.connect()
	d.notice(s)
	d.judge()
	return d
}

// connect makes the nodes: what each part needs, and the parts at the top of each service.
func (d *Desk) connect() {
	d.nodes = make([]Node, len(d.Parts)+len(d.Services))
	needed := make([]bool, len(d.Parts)) // by another part of its own service
	weights := map[catalogue.ServiceID]ruleset{}
	for id, dr := range d.rules {
		weights[id] = rulesOf(dr.Spec)
	}
	for i, p := range d.Parts {
		d.nodes[i].Needs = d.needs(p, weights[p.Service])
		for _, id := range p.DependsOn {
			if j, ok := d.index[id]; ok && p.Service != "" && d.Parts[j].Service == p.Service {
				needed[j] = true
			}
		}
	}
	tops := make([][]int, len(d.Services))
	for i, p := range d.Parts {
		if n, ok := d.services[p.Service]; ok && !needed[i] {
			tops[n] = append(tops[n], i)
		}
	}
	d.below = make([][]int, len(d.Services))
	for n, of := range d.Services {
		d.nodes[len(d.Parts)+n].Needs = d.grouped(tops[n], weights[of.ID], weights[of.ID].weightOf)
		d.below[n] = d.reach(tops[n])
	}
}

// ruleset is the rules of a drawing, ready to look up.
type ruleset struct {
	group  map[string]string // of a component
	needs  map[string]int    // of a group
	weight map[string]int    // of a component in the service
	link   map[[2]string]int
	quorum map[string][]drawing.Quorum // of a component
}

func rulesOf(s drawing.Spec) ruleset {
	r := ruleset{map[string]string{}, map[string]int{}, map[string]int{}, map[[2]string]int{}, map[string][]drawing.Quorum{}}
	for _, p := range s.Parts {
		r.group[p.Component], r.weight[p.Component] = p.Group, p.Weight
	}
	for _, g := range s.Groups {
		r.needs[g.Name] = g.Needs
	}
	for _, l := range s.Links {
		r.link[[2]string{l.From, l.To}] = l.Weight
	}
	for _, q := range s.Quorums {
		r.quorum[q.Component] = append(r.quorum[q.Component], q)
	}
	return r
}

func (r ruleset) weightOf(component string) int { return r.weight[component] }

// needs is what a part rests on: its quorums first, then the groups of what is left.
func (d *Desk) needs(p Part, r ruleset) (out []Need) {
	var rest []int
	for _, id := range p.DependsOn {
		if i, ok := d.index[id]; ok {
			rest = append(rest, i)
		}
	}
	for _, q := range r.quorum[p.Name] {
		var of []int
		rest = slices.DeleteFunc(rest, func(i int) bool {
			in := slices.Contains(q.Of, d.Parts[i].Name)
			if in {
				of = append(of, i)
			}
			return in
		})
		if len(of) > 0 {
			out = append(out, Need{Of: of, AtLeast: min(q.Needs, len(of))})
		}
	}
	return append(out, d.grouped(rest, r, func(name string) int { return r.link[[2]string{p.Name, name}] })...)
}

// grouped joins the members of a group that need only some of them; all others stand alone.
func (d *Desk) grouped(parts []int, r ruleset, weight func(string) int) (out []Need) {
	at := map[string]int{}
	for _, i := range parts {
		name := d.Parts[i].Name
		g := r.group[name]
		if g == "" || r.needs[g] == 0 {
			out = append(out, Need{Of: []int{i}, Weight: weight(name)})
			continue
		}
		n, begun := at[g]
		if !begun {
			n = len(out)
			at[g], out = n, append(out, Need{})
		}
		out[n].Of = append(out[n].Of, i)
		out[n].AtLeast = min(r.needs[g], len(out[n].Of))
	}
	return out
}

// reach is everything below some parts, themselves included.
func (d *Desk) reach(from []int) []int {
	seen := make([]bool, len(d.Parts))
	out := slices.Clone(from)
	for _, i := range from {
		seen[i] = true
	}
	for n := 0; n < len(out); n++ {
		for _, need := range d.nodes[out[n]].Needs {
			for _, j := range need.Of {
				if !seen[j] {
					seen[j] = true
					out = append(out, j)
				}
			}
		}
	}
	return out
}

// notice gives parts and services their own reasons.
func (d *Desk) notice(s seen) {
	for i := range d.Parts {
		d.Parts[i].Watched = s.heard[d.Parts[i].ID]
		if n, ok := d.services[d.Parts[i].Service]; ok {
			d.Parts[i].Inactive = d.Services[n].Inactive
		}
	}
	for i := range d.Services {
		in, heard := s.inputs[d.Services[i].Name]
		d.Services[i].Heard, d.Services[i].Watched = heard, heard || in.Firing+in.Stale > 0
	}
	d.noticeAlerts(s)
	for _, g := range s.sightings {
		d.sight(g)
	}
	for i := range s.work {
		d.plan(s.work[i])
	}
}

// noticeAlerts gives each alert to its component, or to its service when that does not rest on the component,
// and each incident that no component explains to its service.
func (d *Desk) noticeAlerts(s seen) {
	troubles := make(map[string]Trouble, len(s.troubles))
	for _, t := range s.troubles {
		troubles[t.ID] = t
	}
	fires, unexplained := map[string]bool{}, map[string]Reason{}
	for _, a := range s.alerts {
		r := s.reasonOf(a, troubles)
		fires[a.Incident] = fires[a.Incident] || a.State == alert.Firing
		if d.explains(a, r) {
			continue
		}
		if _, active := troubles[a.Incident]; active {
			unexplained[a.Incident] = r
		} else if n, ok := d.services[a.Service]; ok {
			d.Services[n].Reasons = append(d.Services[n].Reasons, r)
		}
	}
	for _, t := range s.troubles {
		n, ok := d.services[t.Service]
		if !ok {
			continue
		}
		d.Services[n].Troubled = true
		r, counts := unexplained[t.ID]
		if counts || !fires[t.ID] {
			d.Services[n].Reasons = append(d.Services[n].Reasons, s.reasonOfTrouble(t, r))
			d.Services[n].Watched = true
		}
	}
}

// explains gives an alert to its component, and reports whether its service rests on that.
func (d *Desk) explains(a alert.Alert, r Reason) bool {
	i, known := d.index[a.Component]
	if !known {
		return false
	}
	d.Parts[i].Reasons = append(d.Parts[i].Reasons, r)
	d.Parts[i].Watched = true
	n, ok := d.services[a.Service]
	return ok && slices.Contains(d.below[n], i)
}

func (d *Desk) sight(g Sighting) {
	i, ok := d.index[g.Component]
	if !ok {
		return
	}
	d.Parts[i].Watched = true
	if g.State != OK {
		d.Parts[i].Reasons = append(d.Parts[i].Reasons, Reason{State: g.State, Text: g.Text, Since: g.Since, Explanation: g.URL})
	}
}

// plan marks what planned work is about: its troubles are expected.
func (d *Desk) plan(w Work) {
	for i := range d.Parts {
		p := &d.Parts[i]
		if !slices.Contains(w.components, p.Name) && !slices.Contains(w.services, p.ServiceName) {
			continue
		}
		p.Work = &w
		for n := range p.Reasons {
			p.Reasons[n].Handling, p.Reasons[n].Note = Planned, "planned work: "+w.Title
		}
	}
}

// judge rolls everything up.
func (d *Desk) judge() {
	for i := range d.Parts {
		p := &d.Parts[i]
		sortReasons(p.Reasons)
		p.Blind = !p.Watched
		d.nodes[i].Own = ofReasons(p.Reasons, p.Watched)
	}
	for n := range d.Services {
		of := &d.Services[n]
		sortReasons(of.Reasons)
		d.nodes[len(d.Parts)+n].Own = ofReasons(of.Reasons, of.Watched)
	}
	d.settle(RollUp(d.nodes))
}

func (d *Desk) settle(verdicts []Verdict) {
	for i := range d.Parts {
		d.Parts[i].Verdict = verdicts[i]
	}
	for n := range d.Services {
		of := &d.Services[n]
		of.Verdict = verdicts[len(d.Parts)+n]
		of.Parts, of.Blind = len(d.below[n]), 0
		for _, i := range d.below[n] {
			if d.nodes[i].Own.Watched {
				of.Heard = true
			} else {
				of.Blind++
			}
		}
	}
}

// ofReasons is how something is by itself.
func ofReasons(list []Reason, watched bool) Verdict {
	v := Verdict{Watched: watched}
	if !watched {
		return v
	}
	v.State = OK
	for i, r := range list {
		switch {
		case i == 0 || r.State.WorseThan(v.State):
			v.State, v.Handling = worst(v.State, r.State), r.Handling
		case r.State == v.State:
			v.Handling = louder(v.Handling, r.Handling)
		}
	}
	return v
}

// sortReasons puts the worst first, then the loudest, then the oldest.
func sortReasons(list []Reason) {
	slices.SortStableFunc(list, func(a, b Reason) int {
		if a.State != b.State {
			return b.State.rank() - a.State.rank()
		}
		if a.Handling != b.Handling {
			return slices.Index(Handlings, a.Handling) - slices.Index(Handlings, b.Handling)
		}
		return a.Since.Compare(b.Since)
	})
}

// Suppose is a desk of one service whose components are all watched and well, except for those that are
// down: for examples and measurements.
func Suppose(service catalogue.Service, components []catalogue.Component, d drawing.Drawing, down []string) *Desk {
	s := seen{heard: map[catalogue.ComponentID]bool{}}
	for _, c := range components {
		s.heard[c.ID] = true
		if slices.Contains(down, c.Name) {
			s.sightings = append(s.sightings, Sighting{Component: c.ID, State: Bad, Text: supposed})
		}
	}
	return assemble([]catalogue.Service{service}, components, map[catalogue.ServiceID]drawing.Drawing{service.ID: d}, nil, s)
}
