package service

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// form is a service as being typed. What is a list or a number in the service is text here, so
// that what cannot be read is shown again as it was typed.
type form struct {
	name                  string
	spec                  catalogue.ServiceSpec
	functions, userGroups string // a line each: "Trade 80"
	target                string
	groupBy               string
	version               string // the one that was looked at
	isNew                 bool
	err                   error

	teams, calendars, always, environments, policies []ui.Option
}

func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.form(r, by, form{isNew: true, spec: catalogue.ServiceSpec{Tier: 2}})
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	s, err := p.Catalogue.Service(r.Context(), by, name)
	if err != nil {
		return action.Answer{}, err
	}
	if err := people.Allow(by, people.ServiceWrite, s.Target()); err != nil {
		return action.Answer{}, err
	}
	spec, err := p.Catalogue.ServiceSpecOf(r.Context(), by, name)
	if err != nil {
		return action.Answer{}, err
	}
	f := form{name: name, spec: spec, functions: weightLines(spec.Functions), userGroups: weightLines(spec.UserGroups),
		groupBy: strings.Join(spec.GroupBy, ", "), version: strconv.FormatInt(s.Version, 10)}
	if spec.AvailabilityTarget > 0 {
		f.target = strconv.FormatFloat(spec.AvailabilityTarget, 'f', -1, 64)
	}
	return p.form(r, by, f)
}

// form shows the form with what can be chosen in it.
func (p pages) form(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	if !mayWriteSome(by) {
		return action.Answer{}, people.Allow(by, people.ServiceWrite, people.Target{})
	}
	var err error
	if f.teams, err = p.teamOptions(r, by, "Choose a team"); err != nil {
		return action.Answer{}, err
	}
	if f.calendars, err = p.calendarOptions(r, by, "None"); err != nil {
		return action.Answer{}, err
	}
	f.always = append([]ui.Option{{Value: "", Label: "Always"}}, f.calendars[1:]...)
	if f.environments, err = p.environmentOptions(r, by); err != nil {
		return action.Answer{}, err
	}
	policies, err := p.Escalation.Policies(r.Context(), by, all)
	if err != nil {
		return action.Answer{}, err
	}
	f.policies = []ui.Option{{Value: "", Label: "Built in: the service's teams, level by level"}}
	for _, one := range policies.Items {
		f.policies = append(f.policies, ui.Option{Value: one.Name, Label: one.Name})
	}
	if f.err != nil {
		return action.Again(formPage(f), f.err), nil
	}
	return action.Show(formPage(f)), nil
}

// read takes the form apart; what is no number or weight is recorded.
func read(r *http.Request, check *errs.Check) form {
	f := form{functions: action.Block(r, "functions"), userGroups: action.Block(r, "user_groups"), target: action.Line(r, "availability_target"),
		groupBy: action.Line(r, "group_by"), version: action.Line(r, "version")}
	f.spec = catalogue.ServiceSpec{
		Title: action.Line(r, "title"), Description: action.Block(r, "description"), Owner: action.Line(r, "owner"),
		Support: action.Picked(r, "support"), Hours: action.Line(r, "hours"), BusinessHours: action.Line(r, "business_hours"),
		Environments: action.Picked(r, "environments"), SupportHours: action.Line(r, "support_hours"),
		WorkCycle: action.Line(r, "work_cycle"), Runbook: action.Line(r, "runbook"), Policy: action.Line(r, "policy"),
		GroupBy: action.Words(r, "group_by"), Functions: readWeights(check, "functions", action.Lines(r, "functions")),
		UserGroups: readWeights(check, "user_groups", action.Lines(r, "user_groups")),
	}
	f.spec.Tier, _ = strconv.Atoi(action.Line(r, "tier")) // no number is 0, which the room refuses
	if r.PostFormValue("restore_when_resolved") == "" {
		f.spec.RestoreWhenResolved = new(false)
	}
	if f.target != "" {
		var err error
		f.spec.AvailabilityTarget, err = strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(f.target, "%")), 64)
		check.Require(err == nil, "availability_target", "must be a number such as 99.95")
	}
	return f
}

// readWeights reads lines such as "Trade 80" or "Trade 80 %".
func readWeights(c *errs.Check, path string, lines []string) []catalogue.Weight {
	var out []catalogue.Weight
	for _, line := range lines {
		words := strings.Fields(strings.TrimSuffix(line, "%"))
		percent, err := strconv.Atoi(words[max(len(words)-1, 0)])
		if err != nil || len(words) < 2 {
			c.Add(path, "has a line %q, which must be a name and a percentage such as “Trade 80”", line)
			continue
		}
		out = append(out, catalogue.Weight{Name: strings.Join(words[:len(words)-1], " "), Percent: percent})
	}
	return out
}

func weightLines(list []catalogue.Weight) string {
	lines := make([]string, len(list))
	for i, w := range list {
		lines[i] = fmt.Sprintf("%s %d", w.Name, w.Percent)
	}
	return strings.Join(lines, "\n")
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	var check errs.Check
	f := read(r, &check)
	f.name, f.isNew = action.Line(r, "name"), true
	return p.put(r, by, f, &check, catalogue.Base{New: true}, "Service "+f.name+" is added.")
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	var check errs.Check
	f := read(r, &check)
	f.name = r.PathValue("name")
	return p.put(r, by, f, &check, base(f.version), "Saved.")
}

func (p pages) put(r *http.Request, by actor.Actor, f form, check *errs.Check, from catalogue.Base, done string) (action.Answer, error) {
	if f.err = check.Err("the service"); f.err == nil {
		_, f.err = p.Catalogue.PutService(r.Context(), by, catalogue.ServiceIn{Name: f.name, Spec: f.spec, Base: from})
	}
	switch {
	case f.err == nil:
		return action.Go(look.ServiceURL(f.name), action.Done(done)), nil
	case refused(f.err):
		f.err = action.Fold(f.err)
		return p.form(r, by, f)
	}
	return action.Answer{}, f.err
}

// base is what an edit starts from; no number makes it in any case.
func base(version string) catalogue.Base {
	n, _ := strconv.ParseInt(version, 10, 64)
	return catalogue.Base{Version: n}
}

func (f form) title() string {
	if f.isNew {
		return "Add service"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return "/services/+new"
	}
	return look.ServiceURL(f.name) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return "/services"
	}
	return look.ServiceURL(f.name)
}

// supporters are the teams that can support the service: all but its owner.
func (f form) supporters() []ui.Option {
	return slices.DeleteFunc(slices.Clone(f.teams), func(o ui.Option) bool { return o.Value == "" || o.Value == f.spec.Owner })
}

func (f form) restores() bool {
	return f.spec.RestoreWhenResolved == nil || *f.spec.RestoreWhenResolved
}

var tiers = []ui.Option{{Value: "1", Label: "1: the business stops without it"}, {Value: "2", Label: "2: a part of the business stops"},
	{Value: "3", Label: "3: work goes on, slower"}, {Value: "4", Label: "4: nobody outside notices soon"}}

func cycles() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Not given"}}
	for _, c := range catalogue.WorkCycles {
		out = append(out, ui.Option{Value: string(c), Label: string(c)})
	}
	return out
}
