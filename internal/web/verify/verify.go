// Package verify is the page behind the link in a message that confirms an address: that
// messages to it reach the person who says so.
//
// Opening the link changes nothing, because mail scanners open links too; the button does.
package verify

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/notify"
	"mainstay/internal/web/action"
)

// Config is what the page needs.
type Config struct {
	Contacts *notify.Service
}

type pages struct{ Config }

// Routes are the page and its button.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/verify/{token}", action.Anybody, p.show),
		action.Post("/verify/{token}", action.Anybody, p.confirm),
	}
}

// link is what a verification link leads to.
type link struct {
	token, name, address string
	done                 bool
}

// show says which address of whom the link confirms.
func (p pages) show(r *http.Request, _ actor.Actor) (action.Answer, error) {
	token := r.PathValue("token")
	m, u, err := p.Contacts.MethodOfLink(r.Context(), token)
	if err != nil {
		return dead(err)
	}
	// Whoever holds a link need not hold the right one: the address is shown only in part.
	return action.Show(page(link{token, u.Name, notify.Mask(m.Channel, m.Address), m.Usable()})), nil
}

// confirm says that the message has arrived.
func (p pages) confirm(r *http.Request, _ actor.Actor) (action.Answer, error) {
	token := r.PathValue("token")
	if _, err := p.Contacts.VerifyLink(r.Context(), token); err != nil {
		return dead(err)
	}
	return action.Go("/verify/" + token), nil
}

// dead says that the link does not work, and what to do instead.
func dead(err error) (action.Answer, error) {
	if errs.Is(err, errs.Internal) || errs.Is(err, errs.Unavailable) {
		return action.Answer{}, err
	}
	return action.Again(deadPage(err), err), nil
}

// deadTitle tells a link that is too old from one that never worked.
func deadTitle(err error) string {
	if errs.Is(err, errs.Conflict) {
		return "This link has expired"
	}
	return "This link does not work"
}
