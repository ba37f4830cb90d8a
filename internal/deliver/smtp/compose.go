package smtp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"mainstay/internal/domain/notify"
	"mainstay/internal/engine/outbox"
)

// The headers of our own.
const (
	headerDelivery = gomail.Header("X-Mainstay-Delivery")
	headerKind     = gomail.Header("X-Mainstay-Kind")
	headerIncident = gomail.Header("X-Mainstay-Incident")
	headerSeverity = gomail.Header("X-Mainstay-Severity")
	headerRepeat   = gomail.Header("X-Mainstay-Repeat")

	headerAutoSubmitted = gomail.Header("Auto-Submitted") // RFC 3834: do not answer
)

const maxSubject = 200 // characters

// compose makes the mail of a delivery.
func (s *Sender) compose(v outbox.Delivery) (*gomail.Msg, error) {
	if strings.ContainsFunc(v.Address, unicode.IsControl) {
		return nil, fmt.Errorf("the address %q cannot be used", v.Address)
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&s.server.from)
	if err := m.To(v.Address); err != nil {
		return nil, fmt.Errorf("the address %q cannot be used: %w", v.Address, err)
	}
	l := letterOf(v)
	html, err := l.html()
	if err != nil {
		return nil, err
	}
	m.Subject(s.subject(l))
	m.SetDateWithValue(latest(v))
	m.SetBodyString(gomail.TypeTextPlain, l.text())
	m.AddAlternativeString(gomail.TypeTextHTML, html)
	s.head(m, v, l)
	return m, nil
}

// subject is the letter's, with whose desk it comes from at its end: what it is about goes
// first on a small screen.
func (s *Sender) subject(l letter) string {
	if s.site == "" {
		return l.Subject
	}
	return l.Subject + " · " + s.site
}

func (s *Sender) head(m *gomail.Msg, v outbox.Delivery, l letter) {
	m.SetMessageIDWithValue(s.messageID(v.Key()))
	if thread := s.thread(v); thread != "" {
		m.SetGenHeader(gomail.HeaderInReplyTo, thread)
		m.SetGenHeader(gomail.HeaderReferences, thread)
	}
	m.SetGenHeader(headerAutoSubmitted, "auto-generated")
	m.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	m.SetGenHeader(headerDelivery, v.ID)
	m.SetGenHeader(headerKind, clean(string(v.Kind)))
	var keys []string
	for _, i := range l.Items {
		if i.Incident != "" && !slices.Contains(keys, i.Incident) {
			keys = append(keys, i.Incident)
		}
	}
	if len(keys) > 0 {
		m.SetGenHeader(headerIncident, strings.Join(keys, ", "))
	}
	if worst := l.Items[0].Severity; worst > 0 {
		m.SetGenHeader(headerSeverity, fmt.Sprint(worst))
		if worst <= 2 && v.Kind == outbox.PageKind {
			m.SetImportance(gomail.ImportanceHigh)
		}
	}
	if l.Repeat {
		m.SetGenHeader(headerRepeat, "possible")
	}
}

func (s *Sender) messageID(local string) string {
	_, host, _ := strings.Cut(s.server.from.Address, "@")
	return local + "@" + host
}

// thread names the first mail about the record that all messages of the delivery are about.
// There is no such mail, but mail programs put together what refers to the same one.
func (s *Sender) thread(v outbox.Delivery) string {
	r := v.Messages[0].Record
	if r.Kind != "incident" {
		return ""
	}
	for _, m := range v.Messages {
		if m.Record != r {
			return ""
		}
	}
	return "<" + s.messageID("incident."+clean(r.ID)) + ">"
}

// letter is a mail as its templates see it; its items are the worst first, never none.
type letter struct {
	Subject string
	Repeat  bool
	Why     string
	Sent    string // when, in the reader's zone
	Items   []item
}

type item struct {
	Incident, Service, Title, Text, URL, AckURL string
	Severity                                    int
	Sent                                        string
	over                                        bool // it only tells how things went
}

// Badge is "SEV1", empty when there is no severity, or nothing to do any more.
func (i item) Badge() string {
	if i.Severity < 1 || i.over {
		return ""
	}
	return fmt.Sprintf("SEV%d", i.Severity)
}

// Heading is "INC-12 Payments: Queue depth".
func (i item) Heading() string { return strings.TrimSpace(i.Incident + " " + i.Title) }

// AckLabel is what the button says.
func (i item) AckLabel() string { return strings.TrimSpace("Acknowledge " + i.Incident) }

func letterOf(v outbox.Delivery) letter {
	all := v.WorstFirst()
	l := letter{Repeat: v.Repeat, Why: clean(all[0].Content.Why), Sent: notify.When(latest(v), all[0].Content.Zone)}
	for _, m := range all {
		c := m.Content
		l.Items = append(l.Items, item{
			Incident: clean(c.Incident), Service: clean(cmp.Or(c.ServiceTitle, c.Service)), Title: clean(c.Headline()), Text: block(c.Body()),
			URL: c.URL, AckURL: c.AckURL, Severity: c.Severity, Sent: notify.When(m.Created, c.Zone),
			over: m.Kind == outbox.UpdateKind,
		})
	}
	l.Subject = l.subject()
	return l
}

// Bundle reports whether the letter lists several messages.
func (l letter) Bundle() bool { return len(l.Items) > 1 }

func (l letter) subject() string {
	worst := l.Items[0]
	s := worst.Heading()
	if l.Bundle() {
		s = fmt.Sprintf("%s, the worst: %s", l.Count(), s)
	}
	if badge := worst.Badge(); badge != "" {
		s = "[" + badge + "] " + s
	}
	s = cut(s, maxSubject)
	if l.Repeat {
		s += " (possible repeat)"
	}
	return s
}

// Count is "50 incidents", or "3 messages" when some are about the same or about none.
func (l letter) Count() string {
	seen := map[string]bool{}
	for _, i := range l.Items {
		seen[i.Incident] = true
	}
	if len(seen) == len(l.Items) {
		return fmt.Sprintf("%d incidents", len(l.Items))
	}
	return fmt.Sprintf("%d messages", len(l.Items))
}

// latest is when the last message of the delivery was written; a repeat has the same.
func latest(v outbox.Delivery) time.Time {
	return slices.MaxFunc(v.Messages, func(a, b outbox.Message) int {
		return cmp.Compare(a.Created.UnixMicro(), b.Created.UnixMicro())
	}).Created
}

// clean makes one line of text that people and machines wrote, for headers too: neither
// line ends nor what looks like an encoded word (RFC 2047) stay in it.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "=?", "= ?")
}

// block makes text of several lines of what people and machines wrote.
func block(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return ' '
		}
		return r
	}, s))
}

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
