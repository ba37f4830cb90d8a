package check

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/config"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/people"
	"mainstay/internal/probe"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type showPage struct {
	check.Status
	changes []check.Change
	mayEdit bool
	mayRun  bool
	yaml    string
	address string // where its job calls in
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	s, err := p.Checks.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	in := showPage{Status: s, mayRun: people.Can(by, people.CheckRun, people.Target{}) && s.Spec.Probe.Kind().Made() && !s.Spec.Disabled}
	if in.mayEdit, err = p.Checks.Editable(r.Context(), by, s.Check); err != nil {
		return action.Answer{}, err
	}
	if in.changes, err = p.Checks.History(r.Context(), by, s.Name); err != nil {
		return action.Answer{}, err
	}
	in.changes = in.changes[:min(len(in.changes), maxChanges)]
	if in.mayEdit && s.Beat != nil {
		key, err := p.Checks.Key(r.Context(), by, s.Name)
		if err != nil {
			return action.Answer{}, err
		}
		in.address = p.BaseURL + "/heartbeat/" + key
	}
	in.yaml, err = config.Text("Check", s.Name, s.Spec)
	return action.Show(show(in)), err
}

const maxChanges = 50

func (p pages) run(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	s, err := p.Checks.RunNow(r.Context(), by, name)
	switch {
	case err == nil && s.Spec.Places()[0] == check.Server:
		return action.Go(checkURL(name), action.Done("Looked at: "+s.Message)), nil
	case err == nil:
		return action.Go(checkURL(name), action.Done("Its hosts look when their agents call next, within seconds.")), nil
	case refused(err):
		return action.Go(checkURL(name), action.Failed(ui.Sentence(err))), nil
	}
	return action.Answer{}, err
}

func (p pages) enable(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, checkURL(r.PathValue("name")), "Enabled: it is looked at from now on.", func(ctx context.Context, name string) error {
		return p.Checks.Enable(ctx, by, name, true)
	})
}

func (p pages) disable(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, checkURL(r.PathValue("name")), "Disabled. Its alert is over.", func(ctx context.Context, name string) error {
		return p.Checks.Enable(ctx, by, name, false)
	})
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.act(r, "/checks", "Check "+r.PathValue("name")+" is deleted.", func(ctx context.Context, name string) error {
		return p.Checks.Delete(ctx, by, name)
	})
}

func (p pages) act(r *http.Request, to, done string, do func(context.Context, string) error) (action.Answer, error) {
	name := r.PathValue("name")
	err := do(r.Context(), name)
	switch {
	case err == nil:
		return action.Go(to, action.Done(done)), nil
	case refused(err):
		return action.Go(checkURL(name), action.Failed(ui.Sentence(err))), nil
	}
	return action.Answer{}, err
}

// alertsURL leads to the alerts of a check, by its name.
func alertsURL(name string) string { return "/alerts?" + url.Values{"q": {name}}.Encode() }

// phase is a part of the time that a probe took, in thousandths of the whole.
type phase struct {
	name  string
	took  string
	share int
}

// phaseNames are the parts of a request, in their order.
var phaseNames = []string{"lookup", "connect", "tls", "wait", "transfer"}

// phases are the parts of the time that a result tells.
func phases(r probe.Result) (out []phase) {
	total := 0.0
	for _, f := range r.Figures {
		if strings.HasPrefix(f.Name, "phase_") {
			total += f.Value
		}
	}
	for _, name := range phaseNames {
		for _, f := range r.Figures {
			if f.Name == "phase_"+name && total > 0 {
				out = append(out, phase{name, seconds(f.Value), int(1000 * f.Value / total)})
			}
		}
	}
	return out
}

// figures are the other numbers of a result.
func figures(r probe.Result) (out []probe.Figure) {
	for _, f := range r.Figures {
		if !strings.HasPrefix(f.Name, "phase_") {
			out = append(out, f)
		}
	}
	return out
}

func seconds(v float64) string {
	if v < 1 {
		return strconv.FormatFloat(v*1000, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(v, 'f', 2, 64) + " s"
}

// amount is a figure with its unit.
func amount(f probe.Figure) string {
	if f.Unit == "s" {
		return seconds(f.Value)
	}
	return strings.TrimSpace(probe.Number(f.Value) + " " + f.Unit)
}

// label is a figure's name for people.
func label(name string) string { return strings.ReplaceAll(name, "_", " ") }
