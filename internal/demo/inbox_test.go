package demo

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/smtp"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
)

// postHook sends a webhook to somebody's telephone, signed with a secret unless that is empty.
func postHook(t *testing.T, b *Inbox, login, body, secret string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.HookURL(login), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		r.Header.Set("X-Mainstay-Signature", signature(secret, []byte(body)))
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer
}

// sendMail sends a message as any mail program would.
func sendMail(t *testing.T, b *Inbox, message string, to ...string) {
	t.Helper()
	message = strings.ReplaceAll(message, "\n", "\r\n")
	if err := smtp.SendMail(b.mailL.Addr().String(), nil, "desk@bank.example", to, []byte(message)); err != nil {
		t.Fatal(err)
	}
}

// only returns the single arrival.
func only(t *testing.T, b *Inbox) Arrival {
	t.Helper()
	list := b.Arrivals()
	if len(list) != 1 {
		t.Fatalf("%d arrivals, want 1: %v", len(list), list)
	}
	return list[0]
}

func TestWebhookArrivesAsItWasSent(t *testing.T) {
	b := openInbox(t, clock.NewFake(start))
	body := `{"id":"1","kind":"page","incident":"INC-7","service":"payments","severity":1,"title":"MQ sessions down","text":"0 of 8",` +
		`"why":"step 1","repeat":true,"ack_url":"http://desk/a/token"}`
	if code := postHook(t, b, "arun", body, "webhook-secret").StatusCode; code != http.StatusOK {
		t.Fatalf("answered %d", code)
	}
	a := only(t, b)
	want := Arrival{Number: 1, At: start, Channel: Telephone, To: "arun", Kind: "page", Subject: "MQ sessions down", Text: "0 of 8",
		Why: "step 1", Incidents: []string{"INC-7"}, Links: []Link{{"INC-7", "http://desk/a/token"}}, Signed: true, Repeat: true}
	if fmt.Sprint(a) != fmt.Sprint(want) {
		t.Errorf("arrived\n%v, want\n%v", a, want)
	}
}

func TestSignatureIsChecked(t *testing.T) {
	for _, secret := range []string{"", "another-secret"} {
		b := openInbox(t, clock.NewFake(start))
		postHook(t, b, "arun", `{"title":"x"}`, secret)
		if only(t, b).Signed {
			t.Errorf("a webhook signed with %q counts as the desk's", secret)
		}
	}
}

func TestWebhookThatListsIncidentsHasALinkForEach(t *testing.T) {
	b := openInbox(t, clock.NewFake(start))
	postHook(t, b, "arun", `{"kind":"bundle","incident":"INC-1","title":"2 incidents","ack_url":"http://desk/a/1","incidents":[
		{"incident":"INC-1","title":"down","ack_url":"http://desk/a/1"},{"incident":"INC-2","title":"slow","ack_url":"http://desk/a/2"}]}`, "")
	a := only(t, b)
	if !slices.Equal(a.Incidents, []string{"INC-1", "INC-2"}) || a.Text != "INC-1 down\nINC-2 slow" ||
		!slices.Equal(a.Links, []Link{{"INC-1", "http://desk/a/1"}, {"INC-2", "http://desk/a/2"}}) {
		t.Errorf("arrived %+v", a)
	}
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	b := openInbox(t, clock.NewFake(start))
	for _, body := range []string{"", "no JSON", `["a list"]`, `{"title":"` + strings.Repeat("x", maxMessage) + `"}`} {
		if code := postHook(t, b, "arun", body, "").StatusCode; code != http.StatusBadRequest {
			t.Errorf("%.20q is answered %d", body, code)
		}
	}
	if n := len(b.Arrivals()); n > 0 {
		t.Errorf("%d arrived", n)
	}
}

func TestMailIsReadInEveryForm(t *testing.T) {
	text := "[SEV1] INC-7 Größe\n\nAcknowledge INC-7:\nhttp://desk/a/tok.en-1_2~3\nOpen:\nhttp://desk/incidents/INC-7"
	encoded := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	quoted := strings.NewReplacer("ö", "=C3=B6", "ß", "=C3=9F", "token", "tok=\nen").Replace(text)
	for name, body := range map[string]string{
		"plain":            "\n" + text + "\n",
		"base64":           "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: base64\n\n" + encoded,
		"quoted-printable": "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: quoted-printable\n\n" + quoted,
		"two forms": "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>no</p>\n" +
			"--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n" + quoted + "\n--b--\n",
	} {
		t.Run(name, func(t *testing.T) {
			b := openInbox(t, clock.NewFake(start))
			b.Own("arun@bank.example", "arun")
			sendMail(t, b, "Subject: =?UTF-8?q?INC-7_Gr=C3=B6=C3=9Fe?=\nX-Mainstay-Kind: page\nX-Mainstay-Incident: INC-7, INC-8\n"+body, "arun@bank.example")
			a := only(t, b)
			if a.Channel != Mail || a.To != "arun" || a.Subject != "INC-7 Größe" || a.Text != text || a.Kind != "page" || a.Repeat ||
				!slices.Equal(a.Incidents, []string{"INC-7", "INC-8"}) || !slices.Equal(a.Links, []Link{{"INC-7", "http://desk/a/tok.en-1_2~3"}}) {
				t.Errorf("arrived %+v", a)
			}
		})
	}
}

func TestMailToSeveralArrivesAtEach(t *testing.T) {
	b := openInbox(t, clock.NewFake(start))
	b.Own("ada@bank.example", "ada")
	sendMail(t, b, "Subject: x\nX-Mainstay-Repeat: possible\n\ny\n", "ada@bank.example", "stranger@elsewhere.example")
	list := b.Arrivals()
	if len(list) != 2 || list[1].To != "ada" || list[0].To != "stranger@elsewhere.example" || !list[0].Repeat {
		t.Errorf("arrived %+v", list)
	}
}

func TestInboxKeepsTheNewestAndSaysWhenItChanges(t *testing.T) {
	c := clock.NewFake(start)
	changes := 0
	b := openInbox(t, c)
	b.Changed = func() { changes++ }
	for n := range remembered + 3 {
		c.Advance(time.Second)
		b.add(Arrival{Subject: fmt.Sprint(n)})
	}
	list := b.Arrivals()
	if len(list) != remembered || list[0].Number != remembered+3 || list[0].At != start.Add((remembered+3)*time.Second) {
		t.Errorf("%d are kept, the newest is %+v", len(list), list[0])
	}
	b.Clear()
	b.add(Arrival{})
	if a := only(t, b); a.Number != remembered+4 || changes != remembered+5 {
		t.Errorf("after clearing, number %d and %d changes", a.Number, changes)
	}
}
