package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
	"mainstay/internal/engine/signal"
)

// Select answers /select/logsql/…, the query API of VictoriaLogs, under our permissions: its
// Grafana plugin and its command line work with it. Whoever asks sees the lines of what their teams
// own or support, whatever the question says.
//
// Questions come as query arguments, as a form, or as a form without a Content-Type header, as
// curl -d and others send them. Tenants (AccountID, ProjectID) are not looked at.
type Select struct {
	Logs  signal.Logs
	Scope func(context.Context, actor.Actor) (signal.Scope, error)
	Log   *slog.Logger
}

// maxQuestion is how long a question may be, in bytes.
const maxQuestion = 1 << 20

// ServeHTTP answers one question. The answer is passed on as the engine writes it, at once: a tail
// goes on until its caller leaves.
func (s *Select) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := s.ask(r)
	if err != nil {
		edge.WriteProblem(w, r, err)
		return
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", answer.ContentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := pass(w, answer.Body); err != nil && r.Context().Err() == nil {
		s.Log.WarnContext(r.Context(), "an answer about log lines was cut off", "request", edge.RequestID(r.Context()), "err", err)
		panic(http.ErrAbortHandler) // so that the caller does not take the part for the whole
	}
}

func (s *Select) ask(r *http.Request) (signal.Answer, error) {
	scope, err := s.Scope(r.Context(), edge.Actor(r.Context()))
	if err != nil {
		return signal.Answer{}, err
	}
	form, err := question(r)
	if err != nil {
		return signal.Answer{}, err
	}
	return s.Logs.Select(r.Context(), strings.TrimPrefix(r.URL.Path, "/select/logsql/"), form, scope)
}

// question reads the arguments from the address and the body; those of the body come first.
func question(r *http.Request) (url.Values, error) {
	form, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errs.Invalidf("the query arguments cannot be read: %v", err)
	}
	if r.Body == nil || r.Method == http.MethodGet {
		return form, nil
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		if err := r.ParseMultipartForm(maxQuestion); err != nil {
			return nil, errs.Invalidf("the form cannot be read: %v", err)
		}
		return merge(url.Values(r.MultipartForm.Value), form), nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxQuestion))
	if err != nil {
		return nil, err
	}
	sent, err := url.ParseQuery(strings.TrimSpace(string(body)))
	if err != nil {
		return nil, errs.Invalidf("the body must be a form such as query=error: %v", err)
	}
	return merge(sent, form), nil
}

func merge(first, then url.Values) url.Values {
	for name, values := range then {
		first[name] = append(first[name], values...)
	}
	return first
}

// pass copies and flushes as it comes.
func pass(w http.ResponseWriter, body io.Reader) error {
	control := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return nil //nolint:nilerr // the reader has left
			}
			_ = control.Flush() // a writer that cannot is a test's
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
