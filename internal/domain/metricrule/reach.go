package metricrule

import (
	"fmt"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// mayWriteSome refuses those who may change no rule, before anything is told of one.
func mayWriteSome(by actor.Actor) error {
	return people.Allow(by, people.RuleWrite, people.Target{Teams: by.Teams})
}

// allowOn asks for the permission to change rules of a service, or of a team that owns them.
func allowOn(tx *db.Tx, by actor.Actor, service catalogue.ServiceID, owner people.TeamID) error {
	on := people.Target{}
	if service != "" {
		var err error
		if on, err = catalogue.Target(tx, service); err != nil {
			return err
		}
	}
	if owner != "" {
		on.Teams = append(on.Teams, string(owner))
	}
	return people.Allow(by, people.RuleWrite, on)
}

// allowNew asks for the permission on all that rules become part of.
func allowNew(tx *db.Tx, by actor.Actor, refs references) error {
	for _, service := range refs.all {
		if err := allowOn(tx, by, service, ""); err != nil {
			return err
		}
	}
	return allowOn(tx, by, refs.service, refs.owner)
}

// references are what an item names, looked up.
type references struct {
	service   catalogue.ServiceID
	component catalogue.ComponentID
	owner     people.TeamID
	all       []catalogue.ServiceID // that single rules name
	calendars []string
}

// resolve checks everything about an item that is not in order by itself.
func (s *Service) resolve(tx *db.Tx, it Item) (r references, err error) {
	what := fmt.Sprintf("metric rules %q", it.Name)
	var check errs.Check
	text.Name(&check, "name", it.Name)
	if it.Kind == Anomaly {
		what = fmt.Sprintf("anomaly rule %q", it.Name)
		it.Anomaly.Validate(&check)
		if err := s.Metrics.CheckExpr(it.Anomaly.Expr); err != nil && it.Anomaly.Expr != "" {
			check.Add("expr", "%s", err)
		}
	} else {
		it.Spec.Validate(&check)
		for _, f := range errs.FieldsOf(s.Rules.CheckRules(it.group())) {
			check.Add(f.Path, "%s", f.Message)
		}
	}
	if err := check.Err(what); err != nil {
		return r, err
	}
	l := lookup{tx: tx, check: &check, to: &r}
	if it.Kind == Anomaly {
		l.group(it.Anomaly.Terms())
	} else {
		l.group(terms{Service: it.Spec.Service, Component: it.Spec.Component, Owner: it.Spec.Owner, Hours: it.Spec.Hours})
		for i, rule := range it.Spec.Rules {
			l.rule(fmt.Sprintf("rules[%d].", i), terms{Service: rule.Service, Component: rule.Component, Owner: rule.Owner, Hours: rule.Hours})
		}
	}
	if l.err != nil {
		return r, l.err
	}
	return r, check.Err(what)
}

// lookup finds what an item names.
type lookup struct {
	tx    *db.Tx
	check *errs.Check
	to    *references
	err   error
}

func (l *lookup) named(field, name string, get func() error) {
	if name == "" || l.err != nil {
		return
	}
	if err := get(); errs.Is(err, errs.NotFound) {
		l.check.Add(field, "names %q, which does not exist", name)
	} else {
		l.err = err
	}
}

func (l *lookup) group(t terms) {
	l.named("service", t.Service, func() error {
		s, err := catalogue.ServiceByName(l.tx, t.Service)
		l.to.service = s.ID
		return err
	})
	l.named("component", t.Component, func() error {
		c, err := catalogue.ComponentByName(l.tx, t.Component)
		l.to.component = c.ID
		return err
	})
	l.named("owner", t.Owner, func() error {
		o, err := people.TeamByName(l.tx, t.Owner)
		l.to.owner = o.ID
		return err
	})
	l.hours("", t.Hours)
}

func (l *lookup) rule(at string, t terms) {
	l.named(at+"service", t.Service, func() error {
		s, err := catalogue.ServiceByName(l.tx, t.Service)
		l.to.all = append(l.to.all, s.ID)
		return err
	})
	l.named(at+"component", t.Component, func() error { _, err := catalogue.ComponentByName(l.tx, t.Component); return err })
	l.named(at+"owner", t.Owner, func() error { _, err := people.TeamByName(l.tx, t.Owner); return err })
	l.hours(at, t.Hours)
}

func (l *lookup) hours(at, name string) {
	l.named(at+"hours", name, func() error {
		_, err := calendar.ByName(l.tx, name)
		l.to.calendars = append(l.to.calendars, name)
		return err
	})
}
