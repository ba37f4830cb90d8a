package probe

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"mainstay/internal/base/errs"
)

// TCP is a port that takes connections.
type TCP struct {
	Address string `yaml:"address" json:"address" doc:"Host and port, such as db.example:5432."`
	Send    string `yaml:"send,omitempty" json:"send,omitempty" doc:"What to say first."`
	Expect  string `yaml:"expect,omitempty" json:"expect,omitempty" doc:"Regular expression of what comes back."`
}

// TLS is a certificate.
type TLS struct {
	Address  string  `yaml:"address" json:"address" doc:"Host and port, such as mail.example:993."`
	Name     string  `yaml:"name,omitempty" json:"name,omitempty" doc:"Name that the certificate must be for; the host's when left out."`
	StartTLS string  `yaml:"starttls,omitempty" json:"starttls,omitempty" doc:"smtp or imap, where encryption is asked for first."`
	Insecure bool    `yaml:"insecure,omitempty" json:"insecure,omitempty" doc:"Look at how long it lasts only, not at who signed it."`
	Expires  Expires `yaml:"expires,omitempty" json:"expires,omitempty,omitzero" doc:"How long it must still last."`
}

// ICMP is echo requests.
type ICMP struct {
	Host  string `yaml:"host" json:"host" doc:"Name or address."`
	Count int    `yaml:"count,omitempty" json:"count,omitempty" doc:"How many; 3 when left out."`
	Loss  Limits `yaml:"loss,omitempty" json:"loss,omitempty,omitzero" doc:"Limits of the loss in percent. When left out, failed when all are lost and degraded when some are."`
	Trip  Limits `yaml:"trip,omitempty" json:"trip,omitempty,omitzero" doc:"Limits of the mean round trip in milliseconds."`
}

// DNS is a question to a name server.
type DNS struct {
	Name   string   `yaml:"name" json:"name" doc:"What to ask for, such as shop.example."`
	Type   string   `yaml:"type,omitempty" json:"type,omitempty" doc:"A when left out; AAAA, CNAME, MX, NS, TXT, SOA, SRV, PTR or CAA."`
	Server string   `yaml:"server,omitempty" json:"server,omitempty" doc:"Name server with or without port; that of the machine when left out."`
	TCP    bool     `yaml:"tcp,omitempty" json:"tcp,omitempty" doc:"Ask over TCP."`
	Expect []string `yaml:"expect,omitempty" json:"expect,omitempty" doc:"Values that must be among the answers."`
	Code   string   `yaml:"code,omitempty" json:"code,omitempty" doc:"Code of the answer; NOERROR when left out, NXDOMAIN for a name that must not be."`
}

// SMTP is a mail server that takes mail.
type SMTP struct {
	Address  string  `yaml:"address" json:"address" doc:"Host and port, such as mail.example:25."`
	TLS      string  `yaml:"tls,omitempty" json:"tls,omitempty" doc:"none, starttls (must be offered), or tls (from the beginning); starttls when offered, when left out."`
	User     string  `yaml:"user,omitempty" json:"user,omitempty" doc:"Sign in as, over TLS only."`
	Password Secret  `yaml:"password,omitempty" json:"password,omitempty" doc:"Kept encrypted; \"kept\" leaves the stored one."`
	From     string  `yaml:"from,omitempty" json:"from,omitempty" doc:"Sender to propose. Nothing is sent."`
	To       string  `yaml:"to,omitempty" json:"to,omitempty" doc:"Recipient that must be accepted. Nothing is sent."`
	Insecure bool    `yaml:"insecure,omitempty" json:"insecure,omitempty" doc:"Do not check the certificate."`
	Expires  Expires `yaml:"expires,omitempty" json:"expires,omitempty,omitzero" doc:"How long the certificate must still last."`
}

// IMAP is a mail server that gives mail.
type IMAP struct {
	Address  string  `yaml:"address" json:"address" doc:"Host and port, such as mail.example:993."`
	TLS      string  `yaml:"tls,omitempty" json:"tls,omitempty" doc:"none, starttls or tls; tls when left out."`
	User     string  `yaml:"user,omitempty" json:"user,omitempty" doc:"Sign in as."`
	Password Secret  `yaml:"password,omitempty" json:"password,omitempty" doc:"Kept encrypted; \"kept\" leaves the stored one."`
	Mailbox  string  `yaml:"mailbox,omitempty" json:"mailbox,omitempty" doc:"Mailbox whose messages are counted, such as INBOX."`
	Messages Limits  `yaml:"messages,omitempty" json:"messages,omitempty,omitzero" doc:"Limits of the number of messages."`
	Insecure bool    `yaml:"insecure,omitempty" json:"insecure,omitempty" doc:"Do not check the certificate."`
	Expires  Expires `yaml:"expires,omitempty" json:"expires,omitempty,omitzero" doc:"How long the certificate must still last."`
}

// SSH is the banner of an SSH server.
type SSH struct {
	Address string `yaml:"address" json:"address" doc:"Host and port, such as jump.example:22."`
	Expect  string `yaml:"expect,omitempty" json:"expect,omitempty" doc:"Regular expression of the banner, such as OpenSSH_9."`
}

// SNMP is values of a device.
type SNMP struct {
	Address   string `yaml:"address" json:"address" doc:"Host, with a port when it is not 161."`
	Version   string `yaml:"version,omitempty" json:"version,omitempty" doc:"2c when left out, or 3."`
	Community Secret `yaml:"community,omitempty" json:"community,omitempty" doc:"For 2c. Kept encrypted; \"kept\" leaves the stored one."`
	User      string `yaml:"user,omitempty" json:"user,omitempty" doc:"For 3."`
	Auth      string `yaml:"auth,omitempty" json:"auth,omitempty" doc:"For 3: MD5, SHA, SHA224, SHA256, SHA384 or SHA512; none when left out."`
	AuthKey   Secret `yaml:"auth_key,omitempty" json:"auth_key,omitempty" doc:"Its passphrase. Kept encrypted."`
	Privacy   string `yaml:"privacy,omitempty" json:"privacy,omitempty" doc:"For 3: DES, AES, AES192 or AES256; none when left out."`
	PrivKey   Secret `yaml:"priv_key,omitempty" json:"priv_key,omitempty" doc:"Its passphrase. Kept encrypted."`
	Values    []OID  `yaml:"values" json:"values" doc:"What to read."`
}

// OID is a value of a device, or all below it.
type OID struct {
	OID    string `yaml:"oid" json:"oid" doc:"Such as 1.3.6.1.2.1.1.3.0."`
	Name   string `yaml:"name" json:"name" doc:"Name of its figure."`
	Walk   bool   `yaml:"walk,omitempty" json:"walk,omitempty" doc:"All below it: their number and their sum are kept, and every one is judged."`
	Equals string `yaml:"equals,omitempty" json:"equals,omitempty" doc:"What it must be, as text."`
	Value  Limits `yaml:"value,omitempty" json:"value,omitempty,omitzero" doc:"Limits of the number."`
}

// address refuses what is not host:port.
func address(c *errs.Check, at, s string) {
	host, port, err := net.SplitHostPort(s)
	n, bad := strconv.Atoi(port)
	c.Require(err == nil && host != "" && bad == nil && n > 0 && n < 65536 && plain(host), at, "must be a host and a port, such as db.example:5432, not %.80q", s)
}

// plain reports whether a host is a name or an address, and nothing that a library reads more into.
func plain(host string) bool {
	return len(host) <= 253 && !strings.ContainsAny(host, " \t\r\n/@?#\\\x00")
}

func oneOf(c *errs.Check, at, s string, of ...string) {
	c.Require(s == "" || slices.Contains(of, s), at, "must be one of %s, not %.40q", strings.Join(of, ", "), s)
}

func (t *TCP) validate(c *errs.Check, at string) {
	address(c, at+"address", t.Address)
	c.Require(len(t.Send) <= maxParameter, at+"send", "must be at most %d bytes", maxParameter)
	expression(c, at+"expect", t.Expect)
}
func (t *TCP) target() string { return t.Address }

func (t *TLS) validate(c *errs.Check, at string) {
	address(c, at+"address", t.Address)
	oneOf(c, at+"starttls", t.StartTLS, "smtp", "imap")
	t.Expires.validate(c, at+"expires.")
}
func (t *TLS) target() string { return t.Address }

const maxEchoes = 20

func (i *ICMP) validate(c *errs.Check, at string) {
	c.Require(i.Host != "" && plain(i.Host), at+"host", "must be a name or an address")
	c.Require(i.Count >= 0 && i.Count <= maxEchoes, at+"count", "must be at most %d", maxEchoes)
	i.Loss.Validate(c, at+"loss.")
	i.Trip.Validate(c, at+"trip.")
}
func (i *ICMP) target() string { return i.Host }

// Types are the types of records that can be asked for.
var Types = []string{"A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "SRV", "PTR", "CAA"}

func (d *DNS) validate(c *errs.Check, at string) {
	c.Require(d.Name != "" && plain(d.Name), at+"name", "must be a name such as shop.example")
	oneOf(c, at+"type", d.Type, Types...)
	oneOf(c, at+"code", d.Code, "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED")
	c.Require(d.Server == "" || plain(d.Server), at+"server", "must be a host, with or without a port")
	few(c, at+"expect", d.Expect)
}
func (d *DNS) target() string { return d.Name }

func (s *SMTP) validate(c *errs.Check, at string) {
	address(c, at+"address", s.Address)
	oneOf(c, at+"tls", s.TLS, "none", "starttls", "tls")
	c.Require(s.User == "" || s.TLS != "none", at+"tls", "must not be none when a password is sent")
	for field, v := range map[string]string{"user": s.User, "from": s.From, "to": s.To} {
		c.Require(len(v) <= 254 && !strings.ContainsAny(v, "\r\n<>"), at+field, "must be one word")
	}
	s.Expires.validate(c, at+"expires.")
}
func (s *SMTP) where() string  { return s.Address + tlsOf(s.TLS, s.Insecure) }
func (s *SMTP) target() string { return s.Address }

// tlsOf is how a connection is protected: a password that was given for one that is must not go
// over one that is not.
func tlsOf(mode string, insecure bool) string { return " " + mode + strconv.FormatBool(insecure) }

func (i *IMAP) validate(c *errs.Check, at string) {
	address(c, at+"address", i.Address)
	oneOf(c, at+"tls", i.TLS, "none", "starttls", "tls")
	c.Require(i.User != "" || i.Mailbox == "", at+"mailbox", "needs a user")
	c.Require(i.Mailbox != "" || !i.Messages.Any(), at+"messages", "needs a mailbox")
	i.Messages.Validate(c, at+"messages.")
	i.Expires.validate(c, at+"expires.")
}
func (i *IMAP) where() string  { return i.Address + tlsOf(i.TLS, i.Insecure) }
func (i *IMAP) target() string { return i.Address }

func (s *SSH) validate(c *errs.Check, at string) {
	address(c, at+"address", s.Address)
	expression(c, at+"expect", s.Expect)
}
func (s *SSH) target() string { return s.Address }

func (s *SNMP) validate(c *errs.Check, at string) {
	c.Require(s.Address != "" && plain(s.Address), at+"address", "must be a host, with or without a port")
	oneOf(c, at+"version", s.Version, "2c", "3")
	oneOf(c, at+"auth", s.Auth, "MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512")
	oneOf(c, at+"privacy", s.Privacy, "DES", "AES", "AES192", "AES256")
	c.Require(s.Version == "3" || s.User+s.Auth+s.Privacy == "", at+"user", "is for version 3")
	c.Require(s.Version != "3" || s.User != "", at+"user", "is required for version 3")
	c.Require(s.Privacy == "" || s.Auth != "", at+"privacy", "needs auth")
	c.Require(len(s.Values) > 0 && len(s.Values) <= maxList, at+"values", "must be 1 to %d", maxList)
	for i, v := range s.Values {
		one := at + "values[" + strconv.Itoa(i) + "]."
		c.Require(strings.Trim(v.OID, "0123456789.") == "" && strings.Trim(v.OID, ".") != "", one+"oid", "must be numbers with dots, such as 1.3.6.1.2.1.1.3.0")
		c.Require(v.Name != "" && FigureName(v.Name) == v.Name, one+"name", "must be lower-case letters, digits and underscores")
		v.Value.Validate(c, one+"value.")
	}
}
func (s *SNMP) where() string  { return s.Address + s.Version + s.Auth + s.Privacy }
func (s *SNMP) target() string { return s.Address }
