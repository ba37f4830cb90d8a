package health

import (
	"context"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
)

// Loss is what the business loses when some components are down.
type Loss struct {
	Down     []string // names of the components
	Services []ServiceLoss
}

// ServiceLoss is what one service loses; services that lose nothing are left out.
type ServiceLoss struct {
	Name, Title   string
	Tier          int
	Before, After State
	Functions     []Share // all that the service has
	UserGroups    []Share
}

// Share is a function or a user group with what becomes of it.
type Share struct {
	Name    string
	Percent int
	State   State
}

// Lost adds the shares that are down, in percent; -1 when there are no shares.
func Lost(list []Share) int {
	if len(list) == 0 {
		return -1
	}
	total := 0
	for _, s := range list {
		if s.State == Bad {
			total += s.Percent
		}
	}
	return total
}

// most is how many components may be taken as down at once.
const (
	most     = 200
	supposed = "Supposed to be down"
)

// WhatIf says what would be lost if components were down, besides what is down now.
func (s *Service) WhatIf(ctx context.Context, by actor.Actor, down []string) (Loss, error) {
	d, err := s.Desk(ctx, by)
	if err != nil {
		return Loss{}, err
	}
	then, err := d.WithDown(down)
	if err != nil {
		return Loss{}, err
	}
	return d.Lose(then, down), nil
}

// WithDown is a copy of the desk in which components are down.
func (d *Desk) WithDown(down []string) (*Desk, error) {
	then := *d
	then.Parts, then.Services, then.nodes = slices.Clone(d.Parts), slices.Clone(d.Services), slices.Clone(d.nodes)
	var check errs.Check
	check.Require(len(down) > 0 && len(down) <= most, "down", "must name 1 to %d components", most)
	for _, name := range down {
		i := slices.IndexFunc(d.Parts, func(p Part) bool { return p.Name == name })
		if i < 0 {
			check.Add("down", "names %q, which does not exist", name)
			continue
		}
		because := Reason{State: Bad, Text: supposed, Since: d.At, Note: "what if"}
		then.Parts[i].Reasons = append([]Reason{because}, d.Parts[i].Reasons...)
		then.nodes[i].Own = Verdict{State: Bad, Watched: true}
	}
	if err := check.Err("the question"); err != nil {
		return nil, err
	}
	then.settle(RollUp(then.nodes))
	return &then, nil
}

// Lose compares how services are with how they would be.
func (d *Desk) Lose(then *Desk, down []string) Loss {
	loss := Loss{Down: down, Services: []ServiceLoss{}}
	for i, before := range d.Services {
		after := then.Services[i]
		rules := d.rules[before.ID].Spec
		was, is := d.shares(before, before.Functions, rules.Functions), then.shares(after, after.Functions, rules.Functions)
		wasUsers, isUsers := d.shares(before, before.UserGroups, rules.UserGroups), then.shares(after, after.UserGroups, rules.UserGroups)
		if before.State == after.State && slices.Equal(was, is) && slices.Equal(wasUsers, isUsers) {
			continue
		}
		loss.Services = append(loss.Services, ServiceLoss{Name: after.Name, Title: after.Title, Tier: after.Tier,
			Before: before.State, After: after.State, Functions: is, UserGroups: isUsers})
	}
	slices.SortStableFunc(loss.Services, func(a, b ServiceLoss) int {
		if a.After != b.After {
			return b.After.rank() - a.After.rank()
		}
		return a.Tier - b.Tier
	})
	return loss
}

// Functions says how each function of a service is.
func (d *Desk) Functions(of Of) []Share {
	return d.shares(of, of.Service.Functions, d.rules[of.ID].Spec.Functions)
}

// UserGroups says how each user group of a service is served.
func (d *Desk) UserGroups(of Of) []Share {
	return d.shares(of, of.Service.UserGroups, d.rules[of.ID].Spec.UserGroups)
}

// shares says how each is: as the worst of the parts that carry it, or as the service where nobody has
// said which do.
func (d *Desk) shares(of Of, list []catalogue.Weight, bearers []drawing.Bearer) []Share {
	out := make([]Share, len(list))
	for i, w := range list {
		out[i] = Share{w.Name, w.Percent, of.State}
		for _, b := range bearers {
			if b.Name == w.Name {
				out[i].State = d.worstOf(b.Needs)
			}
		}
	}
	return out
}

func (d *Desk) worstOf(components []string) State {
	s, watched := OK, false
	for _, name := range components {
		if p, ok := d.Part(name); ok && p.Watched {
			s, watched = worst(s, p.State), true
		}
	}
	if !watched {
		return Unknown
	}
	return s
}
