package apptest

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Mail is a message that arrived.
type Mail struct {
	To      string
	Subject string
	Header  mail.Header
	Text    string
	HTML    string
}

// Mailbox is an SMTP server on loopback that takes mail for everybody, except for those
// whom it is told to refuse.
type Mailbox struct {
	server   *smtp.Server
	listener net.Listener
	on       func(Mail)

	mu      sync.Mutex
	refused map[string]bool
	busy    map[string]bool
	mails   []Mail
}

func openMailbox(t testing.TB, on func(Mail)) *Mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &Mailbox{listener: l, on: on, refused: map[string]bool{}, busy: map[string]bool{}}
	b.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{box: b}, nil }))
	b.server.Domain = "bank.example"
	served := make(chan error, 1)
	go func() { served <- b.server.Serve(l) }()
	t.Cleanup(func() {
		_ = b.server.Close()
		if err := <-served; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return b
}

// Addr is where it listens.
func (b *Mailbox) Addr() string { return b.listener.Addr().String() }

// Refuse makes the server answer 550 for an address from now on.
func (b *Mailbox) Refuse(address string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused[address] = true
}

// Busy makes the server answer 451 for an address, or no longer.
func (b *Mailbox) Busy(address string, busy bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy[address] = busy
}

// Mails returns everything that was taken so far.
func (b *Mailbox) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Mail(nil), b.mails...)
}

type mailSession struct {
	box *Mailbox
	to  []string
}

// Reset forgets the recipients.
func (s *mailSession) Reset() { s.to = nil }

// Logout ends the session.
func (s *mailSession) Logout() error { return nil }

// Mail takes every sender.
func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt takes a recipient unless it was told otherwise.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.refused[to] {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here"}
	}
	if s.box.busy[to] {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
	}
	s.to = append(s.to, to)
	return nil
}

// Data takes a message.
func (s *mailSession) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	got := Mail{Subject: subject, Header: m.Header}
	if err := got.read(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body); err != nil {
		return err
	}
	for _, to := range s.to {
		got.To = to
		s.box.mu.Lock()
		s.box.mails = append(s.box.mails, got)
		s.box.mu.Unlock()
		s.box.on(got)
	}
	return nil
}

// read collects the text and HTML parts.
func (m *Mail) read(contentType, encoding string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.read(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
				return err
			}
		}
	}
	if strings.EqualFold(encoding, "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	b, err := io.ReadAll(body)
	switch kind {
	case "text/plain":
		m.Text = string(b)
	case "text/html":
		m.HTML = string(b)
	}
	return err
}
