package apidoc

import (
	"net/http"
	"sync"

	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
)

// Config is what the page needs.
type Config struct {
	// Document is the OpenAPI document as JSON. It is asked for once, when the first reader comes.
	Document func() ([]byte, error)
	// BaseURL is where people reach the desk, without a slash at the end, for examples.
	BaseURL string
}

type pages struct {
	reference func() (reference, error)
}

// Routes are the reference of the API.
func Routes(c Config) []action.Route {
	p := pages{sync.OnceValues(c.reference)}
	return []action.Route{action.Get("/api/docs", action.SignedIn, p.show)}
}

func (c Config) reference() (reference, error) {
	text, err := c.Document()
	if err != nil {
		return reference{}, err
	}
	d, err := read(text)
	return arrange(d, c.BaseURL), err
}

func (p pages) show(*http.Request, actor.Actor) (action.Answer, error) {
	r, err := p.reference()
	return action.Show(referencePage(r)), err
}
