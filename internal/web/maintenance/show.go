package maintenance

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/web/action"
)

// shownWindows is how many windows ahead the page names.
const shownWindows = 5

type showPage struct {
	maintenance.Maintenance
	state   maintenance.State
	next    []maintenance.Window // behind the one that is stored
	mayEdit bool
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	m, err := p.Maintenance.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	in := showPage{Maintenance: m, state: m.State(p.Clock.Now())}
	_, refused := p.Maintenance.Editable(r.Context(), by, m.Name)
	in.mayEdit = refused == nil
	for last, more := m.Window, !m.Over; more && len(in.next) < shownWindows; {
		if last, more = m.Spec.After(last.To); more {
			in.next = append(in.next, last)
		}
	}
	return action.Show(showOf(in)), nil
}

func (p pages) end(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	if err := p.Maintenance.End(r.Context(), by, name); err != nil {
		return action.Answer{}, err
	}
	return action.Go(address(name), action.Done("It is over. What still fires opens incidents now.")), nil
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := p.Maintenance.Delete(r.Context(), by, r.PathValue("name")); err != nil {
		return action.Answer{}, err
	}
	return action.Go("/maintenance", action.Done("Deleted.")), nil
}
