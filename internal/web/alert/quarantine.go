package alert

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/web/action"
)

// quarantine shows what senders sent and could not be taken.
func (p pages) quarantine(r *http.Request, by actor.Actor) (action.Answer, error) {
	list, err := p.Alerts.ListQuarantine(r.Context(), by, page.Request{Cursor: r.URL.Query().Get("cursor"), Limit: 25})
	return action.Show(quarantinePage(list)), err
}
