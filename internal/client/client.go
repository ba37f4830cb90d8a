// Package client calls a Mainstay server over its API, for the command line, the demo and
// whoever else writes Go.
//
//	c, err := client.New(client.Config{Server: "https://desk.bank.example", Token: token})
//	i, err := c.Acknowledge(ctx, "INC-2041")
//
// Errors are *errs.E with the kind and the fields that the server named, so that a caller
// treats them as if the room stood next door; a server that cannot be reached is Unavailable.
// Every call ends when its context does, and after Config.Timeout in any case.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mainstay/internal/base/errs"
)

// DefaultTimeout bounds a call when Config names no other.
const DefaultTimeout = 30 * time.Second

// Config says whom to call and as whom.
type Config struct {
	// Server is the address of the server: http://127.0.0.1:8484.
	Server string
	// Token is an API token or an integration key; empty calls as nobody.
	Token string
	// Timeout bounds one call; 0 means 30 s. Backup has no bound but its context.
	Timeout time.Duration
	// Transport carries the requests; nil means the default one.
	Transport http.RoundTripper
}

// Client calls one server. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	token   string
	timeout time.Duration
	http    http.Client
}

// New returns a client; it calls nobody yet.
func New(c Config) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(c.Server, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, &errs.E{Kind: errs.Invalid, Message: "no server to call",
			Fields: []errs.Field{{Path: "server", Message: fmt.Sprintf("must be an address such as http://127.0.0.1:8484, not %q", c.Server)}}}
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	return &Client{base: base, token: c.Token, timeout: c.Timeout, http: http.Client{Transport: c.Transport}}, nil
}

// call sends in as JSON and reads the answer into out; nil stands for nothing to send, or an
// answer that nobody wants.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("request %s %s: %w", method, path, err)
		}
		body = bytes.NewReader(text)
	}
	answer, err := c.send(ctx, method, path, query, "application/json", body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil {
		_, err := io.Copy(io.Discard, answer.Body)
		return c.cutOff(err)
	}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		return c.cutOff(fmt.Errorf("answer to %s %s: %w", method, path, err))
	}
	return nil
}

// send returns a successful answer, whose body the caller closes, or the error in it.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, mediaType string, body io.Reader) (*http.Response, error) {
	to := c.base.JoinPath(path)
	to.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, method, to.String(), body)
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		r.Header.Set("Content-Type", mediaType)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if answer.StatusCode >= 300 {
		defer answer.Body.Close()
		return nil, problem(answer)
	}
	return answer, nil
}

func (c *Client) unreachable(err error) error {
	if inner, ok := errors.AsType[*url.Error](err); ok {
		if inner.Timeout() {
			return &errs.E{Kind: errs.Unavailable, Message: fmt.Sprintf("%s did not answer in time", c.base), Err: inner.Err}
		}
		err = inner.Err
	}
	return &errs.E{Kind: errs.Unavailable, Message: fmt.Sprintf("%s cannot be reached", c.base), Err: err}
}

func (c *Client) cutOff(err error) error {
	if err == nil {
		return nil
	}
	return &errs.E{Kind: errs.Unavailable, Message: fmt.Sprintf("the answer of %s cannot be read", c.base), Err: err}
}

// maxProblem is how much of an error's body is read, in bytes.
const maxProblem = 1 << 20

// problem turns an answer that is no success into the error that it stands for (RFC 9457).
func problem(answer *http.Response) error {
	var p struct {
		Title  string       `json:"title"`
		Detail string       `json:"detail"`
		Errors []errs.Field `json:"errors"`
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxProblem))
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	e := &errs.E{Kind: kindOf(answer.StatusCode), Message: p.Detail, Fields: p.Errors}
	if e.Message == "" {
		e.Message = p.Title
	}
	if err != nil || e.Message == "" {
		e.Message = fmt.Sprintf("the server answered %s", answer.Status)
	}
	return e
}

// kindOf is the inverse of what the API makes of a kind.
func kindOf(status int) errs.Kind {
	switch {
	case status == http.StatusNotFound:
		return errs.NotFound
	case status == http.StatusConflict:
		return errs.Conflict
	case status == http.StatusForbidden:
		return errs.Forbidden
	case status == http.StatusUnauthorized:
		return errs.Unauthenticated
	case status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests,
		status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return errs.Unavailable
	case status >= 400 && status < 500:
		return errs.Invalid
	}
	return errs.Internal
}

// path joins the parts of a path below the API's root and escapes each.
func path(parts ...string) string {
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return "/api/v1/" + strings.Join(parts, "/")
}
