// Package imap speaks to servers that give mail.
package imap

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
	"mainstay/internal/probe/tcp"
)

// Make speaks once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	m := s.IMAP
	conn, err := e.Dial(ctx, "tcp", m.Address)
	if err != nil {
		return probe.Broken(err)
	}
	defer conn.Close()
	if err := tcp.Limit(ctx, conn); err != nil {
		return probe.Broken(err)
	}
	host, _, _ := net.SplitHostPort(m.Address) // checked when it was written
	var state *tls.ConnectionState
	config := certificate.Config(host, m.Insecure, e.Clock)
	config.VerifyConnection = func(s tls.ConnectionState) error { state = &s; return nil }
	c, err := client(ctx, conn, m.TLS, config)
	if err != nil {
		return certificate.Broken(err)
	}
	defer c.Close()
	if err := c.WaitGreeting(); err != nil {
		return probe.Fail("greeting: %s", probe.Words(err))
	}
	r := probe.Fine("gives mail")
	certificate.Judge(&r, state, m.Expires, e.Clock)
	look(&r, c, m)
	return r
}

func client(ctx context.Context, conn net.Conn, mode string, config *tls.Config) (*imapclient.Client, error) {
	switch mode {
	case "none":
		return imapclient.New(conn, nil), nil
	case "starttls":
		return imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: config})
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return imapclient.New(secured, nil), nil
}

// look signs in and counts, where that is asked for.
func look(r *probe.Result, c *imapclient.Client, m *probe.IMAP) {
	if m.User == "" {
		return
	}
	if err := c.Login(m.User, string(m.Password)).Wait(); err != nil {
		r.Worsen(probe.Failed, "signing in: %s", probe.Words(err))
		return
	}
	r.Message += ", signed in"
	if m.Mailbox != "" {
		box, err := c.Status(m.Mailbox, &imap.StatusOptions{NumMessages: true}).Wait()
		if err != nil || box.NumMessages == nil {
			r.Worsen(probe.Failed, "mailbox %s cannot be looked at", m.Mailbox)
			return
		}
		r.Add("messages", float64(*box.NumMessages), "")
		m.Messages.Judge(r, "number of messages", float64(*box.NumMessages))
	}
	if err := c.Logout().Wait(); err != nil {
		r.Worsen(probe.Degraded, "does not say goodbye: %s", probe.Words(err))
	}
}
