package drawing

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// textForm is the drawing as text, to be read or changed.
type textForm struct {
	catalogue.Service
	text    string
	err     error
	mayEdit bool
}

func (p pages) text(r *http.Request, by actor.Actor) (action.Answer, error) {
	f, err := p.textForm(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	f.text, err = p.Drawings.Text(r.Context(), by, f.Name)
	return action.Show(textPage(f)), err
}

func (p pages) textForm(r *http.Request, by actor.Actor) (f textForm, err error) {
	f.Service, err = p.Catalogue.Service(r.Context(), by, r.PathValue("name"))
	f.mayEdit = p.Catalogue.MayChangeService(by, f.Service)
	return f, err
}

func (p pages) saveText(r *http.Request, by actor.Actor) (action.Answer, error) {
	f, err := p.textForm(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	f.text = action.Block(r, drawing.TextField)
	f.err = p.Drawings.PutText(r.Context(), by, f.Name, f.text)
	switch {
	case f.err == nil:
		return action.Go(look.BoardURL(f.Name), action.Done("The drawing is as the text says.")), nil
	case errs.Is(f.err, errs.Invalid), errs.Is(f.err, errs.Conflict):
		return action.Again(textPage(f), f.err), nil
	}
	return action.Answer{}, f.err
}
