package rule

import (
	"context"
	"net/http"
	"net/url"

	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/rule"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type showPage struct {
	rule.Status
	mayEdit bool
	yaml    string
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	s, err := p.Rules.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	in := showPage{Status: s}
	if in.mayEdit, err = p.Rules.Editable(r.Context(), by, s.Rule); err != nil {
		return action.Answer{}, err
	}
	in.yaml, err = document(s.Rule)
	return action.Show(show(in)), err
}

// document is the rule as configuration as code.
func document(r rule.Rule) (string, error) {
	text, err := yaml.Marshal(r.Spec)
	if string(text) == "{}\n" {
		text = nil
	}
	return "kind: LogRule\nname: " + r.Name + "\n" + string(text), err
}

// searchURL leads to the lines of a filter.
func searchURL(filter string) string {
	return "/logs?" + url.Values{"q": {filter}, "as": {"logsql"}, "range": {"24h"}}.Encode()
}

func (p pages) enable(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.switched(r, by, true, "Enabled: it sees the lines that arrive from now on.")
}

func (p pages) disable(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.switched(r, by, false, "Disabled. What fired of it is resolved.")
}

func (p pages) switched(r *http.Request, by actor.Actor, on bool, done string) (action.Answer, error) {
	return p.act(r, ruleURL(r.PathValue("name")), done, func(ctx context.Context, name string) error {
		return p.Rules.Enable(ctx, by, name, on)
	})
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, "/rules", "Log rule "+r.PathValue("name")+" is deleted.", func(ctx context.Context, name string) error {
		return p.Rules.Delete(ctx, by, name)
	})
}

func (p pages) act(r *http.Request, to, done string, do func(context.Context, string) error) (action.Answer, error) {
	name := r.PathValue("name")
	err := do(r.Context(), name)
	switch {
	case err == nil:
		return action.Go(to, action.Done(done)), nil
	case refused(err):
		return action.Go(ruleURL(name), action.Failed(ui.Sentence(err))), nil
	}
	return action.Answer{}, err
}
