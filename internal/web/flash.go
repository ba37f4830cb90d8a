package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"

	"mainstay/internal/edge"
	"mainstay/internal/web/ui"
)

const (
	flashCookie = "mainstay_messages"
	maxFlash    = 3000 // bytes; browsers drop cookies over 4 KB
)

// keep hands messages to the page that comes next. The cookie is no secret and proves nothing:
// its text is shown to whoever sent it.
func keep(w http.ResponseWriter, r *http.Request, messages []ui.Flash) {
	for n := len(messages); n > 0; n-- {
		b, err := json.Marshal(messages[:n])
		value := base64.RawURLEncoding.EncodeToString(b)
		if err == nil && len(value) <= maxFlash {
			http.SetCookie(w, flash(r, value, 60))
			return
		}
	}
}

// kept takes the messages of the page before.
func (s *Site) kept(w http.ResponseWriter, r *http.Request) []ui.Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	http.SetCookie(w, flash(r, "", -1))
	var messages []ui.Flash
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || json.Unmarshal(b, &messages) != nil {
		return nil // somebody has written to the cookie; there is nothing to show
	}
	return messages
}

func flash(r *http.Request, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: flashCookie, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: edge.Secure(r.Context())}
}
