// Package login makes several requests over HTTP, one after the other, as a person signs in.
package login

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
	"mainstay/internal/probe/expect"
	probehttp "mainstay/internal/probe/http"
)

const maxAnswer = 2 << 20

// run is a chain of requests under way.
type run struct {
	client *http.Client
	values map[string]string // what steps can use as ${name}
}

// Make makes all requests once, up to the first that is not as it must be.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	l := s.Login
	jar, err := cookiejar.New(nil)
	if err != nil {
		return probe.Unsure("no cookies can be kept: %v", err)
	}
	transport := probehttp.Transport(e, l.Insecure)
	transport.DisableKeepAlives = false
	defer transport.CloseIdleConnections()
	w := &run{values: map[string]string{}, client: &http.Client{Transport: transport, Jar: jar, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		return probehttp.Follow(req, via, hidden(l))
	}}}
	for _, h := range l.Secrets {
		w.values[h.Name] = h.Said()
	}
	r := probe.Fine("all %d steps", len(l.Steps))
	for i, step := range l.Steps {
		took := clock.Stopwatch()
		one := w.step(ctx, step)
		r.Add(fmt.Sprintf("step_%d", i+1), took().Seconds(), "s")
		if one.State != probe.OK {
			r.Worsen(one.State, "step %d, %s: %s", i+1, step.Name, one.Message)
		}
		if one.State == probe.Failed || one.State == probe.Unknown {
			r.Message = w.conceal(r.Message, l)
			return r
		}
	}
	return r
}

// hidden are the headers that go to no other host than the step's.
func hidden(l *probe.Login) (names []string) {
	for _, s := range l.Steps {
		for _, h := range s.Headers {
			names = append(names, h.Name)
		}
	}
	return names
}

// conceal takes out what steps have extracted: tokens, mostly.
func (w *run) conceal(text string, l *probe.Login) string {
	for _, s := range l.Steps {
		for _, x := range s.Extract {
			if v := w.values[x.Name]; len(v) >= 8 {
				text = strings.ReplaceAll(text, v, "•••")
			}
		}
	}
	return text
}

func (w *run) step(ctx context.Context, s probe.Step) probe.Result {
	req, err := w.request(ctx, s)
	if err != nil {
		return probe.Fail("%s", probe.Words(err))
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return certificate.Broken(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return probe.Fail("the answer broke off: %s", probe.Words(err))
	}
	r := probe.Fine("%s", resp.Status)
	expect.Judge(&r, s.Expect, expect.Answer{Status: resp.StatusCode, Header: resp.Header, URL: resp.Request.URL.String(), Body: body})
	for _, x := range s.Extract {
		v, there := extract(x, resp.Header, body)
		if !there {
			r.Worsen(probe.Failed, "the answer has no %s", x.Name)
		}
		w.values[x.Name] = v
	}
	return r
}

func extract(x probe.Extract, h http.Header, body []byte) (string, bool) {
	switch {
	case x.Header != "":
		return h.Get(x.Header), h.Get(x.Header) != ""
	case x.JSON != "":
		parsed, err := expect.Parse(body)
		if err != nil {
			return "", false
		}
		return expect.Find(x.JSON, parsed)
	}
	re, err := regexp.Compile(x.Matches)
	if err != nil {
		return "", false
	}
	m := re.FindSubmatch(body)
	if m == nil {
		return "", false
	}
	return string(m[min(1, len(m)-1)]), true
}

func (w *run) request(ctx context.Context, s probe.Step) (*http.Request, error) {
	method, body := s.Method, w.fill(s.Body)
	form := url.Values{}
	for _, f := range s.Form {
		form.Add(f.Name, w.fill(f.Said()))
	}
	if len(s.Form) > 0 {
		body = form.Encode()
	}
	if method == "" {
		method = http.MethodGet
		if len(s.Form) > 0 {
			method = http.MethodPost
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, w.fill(s.URL), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == "" {
		req.Body = http.NoBody
	}
	req.Header.Set("User-Agent", "Mainstay-Check/1")
	if len(s.Form) > 0 {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, h := range s.Headers {
		req.Header.Set(h.Name, w.fill(h.Said()))
	}
	return req, nil
}

var placeholder = regexp.MustCompile(`\$\{([a-z0-9_]+)\}`)

// fill puts values in the place of ${name}; a name that is not known stays as it is.
func (w *run) fill(s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := w.values[m[2:len(m)-1]]; ok {
			return v
		}
		return m
	})
}
