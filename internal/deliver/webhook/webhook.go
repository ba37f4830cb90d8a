// Package webhook delivers messages as signed JSON over HTTP.
//
// One POST per delivery. The body names the message (id, which stays the same when it is
// repeated), what it says, and whether it may be a repeat; a bundle lists its incidents,
// the worst of them also on the top level. The header X-Mainstay-Signature holds "sha256="
// and the hex HMAC-SHA-256 of the body under the secret of the contact method.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"mainstay/internal/base/egress"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/outbox"
)

// Config describes a Sender.
type Config struct {
	// Secret returns the signing secret of a contact method; empty leaves the body unsigned.
	Secret  func(ctx context.Context, method string) (string, error)
	Version string // of this program, for User-Agent
	Egress  egress.Rule
}

// Sender posts deliveries. Make it with New.
type Sender struct {
	Config
	client *http.Client
}

// New returns a sender that follows no redirects and connects only to addresses that the rule
// allows.
func New(c Config) *Sender {
	s := &Sender{Config: c}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: s.mayDial}
	s.client = &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

var errAddress = errors.New("webhooks are not sent to this address")

// mayDial looks at the address that the name has led to, right before the connection.
func (s *Sender) mayDial(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !s.Egress.Allows(at.Addr()) {
		return errAddress
	}
	return nil
}

// Body is what is posted.
type Body struct {
	ID       string      `json:"id"`
	Kind     outbox.Kind `json:"kind"` // "bundle" when Incidents lists several
	Incident string      `json:"incident,omitempty"`
	Service  string      `json:"service,omitempty"`
	Severity int         `json:"severity,omitempty"`
	Title    string      `json:"title"`
	Text     string      `json:"text"`
	Why      string      `json:"why,omitempty"`
	Code     string      `json:"code,omitempty"`
	Repeat   bool        `json:"repeat"`
	AckURL   string      `json:"ack_url,omitempty"`
	URL      string      `json:"url,omitempty"`
	At       time.Time   `json:"at"`

	Incidents []Item `json:"incidents,omitempty"`
}

// Item is one message of a bundle.
type Item struct {
	ID       string    `json:"id"`
	Incident string    `json:"incident,omitempty"`
	Service  string    `json:"service,omitempty"`
	Severity int       `json:"severity,omitempty"`
	Title    string    `json:"title"`
	AckURL   string    `json:"ack_url,omitempty"`
	URL      string    `json:"url,omitempty"`
	At       time.Time `json:"at"`
}

const bundle outbox.Kind = "bundle"

// bodyOf returns what says the delivery.
func bodyOf(v outbox.Delivery) Body {
	all := v.WorstFirst()
	worst := all[0].Content
	b := Body{
		ID: v.Key(), Kind: v.Kind, Incident: worst.Incident, Service: worst.Service, Severity: worst.Severity,
		Title: worst.Headline(), Text: worst.Body(), Why: worst.Why, Code: worst.Code, Repeat: v.Repeat,
		AckURL: worst.AckURL, URL: worst.URL, At: all[0].Created,
	}
	if len(all) == 1 {
		return b
	}
	b.Kind = bundle
	b.Title = fmt.Sprintf("%s, the worst: %s", count(all), worst.Headline())
	for _, m := range all {
		c := m.Content
		b.Incidents = append(b.Incidents, Item{ID: string(m.ID), Incident: c.Incident, Service: c.Service,
			Severity: c.Severity, Title: c.Headline(), AckURL: c.AckURL, URL: c.URL, At: m.Created})
	}
	return b
}

// count is "50 incidents", or "3 messages" when some are about the same or about none.
func count(all []outbox.Message) string {
	seen := map[string]bool{}
	for _, m := range all {
		seen[m.Content.Incident] = true
	}
	if len(seen) == len(all) {
		return fmt.Sprintf("%d incidents", len(all))
	}
	return fmt.Sprintf("%d messages", len(all))
}

// Send posts the delivery once.
func (s *Sender) Send(ctx context.Context, v outbox.Delivery) error {
	body, err := json.Marshal(bodyOf(v))
	if err != nil {
		return outbox.Permanent(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.Address, bytes.NewReader(body))
	if err != nil {
		return outbox.Permanent(fmt.Errorf("the webhook's address cannot be used: %w", withoutURL(err)))
	}
	if (req.URL.Scheme != "http" && req.URL.Scheme != "https") || req.URL.Host == "" {
		return outbox.Permanent(errors.New("the webhook's address must start with https:// or http://"))
	}
	if err := s.head(ctx, req, v, body); errs.Is(err, errs.NotFound) {
		return outbox.Permanent(err) // the contact method is gone
	} else if err != nil {
		return outbox.NotSent(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return failed(withoutURL(err))
	}
	defer resp.Body.Close()
	// Reading what comes lets the connection be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	return judge(resp)
}

func (s *Sender) head(ctx context.Context, req *http.Request, v outbox.Delivery, body []byte) error {
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Mainstay/"+s.Version)
	req.Header.Set("X-Mainstay-Delivery", v.ID)
	if v.Method == "" || s.Secret == nil {
		return nil
	}
	secret, err := s.Secret(ctx, v.Method)
	if err != nil || secret == "" {
		return err
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	req.Header.Set("X-Mainstay-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return nil
}

// withoutURL leaves out the address, which often holds a key and would show on timelines.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// failed sorts what went wrong without an answer.
func failed(err error) error {
	if errors.Is(err, errAddress) {
		return outbox.Permanent(errAddress)
	}
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return outbox.Permanent(fmt.Errorf("the receiver's certificate is not trusted: %w", bad.Err))
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return outbox.NotSent(err)
	}
	return err
}

// judge sorts answers. A receiver that refuses the request itself will refuse it again.
func judge(resp *http.Response) error {
	err := fmt.Errorf("the webhook's receiver answered %s", resp.Status)
	switch code := resp.StatusCode; {
	case code/100 == 2:
		return nil
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		return outbox.Busy(err, retryAfter(resp))
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly:
		return outbox.NotSent(err)
	case code/100 == 4, code/100 == 3:
		return outbox.Permanent(err)
	}
	return err
}

// retryAfter reads the pause that a receiver asks for in seconds (RFC 9110 §10.2.3).
func retryAfter(resp *http.Response) time.Duration {
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}
