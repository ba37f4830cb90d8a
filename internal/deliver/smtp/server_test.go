package smtp_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"
)

// letter is a mail that arrived.
type letter struct {
	from, to, subject, text, html string
	header                        mail.Header
	raw                           string
	secure                        bool
	user                          string
}

// server is an SMTP server on loopback that behaves as its fields say.
type server struct {
	t    *testing.T
	addr string

	onMail, onRcpt, onData func(*gosmtp.Conn) error
	wantUser               string // PLAIN, with the password "pass word"

	mu      sync.Mutex
	letters []letter
}

// serve starts the server; secured, when not nil, offers STARTTLS, or TLS from the start.
func (s *server) serve(t *testing.T, secured *tls.Config, implicit bool) *server {
	t.Helper()
	s.t = t
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, secured)
		secured = nil
	}
	srv := gosmtp.NewServer(gosmtp.BackendFunc(func(c *gosmtp.Conn) (gosmtp.Session, error) {
		return &session{server: s, conn: c}, nil
	}))
	srv.Domain, srv.TLSConfig, srv.ErrorLog = "mx.bank.example", secured, log.New(io.Discard, "", 0)
	srv.AllowInsecureAuth = true
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		_ = srv.Close()
		_ = l.Close() // when it was not served yet
		<-ended
	})
	return s
}

func (s *server) all() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letter(nil), s.letters...)
}

func (s *server) only() letter {
	s.t.Helper()
	all := s.all()
	if len(all) != 1 {
		s.t.Fatalf("%d mails arrived", len(all))
	}
	return all[0]
}

type session struct {
	server   *server
	conn     *gosmtp.Conn
	from, to string
	user     string
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string {
	if s.server.wantUser == "" {
		return nil
	}
	return []string{"PLAIN"}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.wantUser || password != "pass word" {
			return gosmtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	s.from = from
	return s.answer(s.server.onMail)
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.to = to
	return s.answer(s.server.onRcpt)
}

func (s *session) answer(f func(*gosmtp.Conn) error) error {
	if f == nil {
		return nil
	}
	return f(s.conn)
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, secure := s.conn.TLSConnectionState()
	got, err := parse(raw)
	if err != nil {
		return err
	}
	got.from, got.to, got.secure, got.user = s.from, s.to, secure, s.user
	s.server.mu.Lock()
	s.server.letters = append(s.server.letters, got)
	s.server.mu.Unlock()
	return s.answer(s.server.onData)
}

func parse(raw []byte) (letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return letter{}, err
	}
	l := letter{header: m.Header, raw: string(raw)}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return l, err
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return l, errors.Join(err, errors.New("not an alternative: "+kind))
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l, nil
		}
		if err != nil {
			return l, err
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			return l, err
		}
		text := strings.ReplaceAll(string(b), "\r\n", "\n")
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			l.html = text
		} else {
			l.text = text
		}
	}
}

// certificate returns a certificate for 127.0.0.1 and the authority that signed it.
func certificate(t *testing.T) (own *tls.Config, trusts *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: pool}
}
