package health

import (
	"slices"

	"mainstay/internal/domain/catalogue"
)

// Cause is something that makes a part or a service as it is: the way down to a part that is so by itself,
// and why.
type Cause struct {
	Path   []string // titles of the components on the way down; empty when it is the thing itself
	Part   *Part    // where it ends; nil when it is the service itself
	Reason Reason
}

// CausesOfService are the reasons of a service, the worst first, at most some of them.
func (d *Desk) CausesOfService(name string, most int) []Cause {
	i := slices.IndexFunc(d.Services, func(of Of) bool { return of.Name == name })
	if i < 0 {
		return nil
	}
	of := d.Services[i]
	var out []Cause
	for _, r := range of.Reasons {
		out = append(out, Cause{Reason: r})
	}
	return d.collect(out, of.Because, most)
}

// CausesOf are the reasons of a part, its own first, at most some of them.
func (d *Desk) CausesOf(name string, most int) []Cause {
	i := slices.IndexFunc(d.Parts, func(p Part) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return d.collect(nil, []int{i}, most)
}

// collect walks down what makes things bad, nearest first; each part is looked at once.
func (d *Desk) collect(out []Cause, from []int, most int) []Cause {
	type step struct {
		part int
		path []string
	}
	var queue []step
	seen := map[int]bool{}
	add := func(parts []int, path []string) {
		for _, i := range parts {
			if !seen[i] {
				seen[i] = true
				queue = append(queue, step{i, path})
			}
		}
	}
	add(from, nil)
	for n := 0; n < len(queue) && len(out) < most; n++ {
		p := &d.Parts[queue[n].part]
		path := append(slices.Clip(queue[n].path), p.Title)
		for _, r := range p.Reasons {
			out = append(out, Cause{path, p, r})
		}
		add(p.Because, path)
	}
	return out[:min(len(out), most)]
}

// Together says how some parts are as one, when at least so many of them must work; 0 means all. Working is
// how many of them do.
func (d *Desk) Together(components []catalogue.ComponentID, atLeast int) (v Verdict, working int) {
	n := Need{AtLeast: atLeast}
	for _, id := range components {
		if i, ok := d.index[id]; ok {
			n.Of = append(n.Of, i)
			if s := d.Parts[i].State; d.Parts[i].Watched && !s.WorseThan(Warn) {
				working++
			}
		}
	}
	return Combine(Verdict{}, []Need{n}, func(i int) Verdict { return d.Parts[i].Verdict }), working
}

// Blames reports whether a part is as bad as it is because of another that it needs.
func (d *Desk) Blames(part, needed catalogue.ComponentID) bool {
	i, ok := d.index[part]
	j, known := d.index[needed]
	return ok && known && slices.Contains(d.Parts[i].Because, j)
}
