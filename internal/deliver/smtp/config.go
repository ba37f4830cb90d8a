package smtp

import (
	"crypto/tls"
	"net/mail"
	"net/url"
	"slices"
	"strconv"

	gomail "github.com/wneessen/go-mail"

	"mainstay/internal/base/errs"
)

// Config describes a Sender.
type Config struct {
	// URL is smtp://user:password@host:port?from=address&starttls=required, or smtps://…;
	// empty means that mail is not configured, which every delivery then says.
	URL string
	// Site ends every subject, so that mails of several installations can be told apart; empty
	// ends none.
	Site string
	// TLS holds what differs from the usual verification, such as a house's own authority;
	// nil for none.
	TLS *tls.Config
}

// server is a parsed URL.
type server struct {
	host           string
	port           int
	implicitTLS    bool
	policy         gomail.TLSPolicy
	user, password string
	from           mail.Address
}

var policies = map[string]gomail.TLSPolicy{
	"required":      gomail.TLSMandatory,
	"opportunistic": gomail.TLSOpportunistic,
	"off":           gomail.NoTLS,
	"":              gomail.TLSMandatory,
}

// parse reads the URL. Errors never repeat it: it may hold a password.
func parse(text string) (server, error) {
	var c errs.Check
	s := server{port: 587}
	u, err := url.Parse(text)
	if err != nil {
		c.Add("smtp.url", "is not a URL; special characters in the password are written as %%40 and the like")
		return s, c.Err("the mail configuration")
	}
	switch u.Scheme {
	case "smtp":
	case "smtps":
		s.implicitTLS, s.port = true, 465
	default:
		c.Add("smtp.url", "must start with smtp:// or smtps://")
	}
	s.host = u.Hostname()
	c.Require(s.host != "", "smtp.url", "must name a host")
	if p := u.Port(); p != "" {
		s.port, err = strconv.Atoi(p)
		c.Require(err == nil && s.port > 0 && s.port < 65536, "smtp.url", "must have a port from 1 to 65535")
	}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
	}
	s.query(&c, u.Query())
	return s, c.Err("the mail configuration")
}

func (s *server) query(c *errs.Check, q url.Values) {
	for key := range q {
		c.Require(slices.Contains([]string{"from", "starttls"}, key), "smtp.url", "has the unknown parameter %q; there are from and starttls", key)
	}
	from, err := mail.ParseAddress(q.Get("from"))
	if err != nil {
		c.Add("smtp.url", "must say whom mail is from, such as ?from=desk@example.org")
	} else {
		s.from = *from
	}
	policy, known := policies[q.Get("starttls")]
	c.Require(known, "smtp.url", "starttls must be required, opportunistic or off, not %q", q.Get("starttls"))
	s.policy = policy
}
