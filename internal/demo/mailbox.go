package demo

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
)

// newMailServer takes mail for everybody.
func newMailServer(b *Inbox) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{inbox: b}, nil }))
	s.Domain = "bank.example"
	s.MaxMessageBytes = maxMessage
	s.ReadTimeout, s.WriteTimeout = time.Minute, time.Minute
	return s
}

// session takes mail from one connection.
type session struct {
	inbox *Inbox
	to    []string
}

// Reset forgets the recipients.
func (s *session) Reset() { s.to = nil }

// Logout ends the session.
func (s *session) Logout() error { return nil }

// Mail takes every sender.
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes every recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data takes a message.
func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = m.Header.Get("Subject")
	}
	text, err := plain(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	if err != nil {
		return err
	}
	a := Arrival{Channel: Mail, Kind: m.Header.Get("X-Mainstay-Kind"), Subject: subject, Text: text,
		Incidents: incidentKey.FindAllString(m.Header.Get("X-Mainstay-Incident"), -1), Links: linksIn(text),
		Repeat: m.Header.Get("X-Mainstay-Repeat") != ""}
	for _, a.To = range s.to {
		s.inbox.add(a)
	}
	return nil
}

// plain returns the first plain text in a message or part, empty when there is none.
func plain(contentType, encoding string, body io.Reader) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain" // RFC 2045 §5.2
	}
	if strings.HasPrefix(kind, "multipart/") {
		return plainPart(multipart.NewReader(body, params["boundary"]))
	}
	if kind != "text/plain" {
		return "", nil
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	return string(bytes.TrimSpace(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))), err
}

func plainPart(parts *multipart.Reader) (string, error) {
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		text, err := plain(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
		if text != "" || err != nil {
			return text, err
		}
	}
}

var (
	incidentKey = regexp.MustCompile(`\bINC-\d+\b`)
	ackLink     = regexp.MustCompile(`(?:(INC-\d+)\W*)?(https?://\S+/a/[\w.~-]+)`)
)

// linksIn finds the links that acknowledge, and the incident that is named right before each.
func linksIn(text string) (out []Link) {
	for _, m := range ackLink.FindAllStringSubmatch(text, -1) {
		l := Link{m[1], m[2]}
		if !slices.ContainsFunc(out, func(o Link) bool { return o.URL == l.URL }) {
			out = append(out, l)
		}
	}
	return out
}
