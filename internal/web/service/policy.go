package service

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// policyRow is a policy and the services that use it.
type policyRow struct {
	escalation.Policy
	usedBy []catalogue.Service
}

type policiesPage struct {
	rows    []policyRow
	builtin policyRow
	clocks  clocks // of the built-in policy
	mayEdit bool
}

func (p pages) policies(r *http.Request, by actor.Actor) (action.Answer, error) {
	list, err := p.Escalation.Policies(r.Context(), by, all)
	if err != nil {
		return action.Answer{}, err
	}
	users, err := p.policyUsers(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	d, err := p.directory(r, by)
	in := policiesPage{builtin: policyRow{usedBy: users[""]}, clocks: d.clocks(escalation.Builtin(), nil),
		mayEdit: people.Can(by, people.PolicyWrite, people.Target{})}
	for _, one := range list.Items {
		in.rows = append(in.rows, policyRow{one, users[one.Name]})
	}
	return action.Show(policyList(in)), err
}

// policyUsers are the services by the name of their policy.
func (p pages) policyUsers(r *http.Request, by actor.Actor) (map[string][]catalogue.Service, error) {
	out := map[string][]catalogue.Service{}
	list, err := p.Catalogue.Services(r.Context(), by, "", all)
	for _, s := range list.Items {
		out[s.Policy] = append(out[s.Policy], s)
	}
	return out, err
}

type policyPage struct {
	policyRow
	clocks  clocks
	text    string // as people write it
	mayEdit bool
}

func (p pages) showPolicy(r *http.Request, by actor.Actor) (action.Answer, error) {
	one, err := p.Escalation.Policy(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	users, err := p.policyUsers(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	d, err := p.directory(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in := policyPage{policyRow: policyRow{one, users[one.Name]}, clocks: d.clocks(one.Spec, nil),
		mayEdit: people.Can(by, people.PolicyWrite, people.Target{})}
	in.text, err = config.WriteSheet(one.Spec)
	return action.Show(policyShow(in)), err
}

// policyForm is a policy as being typed.
type policyForm struct {
	name, text string
	isNew      bool
	err        error
	checked    *clocks // what it would mean, once it can be read
}

// example is what the form of a new policy begins with.
const example = `title: What it is for
response:
  steps:
    - after: 0m
      targets: [{level: L1}]
    - after: 5m
      targets: [{level: L2}]
    - after: 10m
      targets: [{level: management}]
  repeat: 1
  ack_timeout: 30m
resolution:
  ladders:
    - severities: [1, 2]
      steps:
        - after: 30m
          targets: [{level: L2}]
        - after: 1h
          targets: [{level: L3}, {level: management}]
`

func (p pages) newPolicy(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.PolicyWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	return action.Show(policyFormPage(policyForm{isNew: true, text: example})), nil
}

func (p pages) editPolicy(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.PolicyWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	one, err := p.Escalation.Policy(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	text, err := config.WriteSheet(one.Spec)
	return action.Show(policyFormPage(policyForm{name: one.Name, text: text})), err
}

func (p pages) createPolicy(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := policyForm{name: action.Line(r, "name"), text: action.Block(r, config.SheetField), isNew: true}
	if _, err := p.Escalation.Policy(r.Context(), by, f.name); !errs.Is(err, errs.NotFound) {
		if err != nil {
			return action.Answer{}, err
		}
		var c errs.Check
		c.Add("name", "%q is taken: choose another", f.name)
		f.err = c.Err("the new policy")
		return action.Again(policyFormPage(f), f.err), nil
	}
	return p.putPolicy(r, by, f, "Policy "+f.name+" is added.")
}

func (p pages) savePolicy(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := policyForm{name: r.PathValue("name"), text: action.Block(r, config.SheetField)}
	return p.putPolicy(r, by, f, "Saved. Incidents that are open go on along the new policy.")
}

// putPolicy checks or saves what was typed, as the button says.
func (p pages) putPolicy(r *http.Request, by actor.Actor, f policyForm, done string) (action.Answer, error) {
	if err := people.Allow(by, people.PolicyWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	spec, sheet, err := config.ReadSheet[escalation.Spec]("Policy", f.text)
	onlyCheck := r.PostFormValue("do") == "check"
	switch {
	case err != nil:
	case onlyCheck:
		err = sheet.Locate(p.Escalation.Check(r.Context(), by, f.name, spec))
	default:
		err = sheet.Locate(p.Escalation.Apply(r.Context(), by, f.name, spec))
	}
	switch {
	case err == nil && !onlyCheck:
		return action.Go(look.PolicyURL(f.name), action.Done(done)), nil
	case err != nil && !refused(err):
		return action.Answer{}, err
	case err != nil:
		f.err = err
		return action.Again(policyFormPage(f), err), nil
	}
	d, err := p.directory(r, by)
	drawn := d.clocks(spec, nil)
	f.checked = &drawn
	return action.Show(policyFormPage(f)), err
}

func (p pages) removePolicy(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	err := p.Escalation.Delete(r.Context(), by, name)
	switch {
	case err == nil:
		return action.Go("/policies", action.Done("Policy "+name+" is deleted.")), nil
	case refused(err):
		return action.Go(look.PolicyURL(name), action.Failed(sentence(err))), nil
	}
	return action.Answer{}, err
}

func (f policyForm) title() string {
	if f.isNew {
		return "Add escalation policy"
	}
	return "Edit " + f.name
}

func (f policyForm) action() string {
	if f.isNew {
		return "/policies/+new"
	}
	return look.PolicyURL(f.name) + "/edit"
}

func (f policyForm) back() string {
	if f.isNew {
		return "/policies"
	}
	return look.PolicyURL(f.name)
}
