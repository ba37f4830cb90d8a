package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

// Problem is an error as HTTP answers it (RFC 9457).
type Problem struct {
	Type   string `json:"type" doc:"Always about:blank: the status says what kind of problem it is."`
	Title  string `json:"title" doc:"The status in words."`
	Status int    `json:"status"`
	Detail string `json:"detail" doc:"What failed and what to do, for people."`
	// Request is the id under which the server's log has more.
	Request string       `json:"request,omitempty" doc:"Names this request in the server's log."`
	Errors  []errs.Field `json:"errors,omitempty" doc:"The values that were refused, each with its path."`
	// RetryAfter is when the same request may succeed; 0 when that is not known.
	RetryAfter time.Duration `json:"-"`
	// Allow are the methods that the path takes, when the request had another.
	Allow []string `json:"-"`
}

// statuses is the one place where kinds become statuses.
var statuses = map[errs.Kind]int{
	errs.Internal:        http.StatusInternalServerError,
	errs.NotFound:        http.StatusNotFound,
	errs.Invalid:         http.StatusUnprocessableEntity,
	errs.Conflict:        http.StatusConflict,
	errs.Forbidden:       http.StatusForbidden,
	errs.Unauthenticated: http.StatusUnauthorized,
	errs.Unavailable:     http.StatusServiceUnavailable,
}

const ourFault = "Something went wrong on our side: nothing was changed. Try again; if it stays, tell the administrator the request id."

// ProblemOf maps an error. What is Internal shows nothing of its text.
func ProblemOf(err error) Problem {
	p := Problem{Type: "about:blank", Status: statuses[errs.KindOf(err)], Detail: ourFault}
	if e, ok := errors.AsType[*errs.E](err); ok && e.Kind != errs.Internal {
		p.Detail, p.Errors = e.Message, e.Fields
	}
	if t, ok := errors.AsType[*people.Throttled](err); ok {
		p.Status, p.RetryAfter = http.StatusTooManyRequests, t.Wait
	}
	if wrong, ok := errors.AsType[*WrongMethod](err); ok {
		p.Status, p.Allow = http.StatusMethodNotAllowed, wrong.Allow
	}
	if _, ok := errors.AsType[*SlowBody](err); ok {
		p.Status = http.StatusRequestTimeout
	}
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p.Status = http.StatusRequestEntityTooLarge
		p.Detail = fmt.Sprintf("the request is larger than the %d bytes that are accepted here: send it in parts", big.Limit)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		p.Status, p.Detail = http.StatusServiceUnavailable, "the request took too long or was given up: try again"
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// WriteProblem answers with an error as problem JSON, and logs what the answer does not say.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	answer(w, r, problemFor(r, err))
}

// problemFor maps the error, logs what people must not see, and names the request.
func problemFor(r *http.Request, err error) Problem {
	p := ProblemOf(err)
	p.Request = RequestID(r.Context())
	switch {
	case p.Status == http.StatusInternalServerError:
		logOf(r.Context()).ErrorContext(r.Context(), "request failed", "request", p.Request, "method", r.Method, "path", shown(r), "err", err)
	case p.Status == http.StatusServiceUnavailable && r.Context().Err() == nil:
		logOf(r.Context()).WarnContext(r.Context(), "request not served", "request", p.Request, "method", r.Method, "path", shown(r), "err", err)
	}
	return p
}

func answer(w http.ResponseWriter, r *http.Request, p Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="mainstay"`) // not Basic: browsers would ask with a window of their own
	}
	p.Permit(h)
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(p.RetryAfter.Seconds())))
	}
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		logOf(r.Context()).DebugContext(r.Context(), "the caller left before the answer", "request", p.Request, "err", err)
	}
}

// Permit says in the header which methods the path takes.
func (p Problem) Permit(h http.Header) {
	if len(p.Allow) > 0 {
		h.Set("Allow", strings.Join(p.Allow, ", "))
	}
}

// logOf is the log of the edge that the request came through.
func logOf(ctx context.Context) *slog.Logger {
	if q := requestOf(ctx); q.log != nil {
		return q.log
	}
	return slog.Default()
}
