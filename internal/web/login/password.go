package login

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
	"mainstay/internal/web/action"
)

// newPassword is the form behind a one-time link.
type newPassword struct {
	code, login, name string
	err               error
}

// passwordForm shows the form to whoever holds the one-time link.
func (p pages) passwordForm(r *http.Request, _ actor.Actor) (action.Answer, error) {
	code := r.URL.Query().Get("code")
	u, err := p.People.CheckPasswordCode(r.Context(), code)
	if err != nil {
		return deadLink(err)
	}
	return action.Show(passwordPage(newPassword{code: code, login: u.Login, name: u.Name})), nil
}

// setPassword uses the link up and signs in.
func (p pages) setPassword(r *http.Request, _ actor.Actor) (action.Answer, error) {
	code, password := r.PostFormValue("code"), r.PostFormValue("password")
	u, err := p.People.CheckPasswordCode(r.Context(), code)
	if err != nil {
		return deadLink(err)
	}
	if err = twice(r); err == nil {
		_, err = p.People.SetPassword(r.Context(), code, password)
	}
	switch {
	case errs.Is(err, errs.Invalid):
		return action.Again(passwordPage(newPassword{code, u.Login, u.Name, err}), err), nil
	case err != nil:
		return deadLink(err)
	}
	session, err := p.People.Login(r.Context(), u.Login, password, edge.Remote(r.Context()))
	if err != nil {
		return action.Go("/login", action.Done("Your password is set. Sign in with it.")), nil // throttled or disabled: signing in says so
	}
	a := action.Go("/", action.Done("Your password is set, and you are signed in."))
	a.SignIn = &session
	return a, nil
}
