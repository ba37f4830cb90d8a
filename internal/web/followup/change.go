package followup

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/followup"
	"mainstay/internal/web/action"
)

// change saves the form of the follow-up's page.
func (p pages) change(r *http.Request, by actor.Actor) (action.Answer, error) {
	id := followup.ID(r.PathValue("id"))
	f := read(r)
	_, err := p.FollowUps.Update(r.Context(), by, id, f.in())
	if err == nil {
		return action.Go(address(id), action.Done("Saved.")), nil
	}
	if !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.Conflict) {
		return action.Answer{}, err
	}
	in, failed := p.page(r, by)
	if failed != nil {
		return action.Answer{}, failed
	}
	f.owners, f.err = in.form.owners, err
	in.form = f
	return action.Again(show(in), err), nil
}
