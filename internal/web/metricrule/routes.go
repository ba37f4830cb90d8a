// Package metricrule is the pages of metric rules: what is noticed in time series, how it stands with it, and
// when it would have fired.
package metricrule

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/config"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// Config is what the pages need.
type Config struct {
	Rules *metricrule.Service
}

type pages struct{ Config }

// Routes are the pages of metric rules.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get(root, people.RuleRead, p.list),
		action.Get(root+"/+new", people.RuleWrite, p.newForm),
		action.Post(root+"/+new", people.RuleWrite, p.create),
		action.Get(root+"/{name}", people.RuleRead, p.show),
		action.Get(root+"/{name}/edit", people.RuleWrite, p.edit),
		action.Post(root+"/{name}/edit", people.RuleWrite, p.save),
		action.Post(root+"/{name}/enable", people.RuleWrite, p.enable),
		action.Post(root+"/{name}/disable", people.RuleWrite, p.disable),
		action.Post(root+"/{name}/test", people.RuleWrite, p.test),
		action.Post(root+"/{name}/live", people.RuleWrite, p.live),
		action.Post(root+"/{name}/delete", people.RuleWrite, p.remove),
	}
}

const root = "/metric-rules"

func ruleURL(name string) string { return root + "/" + url.PathEscape(name) }

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }

func mayAdd(by actor.Actor) bool {
	return people.Can(by, people.RuleWrite, people.Target{Teams: by.Teams})
}

// tabs lead between the two kinds of rules.
func tabs() []ui.Tab {
	return []ui.Tab{{Label: "Log rules", URL: "/rules"}, {Label: "Metric rules", URL: root, Current: true}}
}

type listPage struct {
	rows   []metricrule.Status
	next   *string
	mayAdd bool
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	list, err := p.Rules.List(r.Context(), by, page.Request{Limit: 200, Cursor: r.URL.Query().Get("cursor")})
	if err != nil {
		return action.Answer{}, err
	}
	return action.Show(listOf(listPage{rows: list.Items, next: list.Next, mayAdd: mayAdd(by)})), nil
}

type showPage struct {
	metricrule.Status
	mayEdit bool
	yaml    string
	days    string
	preview *metricrule.Preview
	failed  error // why it could not be tried
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	s, err := p.Rules.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	in := showPage{Status: s, days: r.URL.Query().Get("days")}
	if in.mayEdit, err = p.Rules.Editable(r.Context(), by, s.Item); err != nil {
		return action.Answer{}, err
	}
	if in.yaml, err = sheetOf(s.Item); err != nil {
		return action.Answer{}, err
	}
	if in.days != "" && in.mayEdit {
		var preview metricrule.Preview
		preview, in.failed = p.try(r.Context(), by, s.Item, in.days)
		in.preview = &preview
	}
	return action.Show(show(in)), nil
}

// try works out what an item would have done in the last days.
func (p pages) try(ctx context.Context, by actor.Actor, it metricrule.Item, days string) (metricrule.Preview, error) {
	n, err := strconv.Atoi(days)
	if err != nil || n < 1 || n > 30 {
		n = 1
	}
	now := p.Rules.Clock.Now()
	from := now.Add(-time.Duration(n) * 24 * time.Hour)
	if it.Kind == metricrule.Anomaly {
		return p.Rules.PreviewAnomaly(ctx, by, it.Anomaly, from, now)
	}
	return p.Rules.Preview(ctx, by, it.Spec, from, now)
}

func sheetOf(it metricrule.Item) (string, error) {
	if it.Kind == metricrule.Anomaly {
		return config.WriteSheet(it.Anomaly)
	}
	return config.WriteSheet(it.Spec)
}

func (p pages) enable(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, "", "Enabled: it is evaluated from now on.", func(ctx context.Context, name string) error { return p.Rules.Enable(ctx, by, name, true) })
}

func (p pages) disable(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, "", "Disabled. What fired of it is resolved.", func(ctx context.Context, name string) error { return p.Rules.Enable(ctx, by, name, false) })
}

func (p pages) test(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, "", "In test mode: nothing is raised, and what would have fired is counted.", func(ctx context.Context, name string) error {
		return p.Rules.SetTest(ctx, by, name, true)
	})
}

func (p pages) live(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, "", "Out of test mode: what fires is raised.", func(ctx context.Context, name string) error { return p.Rules.SetTest(ctx, by, name, false) })
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, root, "Metric rules "+r.PathValue("name")+" are deleted.", func(ctx context.Context, name string) error {
		return p.Rules.Delete(ctx, by, name)
	})
}

func (p pages) act(r *http.Request, to, done string, do func(context.Context, string) error) (action.Answer, error) {
	name := r.PathValue("name")
	if to == "" {
		to = ruleURL(name)
	}
	err := do(r.Context(), name)
	switch {
	case err == nil:
		return action.Go(to, action.Done(done)), nil
	case refused(err):
		return action.Go(ruleURL(name), action.Failed(ui.Sentence(err))), nil
	}
	return action.Answer{}, err
}
