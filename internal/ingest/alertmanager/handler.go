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
		edge.WriteProblem(w, r, errs.NotFoundf("of the Alertmanager API there are only POST /api/v2/alerts and GET /api/v2/status"))
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
	if err := h.receive(r); err != nil {
		edge.WriteProblem(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// receive returns nil only when every alert of the request is safe.
func (h *Handler) receive(r *http.Request) error {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return errs.Invalidf("alerts are taken without Content-Encoding, not as %q", cut(coding))
	}
	by := edge.Actor(r.Context())
	body, err := io.ReadAll(r.Body)
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return h.keep(r.Context(), by, big, body)
	}
	if err != nil {
		return &errs.E{Kind: errs.Invalid, Message: "the request was cut off", Err: err}
	}
	list, err := decode(body)
	if err != nil {
		return h.keep(r.Context(), by, err, body)
	}
	taken, err := h.Alerts.Receive(r.Context(), by, list)
	if err != nil && errs.Is(err, errs.Invalid) {
		h.Log.WarnContext(r.Context(), "alerts refused", "request", edge.RequestID(r.Context()), "sender", by.Name, "taken", taken, "err", err)
	}
	return err
}

// keep puts what could not be read into the quarantine and returns why it could not.
func (h *Handler) keep(ctx context.Context, by actor.Actor, why error, body []byte) error {
	if err := h.Alerts.Quarantine(ctx, by, why.Error(), body); err != nil {
		return err
	}
	h.Log.WarnContext(ctx, "alerts could not be read", "request", edge.RequestID(ctx), "sender", by.Name, "err", why)
	return why
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
