package incident

import (
	"errors"
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/web/action"
)

// attach stores a file with the incident.
func (p pages) attach(r *http.Request, by actor.Actor) (action.Answer, error) {
	body, head, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return p.settle(r, by, "attach", &errs.E{Kind: errs.Invalid, Message: "nothing to attach",
			Fields: []errs.Field{{Path: "file", Message: "choose a file first"}}}, "")
	}
	if err != nil {
		return action.Answer{}, errs.Invalidf("the file did not arrive whole: try again")
	}
	defer func() { _ = body.Close() }()
	_, err = p.Incidents.Attach(r.Context(), by, r.PathValue("key"), head.Filename, head.Header.Get("Content-Type"), body)
	return p.settle(r, by, "attach", err, head.Filename+" attached.")
}

// download answers with a file of the incident.
func (p pages) download(r *http.Request, by actor.Actor) (action.Answer, error) {
	f, body, err := p.Incidents.OpenFile(r.Context(), by, r.PathValue("key"), r.PathValue("file"))
	if err != nil {
		return action.Answer{}, err
	}
	return action.Download(action.File{Name: f.Name, Type: f.Type, Body: body}), nil
}
