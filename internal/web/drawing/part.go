package drawing

import (
	"net/http"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/health"
	"mainstay/internal/web/action"
)

// detail is one part: how it is, why, and whom and what to ask.
type detail struct {
	health.Part
	known    bool
	two      bool
	causes   []health.Cause
	owner    string // team's name
	service  string // name; empty when it belongs to none
	runbook  string // of its service; empty when there is none
	needs    []health.Part
	neededBy []health.Part
	logsOf   string // service whose lines tell of it
}

func (p pages) part(r *http.Request, by actor.Actor) (action.Answer, error) {
	v, err := p.view(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	return action.Show(partPanel(v)), nil
}

// detailOf reads what the page says of a part.
func (p pages) detailOf(r *http.Request, by actor.Actor, d *health.Desk, service, component string) (detail, error) {
	part, ok := d.Part(component)
	if !ok {
		return detail{}, errs.NotFoundf("there is no component %q", component)
	}
	out := detail{Part: part, known: true, causes: d.CausesOf(component, maxCauses), owner: part.OwnerName, service: part.ServiceName, logsOf: service}
	own := part.ServiceName
	if own == "" {
		own = service
	}
	of, found := d.Service(own)
	if found {
		out.runbook, out.two, out.logsOf = of.Runbook, of.TwoColours, own
	}
	if out.owner == "" && part.ServiceName != "" {
		out.owner = of.OwnerName
	}
	around, err := p.Catalogue.NeighboursOf(r.Context(), by, component)
	out.needs, out.neededBy = partsOf(d, around.Needs), partsOf(d, around.NeededBy)
	return out, err
}

func partsOf(d *health.Desk, list []catalogue.Component) (out []health.Part) {
	for _, c := range list {
		if p, ok := d.PartByID(c.ID); ok {
			out = append(out, p)
		}
	}
	return out
}

// moment is when the trouble of a part began; now when it has none.
func (d detail) moment(now time.Time) time.Time {
	if len(d.causes) > 0 {
		return d.causes[0].Reason.Since
	}
	return now
}

// procedure is where it says what to do: of the worst cause, else of the service.
func (d detail) procedure() string {
	for _, c := range d.causes {
		if c.Reason.Procedure != "" {
			return c.Reason.Procedure
		}
	}
	return d.runbook
}

// source is where the sender of the worst cause shows its series.
func (d detail) source() string {
	for _, c := range d.causes {
		if c.Reason.Explanation != "" {
			return c.Reason.Explanation
		}
	}
	return ""
}
