package login

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// signIn is the form of the sign-in page.
type signIn struct {
	login string
	next  string // where to go afterwards
	first bool   // no administrator has a password yet
	demo  string // path of the demo's page
	err   error
}

// noAdmin says how the first administrator gets in.
const noAdmin = "Open the set-up link that the server printed when it started; each start prints a new one. " +
	"Or let somebody with an administrator's API token make a link: mainstay user password-link LOGIN."

// kind leaves the first place to what comes before signing in, where there is something.
func (in signIn) kind() ui.Kind {
	if in.demo != "" || in.first {
		return ui.Plain
	}
	return ui.Primary
}

// form asks who it is. Somebody who is signed in already is led on.
func (p pages) form(r *http.Request, by actor.Actor) (action.Answer, error) {
	next := safe(r.URL.Query().Get("next"))
	if by.Kind == actor.User {
		return action.Go(next), nil
	}
	first, err := p.People.FirstRun(r.Context())
	return action.Show(loginPage(signIn{next: next, first: first, demo: p.DemoURL})), err
}

// signIn opens a session for the right password.
func (p pages) signIn(r *http.Request, _ actor.Actor) (action.Answer, error) {
	in := signIn{login: strings.ToLower(action.Line(r, "login")), next: safe(r.PostFormValue("next")), demo: p.DemoURL}
	session, err := p.People.Login(r.Context(), in.login, r.PostFormValue("password"), edge.Remote(r.Context()))
	if errs.Is(err, errs.Unauthenticated) || errs.Is(err, errs.Unavailable) {
		in.err = err
		return action.Again(loginPage(in), err), nil
	}
	if err != nil {
		return action.Answer{}, err
	}
	a := action.Go(in.next)
	a.SignIn = &session
	return a, nil
}

// signOut ends the session; without one there is nothing to do.
func (p pages) signOut(r *http.Request, _ actor.Actor) (action.Answer, error) {
	if token := edge.SessionToken(r); token != "" {
		if err := p.People.Logout(r.Context(), token); err != nil {
			return action.Answer{}, err
		}
	}
	a := action.Go("/login", ui.Flash{Tone: ui.ToneInfo, Text: "You are signed out."})
	a.SignOut = true
	return a, nil
}

// safe keeps a way back on this site: an address of ours, or the board. Browsers take a
// backslash for a slash and leave control characters out (WHATWG URL, 4.4), so that "/\evil"
// and "/<tab>/evil" would lead to another site; no address of ours has either.
func safe(next string) string {
	u, err := url.Parse(next)
	odd := strings.ContainsFunc(next, func(r rune) bool { return r == '\\' || unicode.IsControl(r) || r == utf8.RuneError })
	if err != nil || odd || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		len(next) > maxNext || strings.HasPrefix(next, "/login") {
		return "/"
	}
	return next
}

const maxNext = 2000 // bytes; our addresses are far shorter
