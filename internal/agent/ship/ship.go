// Package ship sends bodies to the server and says what became of them.
//
// Stored is said only for an answer of 200 to 299. A server that is away, overloaded or does not
// let the agent in (401, 403, 404, 408, 429, 5xx, redirects) is tried again, after a pause that
// doubles up to a minute and is spread by chance, so that a thousand agents do not come back in
// the same second; Retry-After is honoured. Any other 4xx is about the body: it is Refused, and
// sending it again would change nothing.
package ship

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"mainstay/internal/base/clock"
)

// Config says whom to send to.
type Config struct {
	// Server is the address of the server, Key the key of a source there.
	Server, Key string
	// Compression is gzip, zstd or none.
	Compression string
	Clock       clock.Clock
	Log         *slog.Logger
	// Transport carries the requests; nil means the default one.
	Transport http.RoundTripper
	// Spread returns a number in [0, 1) for the spread of pauses; nil means chance.
	Spread func() float64
}

// Outcome is what became of a body.
type Outcome int

// The outcomes.
const (
	Later    Outcome = iota // not stored; Sender.Ready says when to try again
	Stored                  // safe at the server
	Refused                 // the server does not want this body, ever
	TooLarge                // the server wants less at once
)

// Pauses between tries.
const (
	firstPause = time.Second
	lastPause  = time.Minute
	maxAsked   = time.Hour // the longest Retry-After that is believed
)

// How long one request may take, and how long one that is under way when the agent stops.
const (
	requestTime = time.Minute
	stopTime    = 3 * time.Second
)

// Sender sends to one server. It is safe for concurrent use.
type Sender struct {
	Config
	http http.Client

	mu    sync.Mutex
	pause time.Duration
	next  time.Time // no try before
	away  string    // why the server cannot be used now, "" while it can
}

// New returns a sender; it calls nobody yet.
func New(c Config) *Sender {
	if c.Spread == nil {
		c.Spread = rand.Float64 // spread, not secrecy
	}
	s := &Sender{Config: c}
	s.http = http.Client{Transport: c.Transport, Timeout: requestTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

// Ready returns when the next try may be made; an instant that has passed means now.
func (s *Sender) Ready() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

// Away returns why the server cannot be used at present, "" while it can.
func (s *Sender) Away() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away
}

// Body is something to send.
type Body struct {
	Path  string // below the server's address, escaped
	Query url.Values
	Type  string
	// Open returns the content anew for each try.
	Open func() (io.ReadCloser, error)
}

// Bytes returns an Open for what is in memory.
func Bytes(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// Send sends one body and returns why when it is not Stored. When ctx ends, a request that is under
// way has a few seconds to be answered, so that what the server has stored is not sent again.
func (s *Sender) Send(ctx context.Context, b Body) (Outcome, string) {
	if ctx.Err() != nil {
		return Later, "the agent stops"
	}
	ctx, cancel := s.grace(ctx)
	defer cancel()
	answer, err := s.post(ctx, b)
	if err != nil {
		return s.later(err.Error(), 0)
	}
	defer answer.Body.Close()
	why := reason(answer)
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		s.back()
		return Stored, ""
	case code == http.StatusRequestEntityTooLarge:
		return TooLarge, why
	case mayChange(code):
		return s.later(why, retryAfter(answer, s.Clock.Now()))
	}
	s.back()
	return Refused, why
}

// mayChange tells answers about the server, or about the agent's key, from those about a body.
func mayChange(code int) bool {
	switch code {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return code < 400 || code >= 500
}

func (s *Sender) grace(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-s.Clock.After(stopTime):
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel() }
}

func (s *Sender) post(ctx context.Context, b Body) (*http.Response, error) {
	content, err := b.Open()
	if err != nil {
		return nil, err
	}
	pr, pw := io.Pipe()
	go func() {
		err := errors.Join(s.compress(pw, content), content.Close())
		pw.CloseWithError(err) // nil means the end
	}()
	defer func() { _ = pr.Close() }() // ends the goroutine when the server did not want all
	to := strings.TrimRight(s.Server, "/") + b.Path
	if len(b.Query) > 0 {
		to += "?" + b.Query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, pr)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.Key)
	r.Header.Set("Content-Type", b.Type)
	r.Header.Set("User-Agent", "mainstay-agent")
	if s.Compression != "none" {
		r.Header.Set("Content-Encoding", s.Compression)
	}
	return s.http.Do(r)
}

func (s *Sender) compress(w io.Writer, from io.Reader) error {
	var to io.WriteCloser
	switch s.Compression {
	case "gzip":
		to = gzip.NewWriter(w)
	case "zstd":
		encoder, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		if err != nil {
			return err
		}
		to = encoder
	default:
		_, err := io.Copy(w, from)
		return err
	}
	_, err := io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// back notes that the server answers.
func (s *Sender) back() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != "" {
		s.Log.Info("the server takes what is sent again", "server", s.Server)
	}
	s.pause, s.next, s.away = 0, time.Time{}, ""
}

// later sets the pause before the next try: half to all of the present one, and not less than asked.
func (s *Sender) later(why string, asked time.Duration) (Outcome, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pause = min(max(2*s.pause, firstPause), lastPause)
	wait := max(s.pause/2+time.Duration(s.Spread()*float64(s.pause/2)), asked)
	s.next = s.Clock.Now().Add(wait)
	if s.away != why {
		s.Log.Warn("the server does not take what is sent; trying again", "server", s.Server, "why", why, "pause", wait.String())
	}
	s.away = why
	return Later, why
}

func retryAfter(answer *http.Response, now time.Time) time.Duration {
	text := answer.Header.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		wait = time.Duration(min(seconds, int64(maxAsked/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxAsked))
}

// reason is the answer in one line.
func reason(answer *http.Response) string {
	text, err := io.ReadAll(io.LimitReader(answer.Body, 500))
	if err != nil || len(text) == 0 {
		return answer.Status
	}
	return fmt.Sprintf("%s: %s", answer.Status, strings.Join(strings.Fields(string(text)), " "))
}
