package receive

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"mainstay/internal/domain/source"
	"mainstay/internal/edge"
)

// defaultRetry is when a sender that is refused for now should come again, when the error does
// not say it.
const defaultRetry = 10 * time.Second

// Failure is an error in the terms of HTTP, for each protocol to put into its own form.
type Failure struct {
	Status     int
	Text       string // for people
	RetryAfter time.Duration
}

// Failure maps an error and logs what the answer does not say. Safe is how many lines of the
// request are stored already.
func (c Config) Failure(r *http.Request, err error, safe int) Failure {
	p := edge.Malformed(err)
	f := Failure{Status: p.Status, Text: p.Detail, RetryAfter: p.RetryAfter}
	if much, ok := errors.AsType[*TooMuch](err); ok {
		f.Status, f.Text = http.StatusRequestEntityTooLarge, much.Message
	}
	if f.Status == http.StatusServiceUnavailable {
		f.Status, f.RetryAfter = http.StatusTooManyRequests, retryAfter(err)
	}
	if f.Status == http.StatusInternalServerError {
		f.Text = "something went wrong on our side: send it again; if it stays, tell the administrator the request id " + edge.RequestID(r.Context())
		c.Log.ErrorContext(r.Context(), "lines were not taken", "request", edge.RequestID(r.Context()), "path", r.URL.Path, "err", err)
	}
	if safe > 0 {
		f.Text = fmt.Sprintf("the first %d lines are stored, the others are not: %s", safe, f.Text)
	}
	return f
}

// retryAfter is what an error says about when to come again.
func retryAfter(err error) time.Duration {
	if wait, ok := errors.AsType[*source.Wait](err); ok && wait.For > 0 {
		return wait.For
	}
	return defaultRetry
}

// Header sets what the failure says in headers, and its status.
func (f Failure) Header(w http.ResponseWriter) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	if f.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="mainstay"`)
	}
	w.WriteHeader(f.Status)
}

// Text answers with the failure as plain text, for protocols that have no form of their own.
func (c Config) Text(w http.ResponseWriter, r *http.Request, err error, safe int) {
	f := c.Failure(r, err, safe)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	f.Header(w)
	fmt.Fprintln(w, f.Text)
}

// JSON answers with a status and a JSON document.
func (c Config) JSON(w http.ResponseWriter, r *http.Request, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	c.Encode(w, r, document)
}

// Encode writes a JSON document after the header has been written.
func (c Config) Encode(w http.ResponseWriter, r *http.Request, document any) {
	if err := json.NewEncoder(w).Encode(document); err != nil {
		c.Log.DebugContext(r.Context(), "the sender left before the answer", "err", err)
	}
}
