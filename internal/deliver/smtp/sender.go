package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/outbox"
)

// Sender sends mail. Make it with New.
type Sender struct {
	server server
	site   string
	tls    *tls.Config
}

// New returns a sender for the URL, or an Invalid error that says what is wrong with it.
func New(c Config) (outbox.Sender, error) {
	if c.URL == "" {
		return unconfigured{}, nil
	}
	s, err := parse(c.URL)
	if err != nil {
		return nil, err
	}
	own := c.TLS.Clone()
	if own == nil {
		own = &tls.Config{}
	}
	if own.ServerName == "" {
		own.ServerName = s.host
	}
	if own.MinVersion == 0 {
		own.MinVersion = tls.VersionTLS12
	}
	return &Sender{server: s, site: clean(c.Site), tls: own}, nil
}

type unconfigured struct{}

// Send refuses every delivery.
func (unconfigured) Send(context.Context, outbox.Delivery) error {
	return outbox.Permanent(errors.New("mail is not configured: set smtp.url"))
}

const (
	longest = time.Minute // for one delivery, when ctx sets no bound
	goodbye = time.Second // for QUIT, when all is done
)

// Send sends one mail over a connection of its own.
func (s *Sender) Send(ctx context.Context, v outbox.Delivery) error {
	msg, err := s.compose(v)
	if err != nil {
		return outbox.Permanent(err)
	}
	l := &line{until: ctx, tls: s.tls, implicitTLS: s.server.implicitTLS}
	defer l.close()
	client, err := s.client(ctx, l)
	if err != nil {
		return outbox.Permanent(err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil && ctx.Err() != nil {
		return outbox.NotSent(errors.New("mail: the server does not answer in time"))
	}
	if err != nil {
		// Nothing was said about the message yet: the fault is the server's or the
		// configuration's, not the address's, so it is worth trying again.
		return outbox.NotSent(fmt.Errorf("mail: the server %s: %w", client.ServerAddr(), err))
	}
	err = client.SendWithSMTPClient(session, msg)
	if msg.IsDelivered() {
		l.hurry()
		_ = client.CloseWithSMTPClient(session) // the mail is theirs already
		return nil
	}
	return judge(err)
}

func (s *Sender) client(ctx context.Context, l *line) (*gomail.Client, error) {
	patience := longest
	if deadline, ok := ctx.Deadline(); ok {
		patience = max(deadline.Sub(clock.Wall().Now()), time.Millisecond)
	}
	options := []gomail.Option{
		gomail.WithPort(s.server.port), gomail.WithTimeout(patience), gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithTLSConfig(s.tls), gomail.WithDialContextFunc(l.dial),
	}
	if s.server.implicitTLS {
		options = append(options, gomail.WithSSL())
	} else {
		options = append(options, gomail.WithTLSPolicy(s.server.policy))
	}
	if s.server.user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.server.user), gomail.WithPassword(s.server.password))
	}
	return gomail.NewClient(s.server.host, options...)
}

// line is the connection of one delivery. It breaks when the delivery's context ends, which
// the mail library looks at only while it connects.
type line struct {
	until       context.Context
	tls         *tls.Config
	implicitTLS bool
	conn        net.Conn
	calm        func() bool
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	l.calm = context.AfterFunc(l.until, func() { _ = conn.Close() })
	if !l.implicitTLS {
		return conn, nil
	}
	secure := tls.Client(conn, l.tls)
	return secure, secure.HandshakeContext(ctx)
}

func (l *line) hurry() { _ = l.conn.SetDeadline(clock.Wall().Now().Add(goodbye)) }

func (l *line) close() {
	if l.conn == nil {
		return
	}
	l.calm()
	_ = l.conn.Close()
}

// judge sorts what the server said about the message.
func judge(err error) error {
	said, ok := errors.AsType[*gomail.SendError](err)
	if !ok {
		return err
	}
	// What follows names the recipient in full and the message, which the caller knows.
	text, _, _ := strings.Cut(said.Error(), ", affected ")
	plain := errors.New("mail: " + text)
	switch code := said.ErrorCode(); {
	case code >= 500:
		return outbox.Permanent(plain)
	case code >= 400:
		return outbox.NotSent(plain)
	case said.Reason == gomail.ErrSMTPDataClose:
		return plain // all of it was sent, and no answer came: it may have been taken
	case said.Reason == gomail.ErrGetRcpts, said.Reason == gomail.ErrGetSender:
		return outbox.Permanent(plain)
	}
	return outbox.NotSent(plain)
}
