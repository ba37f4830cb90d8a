package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
)

// problem is an edge.Problem as huma takes and describes it.
type problem struct{ edge.Problem }

// Error is the detail.
func (p *problem) Error() string { return p.Detail }

// GetStatus is the status of the answer.
func (p *problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are the headers that go with the status.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{"Cache-Control": {"no-store"}, "X-Content-Type-Options": {"nosniff"}}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="mainstay"`)
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(p.RetryAfter.Seconds())))
	}
	return h
}

// useOurProblems makes huma answer its own errors in the shape of everybody else's, and in our
// words. Its hooks and words are variables of its packages, so they are set once.
var useOurProblems = sync.OnceFunc(func() {
	useOurWords()
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, list ...error) huma.StatusError {
		p := translate(status, msg, list)
		p.Request = edge.RequestID(ctx.Context())
		return p
	}
	huma.NewError = func(status int, msg string, list ...error) huma.StatusError { return translate(status, msg, list) }
})

// translate makes a problem of what huma found wrong with a request.
func translate(status int, msg string, list []error) *problem {
	p := &problem{edge.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: msg}}
	if status == http.StatusUnsupportedMediaType {
		p.Detail = "the body must be JSON, and say so: Content-Type: application/json"
		return p
	}
	for _, err := range list {
		if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return &problem{edge.ProblemOf(big)}
		}
		d, ok := errors.AsType[*huma.ErrorDetail](err)
		if !ok {
			p.Errors = append(p.Errors, errs.Field{Path: "body", Message: err.Error()})
			continue
		}
		p.Errors = append(p.Errors, fields(d)...)
	}
	if len(p.Errors) > 0 {
		p.Detail = "the request is not valid"
	}
	return p
}

// failure turns an error of a room into what huma answers, and logs what that does not say.
func (a *API) failure(ctx context.Context, r Route, err error) error {
	p := &problem{edge.ProblemOf(err)}
	p.Request = edge.RequestID(ctx)
	switch {
	case p.Status == http.StatusInternalServerError:
		a.Log.ErrorContext(ctx, "request failed", "request", p.Request, "method", r.Method, "path", r.Path, "err", err)
	case p.Status == http.StatusServiceUnavailable && ctx.Err() == nil:
		a.Log.WarnContext(ctx, "request not served", "request", p.Request, "method", r.Method, "path", r.Path, "err", err)
	}
	return p
}

// fail answers with an error where huma is not at work.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) { edge.WriteProblem(w, r, err) }
