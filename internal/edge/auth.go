package edge

import (
	"context"
	"net/http"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

// Cookie is the name of the cookie that holds a session's token.
const Cookie = "mainstay_session"

// caller is who sent a request.
type caller struct {
	actor   actor.Actor
	session people.Session
	// again proves it once more, for requests that last.
	again func(context.Context) (actor.Actor, error)
}

type callerKey struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// Actor is who sent the request; the zero Actor, nobody, when that is not known.
func Actor(ctx context.Context) actor.Actor { return callerOf(ctx).actor }

// WithActor returns a context whose requests come from the actor, for tests and for links
// that act without a sign-in.
func WithActor(ctx context.Context, by actor.Actor) context.Context {
	c := callerOf(ctx)
	c.actor = by
	return context.WithValue(ctx, callerKey{}, c)
}

// Session is the session of a person on the web; false for tokens and for nobody.
func Session(ctx context.Context) (people.Session, bool) {
	s := callerOf(ctx).session
	return s, s.ID != ""
}

// Authenticate finds out who calls and puts it into the context. It refuses wrong tokens and
// keys, and unsafe requests that another site may have made a browser send.
func (e *Edge) Authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := e.Identify(r)
		if err != nil {
			e.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// Identify does what Authenticate does for handlers that answer refusals in a form of their
// own: it returns the request's context with who calls.
func (e *Edge) Identify(r *http.Request) (context.Context, error) {
	c, err := e.identify(r)
	return context.WithValue(r.Context(), callerKey{}, c), err
}

// Require answers 401 to nobody.
func (e *Edge) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if Actor(r.Context()).Kind == "" {
			e.fail(w, r, errs.Unauthenticatedf("sign in, or send a token: Authorization: Bearer …"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (e *Edge) identify(r *http.Request) (caller, error) {
	secret, explicit, err := credentials(r)
	if err != nil {
		return caller{}, err
	}
	if explicit {
		again := func(ctx context.Context) (actor.Actor, error) { return e.holder(ctx, secret) }
		by, err := again(r.Context())
		return caller{actor: by, again: again}, err
	}
	if err := e.cross.Check(r); err != nil {
		return caller{}, &errs.E{Kind: errs.Forbidden, Message: "this request comes from another site: open the page here and try again", Err: err}
	}
	token := SessionToken(r)
	if token == "" {
		return caller{}, nil
	}
	again := func(ctx context.Context) (actor.Actor, error) {
		by, _, err := e.People.Authenticate(ctx, token)
		return by, err
	}
	by, session, err := e.People.Authenticate(r.Context(), token)
	if errs.Is(err, errs.Unauthenticated) {
		return caller{}, nil // the session has ended; pages lead to the sign-in, the API says 401
	}
	return caller{actor: by, session: session, again: again}, err
}

// credentials reads the Authorization header. Senders that know only Basic give the token or
// key as the password.
func credentials(r *http.Request) (secret string, explicit bool, err error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false, nil
	}
	scheme, rest, _ := strings.Cut(header, " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		secret = strings.TrimSpace(rest)
	case strings.EqualFold(scheme, "Basic"):
		_, secret, _ = r.BasicAuth()
	}
	if secret == "" {
		return "", false, errs.Unauthenticatedf("the Authorization header must be Bearer with a token or key, or Basic with it as the password")
	}
	return secret, true, nil
}

// holder finds whose token or integration key it is.
func (e *Edge) holder(ctx context.Context, secret string) (actor.Actor, error) {
	if e.Key != nil && !strings.HasPrefix(secret, people.TokenPrefix) {
		by, err := e.Key(ctx, secret)
		if !errs.Is(err, errs.Unauthenticated) {
			return by, err
		}
	}
	by, err := e.People.AuthenticateToken(ctx, secret)
	if errs.Is(err, errs.Unauthenticated) {
		e.Log.InfoContext(ctx, "token or key refused", "request", RequestID(ctx), "remote", Remote(ctx), "err", err)
	}
	return by, err
}

// SessionToken is the token in the request's cookie, empty without one.
func SessionToken(r *http.Request) string {
	c, err := r.Cookie(Cookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// SetSession gives the browser its session.
func SetSession(w http.ResponseWriter, r *http.Request, s people.Session) {
	http.SetCookie(w, cookie(r, s.Token, int(s.Expires.Sub(s.Created).Seconds())))
}

// ClearSession takes the session from the browser; people.Logout ends it.
func ClearSession(w http.ResponseWriter, r *http.Request) { http.SetCookie(w, cookie(r, "", -1)) }

func cookie(r *http.Request, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: Cookie, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: Secure(r.Context())}
}
