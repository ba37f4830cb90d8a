package smtp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"
	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/deliver/smtp"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

var created = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func sender(t *testing.T, url string, c *tls.Config) outbox.Sender {
	t.Helper()
	s, err := smtp.New(smtp.Config{URL: url, TLS: c})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func plain(s *server) string { return "smtp://" + s.addr + "?from=desk@bank.example&starttls=off" }

func send(t *testing.T, s outbox.Sender, v outbox.Delivery) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return s.Send(ctx, v)
}

func message(n int) outbox.Message {
	return outbox.Message{
		ID: outbox.ID(fmt.Sprint("message-", n)), Kind: outbox.PageKind, Created: created,
		Record: ledger.Record{Kind: "incident", ID: fmt.Sprint("incident-", n)},
		Content: outbox.Content{
			Incident: fmt.Sprint("INC-", n), Service: "payments", Severity: 1, Title: "Payments: Queue depth over 10,000",
			Text: "Messages wait for bank B.\nSince 08:55.", Why: "response clock, step 1 of 2", Zone: "Europe/Madrid",
			URL: fmt.Sprint("https://desk.example/incidents/INC-", n), AckURL: fmt.Sprint("https://desk.example/a/token-", n),
		},
	}
}

func delivery(messages ...outbox.Message) outbox.Delivery {
	return outbox.Delivery{ID: "attempt-1", Channel: outbox.Mail, Address: "ana@bank.example", Kind: messages[0].Kind, Messages: messages}
}

func TestPageArrivesAsAMailThatTellsWhatToDo(t *testing.T) {
	s := new(server).serve(t, nil, false)
	if err := send(t, sender(t, "smtp://"+s.addr+"?from=Desk+%3Cdesk@bank.example%3E&starttls=off", nil), delivery(message(12))); err != nil {
		t.Fatal(err)
	}
	got := s.only()
	if got.from != "desk@bank.example" || got.to != "ana@bank.example" || got.subject != "[SEV1] INC-12 Payments: Queue depth over 10,000" {
		t.Fatalf("from %q to %q: %q", got.from, got.to, got.subject)
	}
	for name, want := range map[string]string{
		"From": `"Desk" <desk@bank.example>`, "To": "<ana@bank.example>", "Message-Id": "<message-12@bank.example>",
		"In-Reply-To": "<incident.incident-12@bank.example>", "References": "<incident.incident-12@bank.example>",
		"Auto-Submitted": "auto-generated", "X-Mainstay-Incident": "INC-12", "X-Mainstay-Kind": "page",
		"X-Mainstay-Severity": "1", "X-Mainstay-Delivery": "attempt-1", "X-Mainstay-Repeat": "", "Importance": "high",
	} {
		if v := got.header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	if at, err := got.header.Date(); err != nil || !at.Equal(created) {
		t.Errorf("date %v, %v", at, err)
	}
	wantText := `[SEV1] INC-12 Payments: Queue depth over 10,000
Service: payments

Messages wait for bank B.
Since 08:55.

Acknowledge INC-12:
https://desk.example/a/token-12
Open:
https://desk.example/incidents/INC-12

Why you: response clock, step 1 of 2
Sent Mon 2 Nov 10:00 CET
`
	if got.text != wantText {
		t.Errorf("text:\n%s", got.text)
	}
	for _, want := range []string{`<a href="https://desk.example/a/token-12"`, "Acknowledge INC-12", "Queue depth over 10,000", "Since 08:55."} {
		if !strings.Contains(got.html, want) {
			t.Errorf("HTML without %q:\n%s", want, got.html)
		}
	}
	needsNothingFromElsewhere(t, got.html)
}

// needsNothingFromElsewhere: links may lead out, but nothing is loaded by opening the mail.
func needsNothingFromElsewhere(t *testing.T, html string) {
	t.Helper()
	for _, bad := range []string{"<img", "<link", "<script", "src=", "url(", "@import", "<iframe"} {
		if strings.Contains(strings.ToLower(html), bad) {
			t.Errorf("HTML has %q", bad)
		}
	}
}

func TestBundleListsEveryIncidentWorstFirstEachWithItsOwnLink(t *testing.T) {
	s := new(server).serve(t, nil, false)
	var all []outbox.Message
	for n := range 50 {
		m := message(n + 1)
		m.Content.Severity = 4 - n%4
		m.Created = created.Add(time.Duration(n) * time.Second)
		all = append(all, m)
	}
	v := delivery(all...)
	if err := send(t, sender(t, plain(s), nil), v); err != nil {
		t.Fatal(err)
	}
	got := s.only()
	if got.subject != "[SEV1] 50 incidents, the worst: INC-4 Payments: Queue depth over 10,000" {
		t.Errorf("subject %q", got.subject)
	}
	if got.header.Get("References") != "" || got.header.Get("Message-Id") != "<"+v.Key()+"@bank.example>" {
		t.Errorf("%v", got.header)
	}
	for n := range 50 {
		for where, body := range map[string]string{"text": got.text, "HTML": got.html} {
			if !regexp.MustCompile(fmt.Sprintf(`/a/token-%d\b`, n+1)).MatchString(body) {
				t.Errorf("%s has no link for INC-%d", where, n+1)
			}
		}
	}
	var order []string
	for line := range strings.Lines(got.text) {
		if strings.HasPrefix(line, "  SEV") {
			order = append(order, strings.Fields(line)[0])
		}
	}
	want := strings.Repeat("SEV1 ", 12) + strings.Repeat("SEV2 ", 12) + strings.Repeat("SEV3 ", 13) + strings.Repeat("SEV4 ", 13)
	if strings.Join(order, " ")+" " != want {
		t.Errorf("order %v", order)
	}
	if at := strings.Index(got.html, "SEV2"); at < strings.LastIndex(got.html, ">SEV1<") {
		t.Error("the table is not ordered by severity")
	}
	needsNothingFromElsewhere(t, got.html)
}

func TestRepeatIsMarkedAndHasTheMessageIDOfTheFirst(t *testing.T) {
	s := new(server).serve(t, nil, false)
	to := sender(t, plain(s), nil)
	first := delivery(message(12))
	repeat := delivery(message(12))
	repeat.ID, repeat.Repeat = "attempt-2", true
	for _, v := range []outbox.Delivery{first, repeat} {
		if err := send(t, to, v); err != nil {
			t.Fatal(err)
		}
	}
	a, b := s.all()[0], s.all()[1]
	if a.header.Get("Message-Id") != b.header.Get("Message-Id") || a.header.Get("Date") != b.header.Get("Date") {
		t.Error("mail programs cannot fold the two")
	}
	if !strings.HasSuffix(b.subject, "(possible repeat)") || strings.Contains(a.subject, "repeat") ||
		b.header.Get("X-Mainstay-Repeat") != "possible" || !strings.Contains(b.text, "may be a repeat") || !strings.Contains(b.html, "may be a repeat") {
		t.Errorf("%q then %q", a.subject, b.subject)
	}
}

func TestMessagesWithoutIncidentReadWell(t *testing.T) {
	s := new(server).serve(t, nil, false)
	m := outbox.Message{ID: "m", Kind: outbox.VerifyKind, Created: created, Record: ledger.Record{Kind: "contacts", ID: "u"},
		Content: outbox.Content{Title: "Confirm this address for Mainstay", Text: "The code is abcd-efgh.", Code: "abcd-efgh", URL: "https://desk.example/verify/x"}}
	if err := send(t, sender(t, plain(s), nil), delivery(m)); err != nil {
		t.Fatal(err)
	}
	got := s.only()
	if got.subject != "Confirm this address for Mainstay" || got.header.Get("References") != "" ||
		!strings.HasPrefix(got.text, "Confirm this address for Mainstay\n\nThe code is abcd-efgh.\n\nOpen:\nhttps://desk.example/verify/x\n") {
		t.Errorf("%q\n%s", got.subject, got.text)
	}
	if strings.Contains(got.html, "Acknowledge") {
		t.Error("a button without a link")
	}
}

// Whatever machines and people write, no header of theirs is made and the mail stays whole.
func TestNothingWrittenBecomesAHeader(t *testing.T) {
	s := new(server).serve(t, nil, false)
	to := sender(t, plain(s), nil)
	rapid.Check(t, func(r *rapid.T) {
		nasty := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"a\r\nBcc: thief@x.example", "a\nX-Evil: 1\n\nbody", "\r\n.\r\nMAIL FROM:<x>", "=?utf-8?q?a=0D=0AX-Evil:_1?=", "\x00", "\u2028X-Evil: 1", "<script>x</script>", "\xff\xfe",
		}))
		m := message(1)
		m.Content.Title, m.Content.Incident, m.Content.Service = nasty.Draw(r, "title"), nasty.Draw(r, "incident"), nasty.Draw(r, "service")
		m.Content.Text, m.Content.Why = nasty.Draw(r, "text"), nasty.Draw(r, "why")
		m.Record.ID = nasty.Draw(r, "record")
		before := len(s.all())
		if err := send(t, to, delivery(m)); err != nil {
			r.Fatal(err)
		}
		all := s.all()
		if len(all) != before+1 {
			r.Fatalf("%d mails arrived", len(all)-before)
		}
		got := all[before]
		for name := range got.header {
			if name == "Bcc" || strings.HasPrefix(name, "X-Evil") {
				r.Fatalf("header %s:\n%s", name, got.raw)
			}
		}
		if strings.Contains(got.html, "<script") || strings.ContainsAny(got.subject, "\r\n\x00") {
			r.Fatalf("%q\n%s", got.subject, got.html)
		}
		if !strings.Contains(got.text, "https://desk.example/a/token-1") {
			r.Fatalf("the link is gone:\n%s", got.text)
		}
	})
}

func TestAddressThatCannotBeUsedFailsForGood(t *testing.T) {
	s := new(server).serve(t, nil, false)
	for _, bad := range []string{"", "nobody", "a@b.example\r\nBcc: c@d.example", "a@b.example>\r\nRCPT TO:<c@d.example"} {
		v := delivery(message(1))
		v.Address = bad
		if err := send(t, sender(t, plain(s), nil), v); !outbox.IsPermanent(err) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if len(s.all()) > 0 {
		t.Fatal("something was sent")
	}
}

// fate is what the outbox makes of an error.
func fate(err error) string {
	_, notSent := errors.AsType[*outbox.NotSentError](err)
	switch {
	case err == nil:
		return "sent"
	case outbox.IsPermanent(err):
		return "failed for good"
	case notSent:
		return "not sent"
	}
	return "may have arrived"
}

func says(code int, text string) func(*gosmtp.Conn) error {
	return func(*gosmtp.Conn) error {
		return &gosmtp.SMTPError{Code: code, EnhancedCode: gosmtp.EnhancedCodeNotSet, Message: text}
	}
}

func drops(c *gosmtp.Conn) error { return c.Conn().Close() }

func TestAnswersOfTheServerDecideWhatHappensNext(t *testing.T) {
	cases := map[string]struct {
		server *server
		want   string
		text   string
	}{
		"takes it":                  {&server{}, "sent", ""},
		"550 for the recipient":     {&server{onRcpt: says(550, "no such mailbox")}, "failed for good", "no such mailbox"},
		"451 for the recipient":     {&server{onRcpt: says(451, "greylisted")}, "not sent", "greylisted"},
		"452 for the sender":        {&server{onMail: says(452, "no space")}, "not sent", "no space"},
		"553 for the sender":        {&server{onMail: says(553, "you may not")}, "failed for good", "you may not"},
		"554 for the content":       {&server{onData: says(554, "looks like spam")}, "failed for good", "looks like spam"},
		"451 for the content":       {&server{onData: says(451, "scanner is down")}, "not sent", "scanner is down"},
		"hangs up before the mail":  {&server{onRcpt: drops}, "not sent", ""},
		"hangs up after the mail":   {&server{onData: drops}, "may have arrived", ""},
		"is busy when saying hello": {&server{onMail: says(421, "too many connections")}, "not sent", "too many connections"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := tc.server.serve(t, nil, false)
			err := send(t, sender(t, plain(s), nil), delivery(message(1)))
			if got := fate(err); got != tc.want {
				t.Fatalf("%s: %v", got, err)
			}
			if err != nil && (!strings.Contains(err.Error(), tc.text) || strings.Contains(err.Error(), "ana@bank.example")) {
				t.Fatalf("people read: %v", err)
			}
		})
	}
}

func TestHangingServerIsLeftWhenTheTimeIsUp(t *testing.T) {
	for name, stage := range map[string]func(*server, func(*gosmtp.Conn) error){
		"not sent":         func(s *server, f func(*gosmtp.Conn) error) { s.onRcpt = f },
		"may have arrived": func(s *server, f func(*gosmtp.Conn) error) { s.onData = f },
	} {
		t.Run(name, func(t *testing.T) {
			entered, end := make(chan struct{}), make(chan struct{})
			s := &server{}
			stage(s, func(*gosmtp.Conn) error { close(entered); <-end; return nil })
			s.serve(t, nil, false)
			defer close(end)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error)
			go func() { done <- sender(t, plain(s), nil).Send(ctx, delivery(message(1))) }()
			<-entered
			cancel()
			if err := <-done; fate(err) != name {
				t.Fatalf("%s: %v", fate(err), err)
			}
		})
	}
}

func TestServerThatNeverGreetsIsLeftToo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // connections are made by the kernel, nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	s := sender(t, "smtp://"+l.Addr().String()+"?from=desk@bank.example&starttls=off", nil)
	if err := s.Send(ctx, delivery(message(1))); fate(err) != "not sent" {
		t.Fatalf("%s: %v", fate(err), err)
	}
}

func TestServerThatIsDownWasNotSentTo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	err = send(t, sender(t, "smtp://"+addr+"?from=desk@bank.example&starttls=off", nil), delivery(message(1)))
	if fate(err) != "not sent" || !strings.Contains(err.Error(), addr) {
		t.Fatalf("%s: %v", fate(err), err)
	}
}

func TestMailIsProtectedAsTheURLSays(t *testing.T) {
	own, trusts := certificate(t)
	cases := map[string]struct {
		offers   *tls.Config
		implicit bool
		url      string
		trusts   *tls.Config
		want     string
		secure   bool
	}{
		"required and offered":          {own, false, "smtp://%s?from=desk@bank.example", trusts, "sent", true},
		"required and not offered":      {nil, false, "smtp://%s?from=desk@bank.example&starttls=required", trusts, "not sent", false},
		"required, unknown authority":   {own, false, "smtp://%s?from=desk@bank.example", nil, "not sent", false},
		"opportunistic and offered":     {own, false, "smtp://%s?from=desk@bank.example&starttls=opportunistic", trusts, "sent", true},
		"opportunistic and not offered": {nil, false, "smtp://%s?from=desk@bank.example&starttls=opportunistic", trusts, "sent", false},
		"off":                           {own, false, "smtp://%s?from=desk@bank.example&starttls=off", trusts, "sent", false},
		"smtps":                         {own, true, "smtps://%s?from=desk@bank.example", trusts, "sent", true},
		"smtps, unknown authority":      {own, true, "smtps://%s?from=desk@bank.example", nil, "not sent", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := new(server).serve(t, tc.offers, tc.implicit)
			err := send(t, sender(t, fmt.Sprintf(tc.url, s.addr), tc.trusts), delivery(message(1)))
			if fate(err) != tc.want {
				t.Fatalf("%s: %v", fate(err), err)
			}
			if err == nil && s.only().secure != tc.secure {
				t.Fatalf("secure %v", s.only().secure)
			}
		})
	}
}

func TestSenderSignsIn(t *testing.T) {
	own, trusts := certificate(t)
	s := (&server{wantUser: "desk"}).serve(t, own, false)
	if err := send(t, sender(t, "smtp://desk:pass%20word@"+s.addr+"?from=desk@bank.example", trusts), delivery(message(1))); err != nil {
		t.Fatal(err)
	}
	if s.only().user != "desk" {
		t.Fatal("not signed in")
	}
	err := send(t, sender(t, "smtp://desk:wrong@"+s.addr+"?from=desk@bank.example", trusts), delivery(message(1)))
	if fate(err) != "not sent" || strings.Contains(err.Error(), "wrong") {
		t.Fatalf("%s: %v", fate(err), err)
	}
}

func TestWithoutURLEveryDeliverySaysSo(t *testing.T) {
	err := send(t, sender(t, "", nil), delivery(message(1)))
	if !outbox.IsPermanent(err) || err.Error() != "mail is not configured: set smtp.url" {
		t.Fatal(err)
	}
}

func TestBadURLIsRefusedWithoutShowingThePassword(t *testing.T) {
	for url, want := range map[string]string{
		"http://mx.example?from=a@b.example":                       "smtp://",
		"smtp://?from=a@b.example":                                 "host",
		"smtp://u:hidden@mx.example":                               "whom mail is from",
		"smtp://u:hidden@mx.example?from=nobody":                   "whom mail is from",
		"smtp://u:hidden@mx.example?from=a@b.example&starttls=yes": "starttls",
		"smtp://u:hidden@mx.example?from=a@b.example&tls=off":      "unknown parameter",
		"smtp://u:hidden@mx.example:99999?from=a@b.example":        "port",
		"smtp://u:hidden%zz@mx.example?from=a@b.example":           "not a URL",
	} {
		_, err := smtp.New(smtp.Config{URL: url})
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
