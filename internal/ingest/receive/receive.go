package receive

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
	"mainstay/internal/edge"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/format"
)

// SourceHeader names the source for which somebody with a token or a session sends.
const SourceHeader = "X-Mainstay-Source"

// Config is what every protocol needs.
type Config struct {
	Sources *source.Service
	Edge    *edge.Edge
	// Stopping is closed when the server stops: uploads without an end then end. Nil is never.
	Stopping <-chan struct{}
	// Parsing bounds what is parsed at once, over all protocols; nil is no bound.
	Parsing *Gate
	Clock   clock.Clock
	Log     *slog.Logger
}

// Route is one pattern of the mux and what answers there. It stands behind edge's Handler, which
// limits the body, and not behind Authenticate: Open knows more forms of credentials.
type Route struct {
	Pattern string
	Handler http.Handler
}

// Ways are how a protocol's senders prove themselves beside the Authorization header.
type Ways struct {
	// Keys are what the request has where the protocol puts keys; the first that is not empty
	// counts, and only without an Authorization header.
	Keys []string
	// HeaderOnly says that ?source= means something else in this protocol.
	HeaderOnly bool
}

// Open finds who sends, and what the parameters ask for. The error is Unauthenticated,
// Forbidden, or Invalid when a parameter or the source's name is wrong.
func (c Config) Open(r *http.Request, ways Ways) (*Delivery, error) {
	params, err := ParamsOf(r)
	if err != nil {
		return nil, err
	}
	from, err := c.Sender(r, ways)
	if err != nil {
		return nil, err
	}
	d := &Delivery{Params: params, ctx: r.Context(), from: from, receive: c.Sources.Receive, looker: c.looker(params, from.Source)}
	d.rows = make([]signal.Row, 0, min(max(r.ContentLength, 0)/usualLine, usualRows))
	return d, nil
}

// looker is who looks at the text of lines, nil when nobody is asked to.
func (c Config) looker(params Params, src source.Source) *format.Looker {
	if params.Look == "" {
		return nil
	}
	l := &format.Looker{Options: TextOptions(src, c.Clock.Now())}
	if params.Look != format.Auto {
		l.Kind = params.Look
	}
	if src.Spec.Zone == "" && params.Zone != nil {
		l.Zone = params.Zone
	}
	return l
}

// usualLine is about how long a line is in a body, in bytes, and usualRows for how many there is room
// from the start.
const (
	usualLine = 128
	usualRows = 1024
)

// Probe answers whether the sender would be let in, for protocols that ask first.
func (c Config) Probe(r *http.Request, ways Ways) error {
	_, err := c.Sender(r, ways)
	return err
}

// Sender finds who sends.
func (c Config) Sender(r *http.Request, ways Ways) (source.Sender, error) {
	return c.sender(r, ways, c.Sources.SenderFor)
}

// SampleSender finds who sends samples of time series.
func (c Config) SampleSender(r *http.Request, ways Ways) (source.Sender, error) {
	return c.sender(r, ways, c.Sources.SampleSenderFor)
}

func (c Config) sender(r *http.Request, ways Ways, find func(context.Context, actor.Actor, string) (source.Sender, error)) (source.Sender, error) {
	secret, err := secretOf(r, ways.Keys)
	if err != nil {
		return source.Sender{}, err
	}
	if strings.HasPrefix(secret, source.KeyPrefix) {
		return c.bySourceKey(r, secret)
	}
	by, err := c.person(r, secret)
	if err != nil {
		return source.Sender{}, err
	}
	name := r.Header.Get(SourceHeader)
	if name == "" && !ways.HeaderOnly {
		name = r.URL.Query().Get("source")
	}
	return find(r.Context(), by, name)
}

func (c Config) bySourceKey(r *http.Request, key string) (source.Sender, error) {
	from, err := c.Sources.Sender(r.Context(), key)
	if errs.Is(err, errs.Unauthenticated) {
		c.Log.InfoContext(r.Context(), "source key refused", "request", edge.RequestID(r.Context()), "remote", edge.Remote(r.Context()), "err", err)
	}
	return from, err
}

// person is who sends with an API token, an integration key or a session. Edge knows Bearer, so
// a token that came in another form is put into that one; without any, it reads the session and
// refuses what another site made a browser send.
func (c Config) person(r *http.Request, secret string) (actor.Actor, error) {
	if secret != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	ctx, err := c.Edge.Identify(r)
	if err != nil {
		return actor.Actor{}, err
	}
	by := edge.Actor(ctx)
	if by.Kind == "" {
		return by, errs.Unauthenticatedf("send the key of a source, or a token: Authorization: Bearer …")
	}
	return by, nil
}

// secretOf reads the forms of credentials that senders of logs use.
func secretOf(r *http.Request, also []string) (string, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		for _, key := range also {
			if key != "" {
				return key, nil
			}
		}
		return "", nil
	}
	scheme, rest, _ := strings.Cut(header, " ")
	rest = strings.TrimSpace(rest)
	secret := ""
	switch strings.ToLower(scheme) {
	case "bearer", "splunk":
		secret = rest
	case "apikey":
		secret = elasticKey(rest)
	case "basic":
		user, password, _ := r.BasicAuth()
		secret = password
		if secret == "" {
			secret = user
		}
	}
	if secret == "" {
		return "", errs.Unauthenticatedf("the Authorization header must be Bearer, Splunk or ApiKey with the key of a source, or Basic with it as the password")
	}
	return secret, nil
}

// elasticKey is the key of an ApiKey header: base64 of id:key, as Elasticsearch gives them out, or
// the key itself.
func elasticKey(s string) string {
	if strings.HasPrefix(s, source.KeyPrefix) {
		return s
	}
	if decoded, err := base64.StdEncoding.DecodeString(s); err == nil {
		if _, key, ok := strings.Cut(string(decoded), ":"); ok {
			return key
		}
	}
	return s
}
