package people

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// accessPage is by which sessions and tokens a person gets in.
type accessPage struct {
	subject
	sessions []people.Session
	this     people.SessionID // the session of the reader
	tokens   []people.Token
	mayMake  bool

	token    tokenForm
	tokenErr error
	plain    string // of a fresh token, shown once
	baseURL  string
	by       actor.Actor
}

// tokenForm is a new token as being typed.
type tokenForm struct{ name, role, days, scopes string }

func (p pages) access(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.accessOf(r, by)
	return action.Show(access(in)), err
}

func (p pages) accessOf(r *http.Request, by actor.Actor) (in accessPage, err error) {
	in.by, in.baseURL = by, p.BaseURL
	in.token = tokenForm{role: string(by.Role), days: "90"}
	if in.subject, err = p.subject(r, by); err != nil {
		return in, err
	}
	if in.sessions, err = p.People.Sessions(r.Context(), by, in.ID); err != nil {
		return in, err
	}
	if s, ok := edge.Session(r.Context()); ok {
		in.this = s.ID
	}
	tokens, err := p.People.ListTokens(r.Context(), by, people.TokenFilter{Owner: in.ID}, page.Request{Limit: page.MaxLimit})
	if err != nil && !errs.Is(err, errs.Forbidden) {
		return in, err
	}
	in.tokens = tokens.Items
	in.mayMake = in.own && people.Can(by, people.TokenWrite, in.Target())
	return in, nil
}

func (in accessPage) url() string {
	if in.own {
		return "/me/access"
	}
	return in.base + "/access"
}

func (p pages) endSession(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.accessOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	if err := p.People.EndSession(r.Context(), by, in.ID, people.SessionID(r.PathValue("session"))); err != nil {
		return action.Answer{}, err
	}
	return action.Go(in.url(), action.Done("The session has ended.")), nil
}

func (p pages) revokeToken(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.accessOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	if err := p.People.RevokeToken(r.Context(), by, people.TokenID(r.PathValue("token"))); err != nil {
		return action.Answer{}, err
	}
	return action.Go(in.url(), action.Done("The token is revoked: whatever uses it is refused from now on.")), nil
}

// createToken makes a token for the reader and shows it, this once.
func (p pages) createToken(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := tokenForm{action.Line(r, "name"), action.Line(r, "role"), action.Line(r, "days"), r.PostFormValue("scopes")}
	in := people.TokenIn{Name: f.name, Role: actor.Role(f.role), Scopes: action.Words(r, "scopes")}
	if f.days != never {
		days, _ := strconv.Atoi(f.days) // what is no number is 0 days, and refused as such
		in.Expires = p.Clock.Now().AddDate(0, 0, days)
	}
	plain, _, failed := p.People.CreateToken(r.Context(), by, in)
	out, err := p.accessOf(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	if failed != nil {
		out.token, out.tokenErr = f, failed
		return action.Again(access(out), failed), nil
	}
	out.plain = plain
	return action.Show(access(out)), nil
}

// scopes are what a token may be narrowed to, a line for each noun.
func scopes() []string {
	var out []string
	for _, a := range people.Actions() {
		noun, _, _ := strings.Cut(string(a), ".")
		if n := len(out); n > 0 && strings.HasPrefix(out[n-1], noun+".*") {
			out[n-1] += " " + string(a)
			continue
		}
		out = append(out, noun+".* "+string(a))
	}
	return out
}

// roles are those that a reader's token may have; the room refuses what is more.
func (in accessPage) roles() []ui.Option {
	return slices.DeleteFunc(roleOptions(), func(o ui.Option) bool { return o.Value == string(actor.Client) })
}

var lives = []ui.Option{{Value: "7", Label: "In a week"}, {Value: "30", Label: "In 30 days"}, {Value: "90", Label: "In 90 days"},
	{Value: "365", Label: "In a year"}, {Value: never, Label: "Never"}}

const never = "0"

// expired reports whether a token has run out.
func expired(t people.Token, now time.Time) bool {
	return !t.Expires.IsZero() && !now.Before(t.Expires)
}
