package people

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/web/action"
)

type accountPage struct {
	subject
	spec        people.UserSpec
	err         error
	passwordErr error
	by          actor.Actor
}

// me leads to what people come for most.
func (p pages) me(*http.Request, actor.Actor) (action.Answer, error) {
	return action.Go("/me/contacts"), nil
}

// account is one's own name, mail address, zone and password.
func (p pages) account(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.own(r, by)
	return action.Show(account(in)), err
}

func (p pages) own(r *http.Request, by actor.Actor) (in accountPage, err error) {
	in.by = by
	in.subject, err = p.subject(r, by)
	in.spec = in.Spec()
	return in, err
}

func (p pages) saveAccount(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.own(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in.spec.Title, in.spec.Email, in.spec.Zone = action.Line(r, "title"), action.Line(r, "email"), action.Line(r, "zone")
	if _, in.err = p.People.ApplyUser(r.Context(), by, in.Login, in.spec); in.err != nil {
		return action.Again(account(in), in.err), nil
	}
	return action.Go("/me/account", action.Done("Saved.")), nil
}

// changePassword ends all other sessions.
func (p pages) changePassword(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.own(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	change := people.PasswordChange{Old: r.PostFormValue("old"), New: r.PostFormValue("new"), Remote: edge.Remote(r.Context())}
	if s, ok := edge.Session(r.Context()); ok {
		change.Keep = s.ID
	}
	if change.New != r.PostFormValue("again") {
		in.passwordErr = &errs.E{Kind: errs.Invalid, Message: "the password was not changed",
			Fields: []errs.Field{{Path: "again", Message: "is not the same as the new password"}}}
	} else {
		in.passwordErr = p.People.ChangePassword(r.Context(), by, change)
	}
	if in.passwordErr != nil {
		return action.Again(account(in), in.passwordErr), nil
	}
	return action.Go("/me/account", action.Done("Your password is changed. All your other sessions have ended.")), nil
}
