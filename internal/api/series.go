package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/engine/signal"
)

// SeriesPath is where the query API of Prometheus is answered: Grafana takes the address with this path as one of
// Prometheus, without the last part.
const SeriesPath = "/prometheus/api/v1/"

// Series answers the query API of Prometheus under our permissions. Questions come as query arguments or as a form.
type Series struct {
	Metrics signal.Metrics
	Log     *slog.Logger
}

// ServeHTTP answers one question. Errors, too, have the form that Prometheus gives them.
func (s *Series) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := s.ask(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", answer.ContentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(answer.Status)
	if _, err := io.Copy(w, answer.Body); err != nil && r.Context().Err() == nil {
		s.Log.WarnContext(r.Context(), "an answer about time series was cut off", "request", edge.RequestID(r.Context()), "err", err)
		panic(http.ErrAbortHandler) // so that the caller does not take the part for the whole
	}
}

func (s *Series) ask(r *http.Request) (signal.SeriesAnswer, error) {
	if err := people.Allow(edge.Actor(r.Context()), people.SeriesRead, people.Target{}); err != nil {
		return signal.SeriesAnswer{}, err
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost && r.Method != http.MethodHead {
		return signal.SeriesAnswer{}, &edge.WrongMethod{Allow: []string{http.MethodGet, http.MethodPost}}
	}
	form, err := question(r)
	if err != nil {
		return signal.SeriesAnswer{}, err
	}
	return s.Metrics.SelectSeries(r.Context(), strings.TrimPrefix(r.URL.Path, SeriesPath), form)
}

// errorTypes are Prometheus' words for kinds of errors.
var errorTypes = map[int]string{
	http.StatusBadRequest: "bad_data", http.StatusUnprocessableEntity: "bad_data", http.StatusNotFound: "not_found",
	http.StatusServiceUnavailable: "unavailable", http.StatusUnauthorized: "unauthorized", http.StatusForbidden: "forbidden",
}

func (s *Series) fail(w http.ResponseWriter, r *http.Request, err error) {
	if wrong, ok := errors.AsType[*edge.WrongMethod](err); ok {
		edge.WriteProblem(w, r, wrong)
		return
	}
	p := edge.ProblemOf(err)
	if errs.Is(err, errs.Internal) {
		s.Log.ErrorContext(r.Context(), "a question about time series was not answered", "request", edge.RequestID(r.Context()), "err", err)
	}
	if p.Status == http.StatusUnprocessableEntity {
		p.Status = http.StatusBadRequest
	}
	kind := errorTypes[p.Status]
	if kind == "" {
		kind = "internal"
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="mainstay"`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(p.Status)
	// An answer that cannot be written has lost its reader.
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "error", "errorType": kind, "error": p.Detail})
}
