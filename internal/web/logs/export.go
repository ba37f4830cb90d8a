package logs

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/web/action"
)

// export hands out everything that the search finds: ?format=csv, else NDJSON. A refusal leads back
// to the page, which can say why.
func (p pages) export(r *http.Request, by actor.Actor) (action.Answer, error) {
	now := p.Search.Clock.Now()
	a, err := read(r.URL.Query(), now)
	if err != nil {
		return action.Answer{}, err
	}
	q := a.question()
	q.Before, q.Limit = nil, 0
	name, ask := "logs.ndjson", p.Search.Export
	if r.URL.Query().Get("format") == "csv" {
		name, ask = "logs.csv", p.Search.ExportCSV
	}
	body, err := ask(r.Context(), by, q)
	if errs.Is(err, errs.Invalid) || unavailable(err) {
		return action.Go(a.with(home, "format", ""), action.Failed("Nothing was exported: "+sentence(err))), nil
	}
	if err != nil {
		return action.Answer{}, err
	}
	return action.Download(action.File{Name: now.Format("20060102-1504-") + name, Type: "text/plain", Body: body}), nil
}
