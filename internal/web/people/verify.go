package people

import (
	"net/http"
	"net/url"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/web/action"
)

// verify confirms a contact method with the code that was sent to it.
func (p pages) verify(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.contactsOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	name := r.PathValue("method")
	err = p.Contacts.Verify(r.Context(), by, in.Login, name, action.Line(r, "code"))
	switch {
	case err == nil:
		return action.Go(in.base(), action.Done(name+" is verified: pages go there now.")), nil
	case refused(err):
		in.verifying, in.verifyErr = name, err
		return action.Again(contacts(in), err), nil
	}
	return action.Answer{}, err
}

func (p pages) sendCode(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.contactsOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	name := r.PathValue("method")
	err = p.Contacts.SendCode(r.Context(), by, in.Login, name)
	if errs.Is(err, errs.Conflict) {
		return action.Go(in.base(), action.Careful(err.Error())), nil
	}
	if err != nil {
		return action.Answer{}, err
	}
	return action.Go(in.base(), action.Done("Another code is on its way to "+name+".")), nil
}

// test sends a test message and leads to its outcome.
func (p pages) test(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.contactsOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	id, err := p.Contacts.Test(r.Context(), by, in.Login, r.PathValue("method"))
	if err != nil {
		return action.Answer{}, err
	}
	return action.Go(in.base() + "?test=" + url.QueryEscape(string(id))), nil
}
