package app

import (
	"net/http"

	"mainstay/internal/api"
	"mainstay/internal/edge"
	"mainstay/internal/ingest/receive"
)

// mountHosts adds the way in of inventories. It is the API's, and open to the keys of sources too,
// which the API's own gate does not know; its body may be packed.
func (a *App) mountHosts(mux *http.ServeMux, e *edge.Edge) {
	in := receive.Config{Sources: a.Rooms.Sources, Edge: e, Clock: a.Clock, Log: a.Log}
	mux.HandleFunc("POST "+api.FilesPath, func(w http.ResponseWriter, r *http.Request) {
		from, err := in.Sender(r, receive.Ways{})
		if err != nil {
			edge.WriteProblem(w, r, err)
			return
		}
		body, err := receive.Body(r, "", api.MaxInventory)
		if err != nil {
			edge.Answer(w, r, edge.Malformed(err))
			return
		}
		defer body.Close()
		r = r.WithContext(edge.WithActor(r.Context(), from.By))
		r.Body = body
		a.api.ServeHTTP(w, r)
	})
}
