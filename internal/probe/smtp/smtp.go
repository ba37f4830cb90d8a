// Package smtp speaks to servers that take mail, up to the point at which a mail would be sent.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"

	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
	"mainstay/internal/probe/tcp"
)

// Make speaks once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	m := s.SMTP
	conn, err := e.Dial(ctx, "tcp", m.Address)
	if err != nil {
		return probe.Broken(err)
	}
	defer conn.Close()
	if err := tcp.Limit(ctx, conn); err != nil {
		return probe.Broken(err)
	}
	host, _, _ := net.SplitHostPort(m.Address) // checked when it was written
	config := certificate.Config(host, m.Insecure, e.Clock)
	if m.TLS == "tls" {
		conn = tls.Client(conn, config)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return refused("greeting", err)
	}
	defer c.Close()
	return talk(c, m, config, e)
}

func talk(c *smtp.Client, m *probe.SMTP, config *tls.Config, e probe.Env) probe.Result {
	if err := c.Hello("mainstay"); err != nil {
		return refused("EHLO", err)
	}
	offered, _ := c.Extension("STARTTLS")
	switch {
	case m.TLS == "starttls" && !offered:
		return probe.Fail("the server does not offer STARTTLS")
	case m.TLS == "starttls", m.TLS == "" && offered:
		if err := c.StartTLS(config); err != nil {
			return refused("STARTTLS", err)
		}
	}
	r := probe.Fine("takes mail")
	if state, ok := c.TLSConnectionState(); ok {
		certificate.Judge(&r, &state, m.Expires, e.Clock)
	}
	if m.User != "" {
		if err := c.Auth(smtp.PlainAuth("", m.User, string(m.Password), config.ServerName)); err != nil {
			return refused("signing in", err)
		}
		r.Message += ", signed in"
	}
	if m.To != "" {
		if err := c.Mail(m.From); err != nil {
			return refused("the sender", err)
		}
		if err := c.Rcpt(m.To); err != nil {
			return refused("the recipient", err)
		}
		r.Message += ", accepts " + m.To
	}
	if err := c.Quit(); err != nil {
		r.Worsen(probe.Degraded, "does not say goodbye: %s", probe.Words(err))
	}
	return r
}

// refused says at which step the server said no.
func refused(step string, err error) probe.Result {
	var said *textproto.Error
	if errors.As(err, &said) {
		return probe.Fail("%s is refused: %d %s", step, said.Code, said.Msg)
	}
	if words := certificate.Words(err); words != "" {
		return probe.Fail("%s", words)
	}
	return probe.Fail("%s: %s", step, probe.Words(err))
}
