package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// refuse answers with an error: the page of its kind, the sign-in, or for fragments and
// scripts the status alone.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, by actor.Actor, err error) {
	p := edge.ProblemOf(err)
	p.Permit(w.Header())
	if p.Status == http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "page failed", "request", edge.RequestID(r.Context()), "method", r.Method, "err", err)
	}
	if _, ours := errors.AsType[*errs.E](err); !ours && p.Status != http.StatusInternalServerError {
		err = &errs.E{Kind: kinds[p.Status], Message: p.Detail, Err: err} // too large a body, for one
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case fragment(r) || !wantsPage(r):
		http.Error(w, p.Title, p.Status)
	case p.Status == http.StatusUnauthorized && reads && by.Kind == "":
		http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	default:
		s.problemPage(w, r, by, p.Status, err)
	}
}

// missing answers what no route fits: there is no such page, or nothing to do with it this way.
func (s *Site) missing(w http.ResponseWriter, r *http.Request) {
	by := edge.Actor(r.Context())
	r = r.WithContext(ui.With(r.Context(), s.frame(r, by)))
	s.refuse(w, r, by, edge.Unmatched(s.mux, r, "There is no page at this address"))
}

// Fail answers with a problem that arose before any handler was asked, for edge.Config: a page
// for browsers, JSON for everybody else.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, p edge.Problem) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		edge.Answer(w, r, p)
		return
	}
	r = r.WithContext(ui.With(r.Context(), s.frame(r, actor.Actor{})))
	p.Permit(w.Header())
	s.problemPage(w, r, actor.Actor{}, p.Status, &errs.E{Kind: kinds[p.Status], Message: p.Detail})
}

var kinds = map[int]errs.Kind{
	http.StatusNotFound:              errs.NotFound,
	http.StatusForbidden:             errs.Forbidden,
	http.StatusUnauthorized:          errs.Unauthenticated,
	http.StatusServiceUnavailable:    errs.Unavailable,
	http.StatusRequestEntityTooLarge: errs.Invalid,
	http.StatusUnprocessableEntity:   errs.Invalid,
	http.StatusMethodNotAllowed:      errs.Invalid,
}

func (s *Site) problemPage(w http.ResponseWriter, r *http.Request, by actor.Actor, status int, err error) {
	ctx := context.WithoutCancel(r.Context()) // a body that came too slowly has ended it
	frame := ui.From(ctx)
	if failed := s.fill(ctx, &frame, by); failed != nil {
		frame.Nav = nil // the page that tells of an error must not need what has failed
	}
	var page bytes.Buffer
	if failed := problemPage(err, edge.RequestID(ctx)).Render(ui.With(ctx, frame), &page); failed != nil {
		s.Log.ErrorContext(ctx, "error page failed", "err", failed)
		http.Error(w, http.StatusText(status), status)
		return
	}
	if retry := edge.ProblemOf(err).RetryAfter; retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(retry.Seconds())))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // the reader has gone: nobody to tell
}

// wantsPage reports whether a person reads the answer.
func wantsPage(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return accept == "" || strings.Contains(accept, "text/html") || strings.Contains(accept, "*/*")
}

// internal reports whether an error is ours to fix; only then its request is worth naming.
func internal(err error) bool { return action.Status(err) == http.StatusInternalServerError }
