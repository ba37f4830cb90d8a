package followup

import (
	"net/http"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/followup"
	"mainstay/internal/web/action"
)

func (p pages) complete(r *http.Request, by actor.Actor) (action.Answer, error) {
	f, err := p.FollowUps.Complete(r.Context(), by, followup.ID(r.PathValue("id")), action.Block(r, "note"))
	if err != nil {
		return action.Answer{}, err
	}
	return action.Go(back(r), action.Done("Done: "+f.Title)), nil
}

func (p pages) drop(r *http.Request, by actor.Actor) (action.Answer, error) {
	f, err := p.FollowUps.Drop(r.Context(), by, followup.ID(r.PathValue("id")), action.Block(r, "note"))
	if errs.Is(err, errs.Invalid) {
		in, failed := p.page(r, by)
		in.dropErr = err
		return action.Again(show(in), err), failed
	}
	if err != nil {
		return action.Answer{}, err
	}
	return action.Go(back(r), action.Done("Given up: "+f.Title)), nil
}

func (p pages) reopen(r *http.Request, by actor.Actor) (action.Answer, error) {
	id := followup.ID(r.PathValue("id"))
	if _, err := p.FollowUps.Reopen(r.Context(), by, id, ""); err != nil {
		return action.Answer{}, err
	}
	return action.Go(address(id), action.Done("Open again.")), nil
}

// back is the list that the act was asked from; the form says which view of it.
func back(r *http.Request) string {
	if to := r.PostFormValue("back"); to == "/follow-ups" || strings.HasPrefix(to, "/follow-ups?") {
		return to
	}
	return "/follow-ups"
}
