package web

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// serve answers a route.
func (s *Site) serve(route action.Route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by := edge.Actor(r.Context())
		r = r.WithContext(ui.With(r.Context(), s.frame(r, by)))
		answer, err := s.answer(route, r, by)
		if err == nil {
			err = s.write(w, r, by, answer)
		}
		if err != nil {
			s.refuse(w, r, by, err)
		}
	}
}

func (s *Site) answer(route action.Route, r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := route.Admit(by); err != nil {
		return action.Answer{}, err
	}
	if err := parse(r); err != nil {
		return action.Answer{}, err
	}
	return route.Do(r, by)
}

// fileMemory is how much of an upload is kept in memory; the rest goes to disk.
const fileMemory = 1 << 20

// parse reads the form of a request, so that handlers find it and its errors are told apart.
func parse(r *http.Request) error {
	if r.Method != http.MethodPost {
		return nil
	}
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(fileMemory)
	} else {
		err = r.ParseForm()
	}
	switch status := action.Status(err); {
	case err == nil, status == http.StatusRequestEntityTooLarge, status == http.StatusRequestTimeout:
		return err
	}
	return &errs.E{Kind: errs.Invalid, Message: "The form did not arrive whole: send it again", Err: err}
}

// write renders an answer. Nothing is sent before all of it is there.
func (s *Site) write(w http.ResponseWriter, r *http.Request, by actor.Actor, a action.Answer) error {
	switch {
	case a.SignIn != nil:
		edge.SetSession(w, r, *a.SignIn)
	case a.SignOut:
		edge.ClearSession(w, r)
	}
	switch {
	case a.To != "":
		keep(w, r, a.Messages)
		http.Redirect(w, r, a.To, a.Status)
	case a.JSON != nil:
		w.Header().Set("Content-Type", "application/json")
		return json.NewEncoder(w).Encode(a.JSON)
	case a.File != nil:
		return send(w, a.File)
	case a.Page != nil:
		return s.render(w, r, by, a)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

func (s *Site) render(w http.ResponseWriter, r *http.Request, by actor.Actor, a action.Answer) error {
	frame := ui.From(r.Context())
	if !fragment(r) {
		if err := s.fill(r.Context(), &frame, by); err != nil {
			return err
		}
		frame.Flash = s.kept(w, r)
	}
	var page bytes.Buffer
	if err := a.Page.Render(ui.With(r.Context(), frame), &page); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(a.Status)
	_, _ = page.WriteTo(w) // the reader has gone: nobody to tell
	return nil
}

// send answers with a file. What others uploaded is never shown as a page of ours.
func send(w http.ResponseWriter, f *action.File) error {
	defer f.Body.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if _, err := io.Copy(w, f.Body); err != nil {
		panic(http.ErrAbortHandler) // half a file has no other answer than a broken connection
	}
	return nil
}

// fragment reports whether a live element asks, and not a reader.
func fragment(r *http.Request) bool { return r.Header.Get("HX-Request") != "" }
