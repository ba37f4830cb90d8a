package alertmanager

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/alert"
	"mainstay/internal/edge"
)

// Config is what a Handler needs.
type Config struct {
	Alerts *alert.Service
	// Key authenticates the integration key of the query.
	Key     func(ctx context.Context, secret string) (actor.Actor, error)
	Started time.Time // when the server started, for status
	Version string
	Log     *slog.Logger
}

// Handler answers below /api/v2/. It stands behind edge's Handler, which limits the body,
// and Authenticate.
type Handler struct {
	Config
	mux *http.ServeMux
}

// New returns a handler.
func New(c Config) *Handler {
	h := &Handler{Config: c, mux: http.NewServeMux()}
	h.mux.HandleFunc("POST /api/v2/alerts", h.alerts)
	h.mux.HandleFunc("GET /api/v2/status", h.status)
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		edge.WriteProblem(w, r, edge.Unmatched(h.mux, r, "of the Alertmanager API there are only POST /api/v2/alerts and GET /api/v2/status"))
	})
	return h
}

// ServeHTTP answers whoever has proved to be somebody, by header or by key.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if key := r.URL.Query().Get("key"); key != "" && edge.Actor(r.Context()).Kind == "" {
		by, err := h.Key(r.Context(), key)
		if err != nil {
			edge.WriteProblem(w, r, err)
			return
		}
		r = r.WithContext(edge.WithActor(r.Context(), by))
	}
	if edge.Actor(r.Context()).Kind == "" {
		edge.WriteProblem(w, r, errs.Unauthenticatedf("send an integration key or a token: Authorization: Bearer …"))
		return
	}
	h.mux.ServeHTTP(w, r)
}

func (h *Handler) alerts(w http.ResponseWriter, r *http.Request) {
	list, body, err := read(r)
	if slow, ok := errors.AsType[*edge.SlowBody](err); ok {
		edge.WriteProblem(w, r, slow) // its context has ended: nothing can be kept, and the sender repeats it
		return
	}
	if err != nil {
		h.keep(w, r, body, err)
		return
	}
	by := edge.Actor(r.Context())
	taken, err := h.Alerts.Receive(r.Context(), by, list)
	if err == nil {
		w.WriteHeader(http.StatusOK) // and only here: all are safe
		return
	}
	if errs.Is(err, errs.Invalid) {
		h.Log.WarnContext(r.Context(), "alerts refused", "request", edge.RequestID(r.Context()), "sender", by.Name, "taken", taken, "err", err)
	}
	edge.WriteProblem(w, r, err)
}

// read returns what the body holds, and the body as far as it came.
func read(r *http.Request) ([]alert.In, []byte, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, nil, errs.Invalidf("alerts are taken without Content-Encoding, not as %q", cut(coding))
	}
	body, err := io.ReadAll(r.Body)
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, body, big
	}
	if slow, ok := errors.AsType[*edge.SlowBody](err); ok {
		return nil, body, slow
	}
	if err != nil {
		return nil, body, &errs.E{Kind: errs.Invalid, Message: "the request was cut off", Err: err}
	}
	list, err := decode(body)
	return list, body, err
}

// keep puts what could not be read into the quarantine and tells the sender why.
func (h *Handler) keep(w http.ResponseWriter, r *http.Request, body []byte, why error) {
	by := edge.Actor(r.Context())
	if err := h.Alerts.Quarantine(r.Context(), by, why.Error(), body); err != nil {
		edge.WriteProblem(w, r, err)
		return
	}
	h.Log.WarnContext(r.Context(), "alerts could not be read", "request", edge.RequestID(r.Context()), "sender", by.Name, "err", why)
	edge.Answer(w, r, edge.Malformed(why))
}

// status has the fields that the Alertmanager API v2 requires of it.
func (h *Handler) status(w http.ResponseWriter, r *http.Request) {
	answer := map[string]any{
		"cluster": map[string]any{"status": "disabled", "peers": []string{}},
		"config":  map[string]string{"original": ""},
		"uptime":  h.Started.UTC().Format(time.RFC3339),
		"versionInfo": map[string]string{"version": h.Version, "goVersion": runtime.Version(),
			"branch": "", "buildDate": "", "buildUser": "", "revision": ""},
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		h.Log.DebugContext(r.Context(), "the caller left before the answer", "err", err)
	}
}
