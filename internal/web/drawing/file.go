package drawing

import (
	"bytes"
	"io"
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// file is the drawing as it is now, as a file that needs nothing else.
func (p pages) file(r *http.Request, by actor.Actor) (action.Answer, error) {
	v, err := p.view(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	v.canvas.Link = nil
	v.canvas.Movable = false
	var out bytes.Buffer
	if err := v.canvas.File(r.Context(), &out, p.Clock.Now()); err != nil {
		return action.Answer{}, err
	}
	return action.Download(action.File{Name: v.of.Name + ".svg", Type: "image/svg+xml", Body: io.NopCloser(&out)}), nil
}

// wall is the drawing for a screen on the wall.
func (p pages) wall(r *http.Request, by actor.Actor) (action.Answer, error) {
	v, err := p.view(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	v.canvas.ID, v.canvas.Movable = "wall-svg", false
	v.canvas.Link = func(component string) string { return look.BoardURL(v.of.Name) + "?part=" + component }
	return action.Show(wallView(v)), nil
}

// layOut forgets the places of all parts.
func (p pages) layOut(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	if err := p.Drawings.LayOut(r.Context(), by, name); err != nil {
		return action.Answer{}, err
	}
	return action.Go(look.BoardURL(name), action.Done("The drawing is laid out again.")), nil
}
