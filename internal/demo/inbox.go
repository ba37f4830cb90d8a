package demo

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"mainstay/internal/base/clock"
)

// Arrival is a mail or webhook as it arrived at somebody's mailbox or telephone.
type Arrival struct {
	Number  int
	At      time.Time
	Channel string // mail webhook
	To      string // mail address, or the path of the webhook
	Subject string
	Text    string
	// Links are the acknowledge links in it, in order.
	Links  []string
	Signed bool // a webhook whose signature is right
	Repeat bool
}

const kept = 200 // arrivals that the inbox remembers

// Inbox receives what the desk sends.
type Inbox struct {
	clock  clock.Clock
	secret string // of every webhook in the demo

	mail  *smtp.Server
	hooks *http.Server
	mailL net.Listener
	hookL net.Listener

	mu       sync.Mutex
	arrivals []Arrival // oldest first
	count    int
}

// OpenInbox starts both receivers on free loopback ports.
func OpenInbox(c clock.Clock, secret string, log *slog.Logger) (*Inbox, error) {
	b := &Inbox{clock: c, secret: secret}
	var err error
	if b.mailL, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if b.hookL, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, b.mailL.Close())
	}
	b.mail = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{inbox: b}, nil }))
	b.mail.Domain = "bank.example"
	b.hooks = &http.Server{Handler: http.HandlerFunc(b.receive), ReadHeaderTimeout: 5 * time.Second}
	go func() { report(log, b.mail.Serve(b.mailL), smtp.ErrServerClosed) }()
	go func() { report(log, b.hooks.Serve(b.hookL), http.ErrServerClosed) }()
	return b, nil
}

func report(log *slog.Logger, err, normal error) {
	if err != nil && !errors.Is(err, normal) && !errors.Is(err, net.ErrClosed) {
		log.Error("a receiver of the demo stopped", "err", err)
	}
}

// Close stops both receivers.
func (b *Inbox) Close() error { return errors.Join(b.mail.Close(), b.hooks.Close()) }

// SMTPURL is where the desk sends mail.
func (b *Inbox) SMTPURL() string {
	return fmt.Sprintf("smtp://%s?from=desk@bank.example&starttls=off", b.mailL.Addr())
}

// HookURL is where the desk sends webhooks for a person.
func (b *Inbox) HookURL(login string) string {
	return fmt.Sprintf("http://%s/%s", b.hookL.Addr(), login)
}

// Arrivals returns what arrived, the newest first.
func (b *Inbox) Arrivals() []Arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.arrivals)
	slices.Reverse(out)
	return out
}

func (b *Inbox) add(a Arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	a.Number, a.At = b.count, b.clock.Now()
	b.arrivals = append(b.arrivals, a)
	if len(b.arrivals) > kept {
		b.arrivals = b.arrivals[len(b.arrivals)-kept:]
	}
}

// receive takes a webhook.
func (b *Inbox) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	var m struct {
		Title     string `json:"title"`
		Text      string `json:"text"`
		Repeat    bool   `json:"repeat"`
		AckURL    string `json:"ack_url"`
		Incidents []struct {
			Title  string `json:"title"`
			AckURL string `json:"ack_url"`
		} `json:"incidents"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, []byte(b.secret))
	mac.Write(body)
	want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	a := Arrival{
		Channel: "webhook", To: strings.Trim(r.URL.Path, "/"), Subject: m.Title, Text: m.Text, Repeat: m.Repeat,
		Signed: hmac.Equal([]byte(want), []byte(r.Header.Get("X-Mainstay-Signature"))),
	}
	if m.AckURL != "" {
		a.Links = append(a.Links, m.AckURL)
	}
	for _, i := range m.Incidents {
		if i.AckURL != "" && !slices.Contains(a.Links, i.AckURL) {
			a.Links = append(a.Links, i.AckURL)
		}
	}
	b.add(a)
}

// session takes mail.
type session struct {
	inbox *Inbox
	to    []string
}

func (s *session) Reset()                                    { s.to = nil }
func (s *session) Logout() error                             { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = append(s.to, to); return nil }

func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(io.LimitReader(r, 1<<20))
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = m.Header.Get("Subject")
	}
	text := plain(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	for _, to := range s.to {
		s.inbox.add(Arrival{Channel: "mail", To: to, Subject: subject, Text: text, Links: ackLinks(text),
			Repeat: strings.Contains(strings.ToLower(subject), "possible repeat")})
	}
	return nil
}

// plain returns the first plain-text part of a message.
func plain(contentType, encoding string, body io.Reader) string {
	kind, params, err := mime.ParseMediaType(contentType)
	if err == nil && strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return ""
			}
			if t := plain(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); t != "" {
				return t
			}
		}
	}
	if err == nil && kind != "text/plain" {
		return ""
	}
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(b))
}

var ackLink = regexp.MustCompile(`https?://\S+/a/[\w.~-]+`)

func ackLinks(text string) []string {
	links := ackLink.FindAllString(text, -1)
	slices.Sort(links)
	return slices.Compact(links)
}
