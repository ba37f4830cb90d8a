// Package http makes requests over HTTP.
package http

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
	"mainstay/internal/probe/expect"
)

const (
	usualAnswer  = 1 << 20
	maxRedirects = 10
	agent        = "Mainstay-Check/1"
)

// Make makes one request, over a connection of its own.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	h := s.HTTP
	p := &phases{clock: clock.Stopwatch()}
	req, err := request(httptrace.WithClientTrace(ctx, p.trace()), h)
	if err != nil {
		return probe.Unsure("the request cannot be made: %s", probe.Words(err))
	}
	client := client(h, e)
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		r := certificate.Broken(err)
		p.tell(&r)
		return r
	}
	defer resp.Body.Close()
	limit := h.MaxAnswer
	if limit == 0 {
		limit = usualAnswer
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)))
	p.note(done)
	if err != nil {
		r := probe.Fail("the answer broke off: %s", probe.Words(err))
		p.tell(&r)
		return r
	}
	r := probe.Fine("%s", resp.Status)
	expect.Judge(&r, h.Expect, expect.Answer{Status: resp.StatusCode, Header: resp.Header, URL: resp.Request.URL.String(), Body: body})
	certificate.Judge(&r, resp.TLS, h.Expires, e.Clock)
	r.Add("status", float64(resp.StatusCode), "")
	r.Add("bytes", float64(len(body)), "B")
	p.tell(&r)
	return r
}

func request(ctx context.Context, h *probe.HTTP) (*http.Request, error) {
	method := h.Method
	if method == "" {
		method = http.MethodGet
	}
	var body io.Reader
	if h.Body != "" {
		body = strings.NewReader(h.Body)
	}
	req, err := http.NewRequestWithContext(ctx, method, h.URL, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", agent)
	for _, one := range h.Headers {
		if strings.EqualFold(one.Name, "Host") {
			req.Host = one.Said()
			continue
		}
		req.Header.Set(one.Name, one.Said())
	}
	if h.User != "" {
		req.SetBasicAuth(h.User, string(h.Password))
	}
	return req, nil
}

func client(h *probe.HTTP, e probe.Env) *http.Client {
	var hidden []string
	for _, one := range h.Headers {
		if one.Secret != "" {
			hidden = append(hidden, one.Name)
		}
	}
	return &http.Client{
		Transport: Transport(e, h.Insecure),
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if h.Stay {
				return http.ErrUseLastResponse
			}
			return Follow(req, via, hidden)
		},
	}
}

// Transport connects anew for every probe, and nowhere one may not: through no proxy, which would hide
// where it leads to.
func Transport(e probe.Env, insecure bool) *http.Transport {
	return &http.Transport{
		DialContext: e.Dialer().DialContext, TLSClientConfig: &tls.Config{InsecureSkipVerify: insecure, MinVersion: tls.VersionTLS12, Time: e.Clock.Now}, //nolint:gosec // people may ask for unchecked certificates
		ForceAttemptHTTP2: true, DisableKeepAlives: true, MaxResponseHeaderBytes: 256 << 10,
	}
}

var errRedirects = fmt.Errorf("it leads on more than %d times", maxRedirects)

// Follow follows a redirect, without the headers that are nobody else's business once it leads to another
// host.
func Follow(req *http.Request, via []*http.Request, hidden []string) error {
	if len(via) >= maxRedirects {
		return errRedirects
	}
	if req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		for _, name := range append(hidden, "Authorization") {
			req.Header.Del(name)
		}
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return errors.New("it leads to no address of HTTP")
	}
	return nil
}

// phases are when the parts of the last request of a probe were done. A connection may still be on
// its way when the probe has given up, hence the lock.
type phases struct {
	clock func() time.Duration

	mu sync.Mutex
	at map[moment]time.Duration
}

type moment int

const (
	lookup moment = iota
	resolved
	connect
	connected
	handshake
	secured
	wrote
	first
	done
)

func (p *phases) note(m moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at = map[moment]time.Duration{}
	}
	p.at[m] = p.clock()
}

func (p *phases) anew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = map[moment]time.Duration{}
}

func (p *phases) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:              func(string) { p.anew() },
		DNSStart:             func(httptrace.DNSStartInfo) { p.note(lookup) },
		DNSDone:              func(httptrace.DNSDoneInfo) { p.note(resolved) },
		ConnectStart:         func(string, string) { p.note(connect) },
		ConnectDone:          func(string, string, error) { p.note(connected) },
		TLSHandshakeStart:    func() { p.note(handshake) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { p.note(secured) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { p.note(wrote) },
		GotFirstResponseByte: func() { p.note(first) },
	}
}

// tell adds how long each phase took.
func (p *phases) tell(r *probe.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, phase := range []struct {
		name     string
		from, to moment
	}{{"lookup", lookup, resolved}, {"connect", connect, connected}, {"tls", handshake, secured}, {"wait", wrote, first}, {"transfer", first, done}} {
		from, began := p.at[phase.from]
		if to, ended := p.at[phase.to]; began && ended && to >= from {
			r.Add("phase_"+phase.name, (to - from).Seconds(), "s")
		}
	}
}
