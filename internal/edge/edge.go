package edge

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

// DefaultBody is the largest request body that is read when Config says nothing else: 10 MB.
const DefaultBody = 10_000_000

// Config is what an Edge needs.
type Config struct {
	People *people.Service
	// Key authenticates an integration key; nil when there are none.
	Key func(ctx context.Context, secret string) (actor.Actor, error)
	// TrustedProxies are believed about who called them (X-Forwarded-For, X-Forwarded-Proto).
	TrustedProxies []netip.Prefix
	// Origins are this site's addresses as browsers see them ("https://desk.bank.example"),
	// needed only where a proxy changes the Host header.
	Origins []string
	// BodyLimit gives the largest body of a request in bytes; nil and 0 mean DefaultBody.
	BodyLimit func(*http.Request) int64
	// BodyTime is how long a body may be on its way, and a second more for every 64 KB that
	// have arrived; 0 means DefaultBodyTime.
	BodyTime time.Duration
	// Headers wraps everything, to set security headers; nil leaves them out.
	Headers func(http.Handler) http.Handler
	// Fail answers with a problem that arises before a handler runs; nil answers JSON. The
	// web gives a page to those who accept HTML.
	Fail func(http.ResponseWriter, *http.Request, Problem)
	Log  *slog.Logger
}

// Edge makes handlers. Make it with New.
type Edge struct {
	Config
	cross *http.CrossOriginProtection
}

// New returns an edge, or Invalid when an origin cannot be used.
func New(c Config) (*Edge, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Fail == nil {
		c.Fail = answer
	}
	e := &Edge{Config: c, cross: http.NewCrossOriginProtection()}
	for _, origin := range c.Origins {
		if err := e.cross.AddTrustedOrigin(origin); err != nil {
			return nil, errs.Invalidf("origin %q must be like https://desk.bank.example: %v", origin, err)
		}
	}
	return e, nil
}

// Handler is what every request passes first. It gives the request its id and its client
// address, recovers from panics, writes the access log, sets headers and limits the body.
func (e *Edge) Handler(next http.Handler) http.Handler {
	inner := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.limit(w, r) {
			next.ServeHTTP(w, r)
		}
	}))
	if e.Headers != nil {
		inner = e.Headers(inner)
	}
	return e.watch(inner)
}

// limit keeps the body within its bounds, of size and of time, and refuses at once what
// announces to be larger.
func (e *Edge) limit(w http.ResponseWriter, r *http.Request) bool {
	most := int64(0)
	if e.BodyLimit != nil {
		most = e.BodyLimit(r)
	}
	if most == 0 {
		most = DefaultBody
	}
	if r.ContentLength > most {
		e.fail(w, r, &http.MaxBytesError{Limit: most})
		return false
	}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = http.MaxBytesReader(w, inTime(w, r.Body, e.BodyTime), most)
	}
	return true
}

func (e *Edge) fail(w http.ResponseWriter, r *http.Request, err error) {
	e.Fail(w, r, problemFor(r, err))
}
