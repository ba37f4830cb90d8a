package service

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// createKey makes an integration key and shows its secret, this once.
func (p pages) createKey(r *http.Request, by actor.Actor) (action.Answer, error) {
	label := action.Line(r, "label")
	secret, _, failed := p.Catalogue.CreateKey(r.Context(), by, r.PathValue("name"), label)
	if failed != nil && !refused(failed) {
		return action.Answer{}, failed
	}
	in, err := p.service(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	if failed != nil {
		in.label, in.keyErr = label, failed
		return action.Again(show(in), failed), nil
	}
	in.fresh = secret
	return action.Show(show(in)), nil
}

func (p pages) revokeKey(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	if err := p.Catalogue.RevokeKey(r.Context(), by, name, catalogue.KeyID(r.PathValue("key"))); err != nil {
		return action.Answer{}, err
	}
	return action.Go(look.ServiceURL(name)+"#keys", action.Done("The key is revoked: what is sent with it is refused from now on.")), nil
}

func sentence(err error) string { return ui.Sentence(err) }

// curl is a command that sends one alert with a key.
func (in showPage) curl(secret string) string {
	return "curl -H 'Authorization: Bearer " + secret + "' -H 'Content-Type: application/json' \\\n" +
		"  -d '[{\"labels\":{\"alertname\":\"Test\",\"severity\":\"warning\"},\"annotations\":{\"summary\":\"Only a test\"}}]' \\\n" +
		"  " + in.baseURL + "/api/v2/alerts"
}

// prometheus is how Prometheus is told to send with a key.
func (in showPage) prometheus(secret string) string {
	scheme, host, _ := cutScheme(in.baseURL)
	return "alerting:\n  alertmanagers:\n    - scheme: " + scheme + "\n      authorization: {credentials: " + secret + "}\n" +
		"      static_configs: [{targets: [\"" + host + "\"]}]"
}
