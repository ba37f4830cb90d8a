package incident

import (
	"fmt"
	"net/http"
	"net/url"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// maxBulk bounds one sweep over the list.
const maxBulk = 500

// bulk acknowledges or restores the ticked incidents, each in its own transaction: one that
// cannot be restored does not hold up the others.
func (p pages) bulk(r *http.Request, by actor.Actor) (action.Answer, error) {
	keys := action.Picked(r, "id")
	if len(keys) == 0 || len(keys) > maxBulk {
		return action.Answer{}, errs.Invalidf("Tick 1 to %d incidents first", maxBulk)
	}
	act, done, err := p.bulkAct(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	var refused []ui.Flash
	for _, key := range keys {
		if err := act(key); err != nil {
			refused = append(refused, action.Failed(key+": "+ui.Sentence(err)))
		}
	}
	told := []ui.Flash{}
	if n := len(keys) - len(refused); n > 0 {
		told = append(told, action.Done(fmt.Sprintf(done, count(n))))
	}
	return action.Go(back(r), append(told, refused[:min(len(refused), 5)]...)...), nil
}

func (p pages) bulkAct(r *http.Request, by actor.Actor) (act func(key string) error, done string, err error) {
	switch r.PostFormValue("do") {
	case "acknowledge":
		return func(key string) error {
			_, err := p.Incidents.Acknowledge(r.Context(), by, key)
			return err
		}, "%s acknowledged: you have them.", nil
	case "restore":
		return func(key string) error {
			_, err := p.Incidents.Restore(r.Context(), by, key, action.Line(r, "reason"))
			return err
		}, "%s restored.", nil
	}
	return nil, "", errs.Invalidf("Choose to acknowledge or to restore")
}

func count(n int) string {
	if n == 1 {
		return "1 incident"
	}
	return fmt.Sprintf("%d incidents", n)
}

// back is the list as the reader had filtered it.
func back(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Path != "/incidents" || from.RawQuery == "" {
		return "/incidents"
	}
	return "/incidents?" + from.RawQuery
}
