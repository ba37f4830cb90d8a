package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

const maxMessage = 1 << 20 // bytes of a mail or webhook that are read

// hook is the body of a webhook, as far as a telephone shows it.
type hook struct {
	Kind     string `json:"kind"`
	Incident string `json:"incident"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Why      string `json:"why"`
	Repeat   bool   `json:"repeat"`
	AckURL   string `json:"ack_url"`
	// Incidents are listed by a message that stands for many.
	Incidents []struct {
		Incident string `json:"incident"`
		Title    string `json:"title"`
		AckURL   string `json:"ack_url"`
	} `json:"incidents"`
}

// receiveHook takes a webhook.
func (b *Inbox) receiveHook(w http.ResponseWriter, r *http.Request) {
	if b.isDead() {
		panic(http.ErrAbortHandler) // the connection breaks: the desk cannot know what has arrived
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		http.Error(w, "the message was cut off or is too long", http.StatusBadRequest)
		return
	}
	var m hook
	if err := json.Unmarshal(body, &m); err != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	b.add(Arrival{
		Channel: Telephone, To: strings.Trim(r.URL.Path, "/"), Kind: m.Kind, Subject: m.Title, Text: m.text(), Why: m.Why,
		Incidents: m.keys(), Links: m.links(), Repeat: m.Repeat,
		Signed: hmac.Equal([]byte(signature(b.Secret, body)), []byte(r.Header.Get("X-Mainstay-Signature"))),
	})
}

// signature is what the desk sends beside a body that it has signed with the secret.
func signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// text is what the message says; one that stands for many lists them.
func (m hook) text() string {
	if len(m.Incidents) == 0 {
		return m.Text
	}
	lines := make([]string, len(m.Incidents))
	for i, one := range m.Incidents {
		lines[i] = strings.TrimSpace(one.Incident + " " + one.Title)
	}
	return strings.Join(lines, "\n")
}

func (m hook) keys() (out []string) {
	if m.Incident != "" && len(m.Incidents) == 0 {
		return []string{m.Incident}
	}
	for _, one := range m.Incidents {
		if one.Incident != "" {
			out = append(out, one.Incident)
		}
	}
	return out
}

func (m hook) links() (out []Link) {
	if m.AckURL != "" && len(m.Incidents) == 0 {
		return []Link{{m.Incident, m.AckURL}}
	}
	for _, one := range m.Incidents {
		if one.AckURL != "" {
			out = append(out, Link{one.Incident, one.AckURL})
		}
	}
	return out
}
