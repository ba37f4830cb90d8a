package board

import (
	"context"
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// first is the board, and for who may not see it their own first page.
func (p pages) first(r *http.Request, by actor.Actor) (action.Answer, error) {
	if p.Elsewhere != nil && !people.Can(by, people.IncidentRead, people.Target{}) {
		return action.Go(p.Elsewhere(by)), nil
	}
	return p.show(r, by)
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	b, err := p.begin(r.Context(), by)
	return action.Show(boardPage(b)), err
}

func (p pages) showLive(r *http.Request, by actor.Actor) (action.Answer, error) {
	b, err := p.begin(r.Context(), by)
	return action.Show(live(b)), err
}

// begin is load with what a new desk still needs, which the wall does not show.
func (p pages) begin(ctx context.Context, by actor.Actor) (board, error) {
	b, err := p.load(ctx, by)
	if err == nil && p.Start != nil {
		b.start, err = p.Start(ctx, by)
	}
	return b, err
}

func (p pages) wall(r *http.Request, by actor.Actor) (action.Answer, error) {
	b, err := p.load(r.Context(), by)
	title := p.Name
	if title == "" {
		title = "Mainstay"
	}
	return action.Show(wallPage(title, b, viewsOf(r, b))), err
}

func (p pages) wallLive(r *http.Request, by actor.Actor) (action.Answer, error) {
	b, err := p.load(r.Context(), by)
	return action.Show(wallBoard(b)), err
}
