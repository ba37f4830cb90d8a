package escalation

import (
	"context"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Unreached is a service whose policy pages nobody now whom a message could reach.
type Unreached struct {
	Service string // title
	Policy  string // its name, empty for the built-in one
	// CatchAll reports whether the support managers and admins, who are paged after the policy, can
	// be reached.
	CatchAll bool
}

// Unreached returns the services whose incidents would now page people without a way to be reached.
// Ways says who has one. A policy that on purpose has nobody on call at this hour is no reason, as
// long as its catch-all can be reached.
func (s *Service) Unreached(ctx context.Context, by actor.Actor, ways func(people.UserID) bool) (out []Unreached, err error) {
	if err := people.Allow(by, people.PolicyRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out = nil
		services, err := catalogue.AllServices(tx)
		if err != nil || len(services) == 0 {
			return err
		}
		last, err := resolve(tx, Subject{}, []Target{supportManagers, admins})
		if err != nil {
			return err
		}
		known := map[string]standing{}
		for _, svc := range services {
			st, err := s.standing(tx, svc, known, ways)
			if err != nil {
				return err
			}
			catchAll := last.any(ways)
			if !st.reached && (st.named || !catchAll) {
				out = append(out, Unreached{svc.Title, svc.Policy, catchAll})
			}
		}
		return nil
	})
	return out, err
}

// standing says whether a policy names somebody now, and whether one of them can be reached.
type standing struct{ named, reached bool }

// standing works out a policy once, unless it names teams by the service's levels.
func (s *Service) standing(tx *db.Tx, svc catalogue.Service, known map[string]standing, ways func(people.UserID) bool) (standing, error) {
	if st, ok := known[svc.Policy]; ok {
		return st, nil
	}
	spec, err := specOf(tx, svc.Policy)
	if err != nil {
		return standing{}, err
	}
	var all []Target
	for _, step := range spec.Response.Steps {
		all = append(all, step.Targets...)
	}
	r, err := resolve(tx, Subject{Service: svc}, all)
	st := standing{named: len(r.people) > 0, reached: r.any(ways)}
	if !slices.ContainsFunc(all, func(t Target) bool { return t.Level != "" }) {
		known[svc.Policy] = st
	}
	return st, err
}

func (r reach) any(ways func(people.UserID) bool) bool {
	return slices.ContainsFunc(r.people, func(c called) bool { return ways(c.ID) })
}
