package alert

import (
	"net/http"
	"net/url"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/alert"
	"mainstay/internal/web/action"
)

// judge records what the reader thinks of an alert.
func (p pages) judge(r *http.Request, by actor.Actor) (action.Answer, error) {
	verdict := alert.Verdict(r.PostFormValue("verdict"))
	if err := p.Alerts.Judge(r.Context(), by, alert.ID(r.PathValue("id")), verdict); err != nil {
		return action.Answer{}, err
	}
	return action.Go(back(r), action.Done("Judged "+string(verdict)+".")), nil
}

// back is the list as the reader had filtered it.
func back(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Path != "/alerts" {
		return "/alerts"
	}
	return address(from.Path, from.Query())
}

// verdicts are what can be said of an alert, with what each means.
var verdicts = []struct {
	alert.Verdict
	label, means string
}{
	{alert.Useful, "Useful", "It told of something that needed a person"},
	{alert.Noise, "Noise", "True, but nobody had to do anything"},
	{alert.Wrong, "Wrong", "What it said was not so"},
}
