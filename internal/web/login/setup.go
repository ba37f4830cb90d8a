package login

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// setUp is the form of the first admin.
type setUp struct {
	people.SetUpIn
	code string
	err  error
}

// setUpForm shows the form to whoever holds the one-time link.
func (p pages) setUpForm(r *http.Request, _ actor.Actor) (action.Answer, error) {
	in := setUp{code: r.URL.Query().Get("code")}
	if err := p.checkSetUp(r, in.code); err != nil {
		return deadLink(err)
	}
	return action.Show(setUpPage(in)), nil
}

// checkSetUp says why the link does not work, in words that help.
func (p pages) checkSetUp(r *http.Request, code string) error {
	err := p.People.CheckSetUpCode(r.Context(), code)
	if !errs.Is(err, errs.NotFound) {
		return err
	}
	first, failed := p.People.FirstRun(r.Context())
	switch {
	case failed != nil:
		return failed
	case first:
		return errs.NotFoundf("This set-up link has been used or has expired. Start the server again: it prints a new one")
	}
	return errs.NotFoundf("This desk has an administrator who can sign in already: sign in, or ask for an account")
}

// setUp makes the first admin, signs in, and asks for a way to reach them.
func (p pages) setUp(r *http.Request, _ actor.Actor) (action.Answer, error) {
	in := setUp{code: r.PostFormValue("code"), SetUpIn: people.SetUpIn{
		Login: action.Line(r, "login"), Title: action.Line(r, "title"), Email: action.Line(r, "email"),
		Zone: action.Line(r, "zone"), Password: r.PostFormValue("password"),
	}}
	var u people.User
	if in.err = twice(r); in.err == nil {
		u, in.err = p.People.SetUp(r.Context(), in.code, in.SetUpIn)
	}
	switch {
	case errs.Is(in.err, errs.Invalid):
		return action.Again(setUpPage(in), in.err), nil
	case errs.Is(in.err, errs.NotFound), errs.Is(in.err, errs.Conflict):
		return deadLink(in.err)
	case in.err != nil:
		return action.Answer{}, in.err
	}
	session, err := p.People.Login(r.Context(), in.Login, in.Password, edge.Remote(r.Context()))
	if err != nil {
		return action.Answer{}, err
	}
	a := action.Go("/me/contacts", action.Done("Welcome, "+u.Name+". The desk is yours."),
		ui.Flash{Tone: ui.ToneWarn, Text: "Add a way to reach you, and verify it: until then nobody can page you."})
	a.SignIn = &session
	return a, nil
}

// twice refuses a new password that was not typed the same way two times.
func twice(r *http.Request) error {
	if r.PostFormValue("password") == r.PostFormValue("again") {
		return nil
	}
	return &errs.E{Kind: errs.Invalid, Message: "the two passwords differ",
		Fields: []errs.Field{{Path: "again", Message: "is not the same as the password above"}}}
}

// deadLink says that a one-time link does not work, and where to go instead.
func deadLink(err error) (action.Answer, error) {
	if !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Conflict) {
		return action.Answer{}, err
	}
	return action.Again(deadLinkPage(err), err), nil
}
