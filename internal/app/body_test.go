package app_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"mainstay/internal/apptest"
)

// stuck is a body whose rest does not come in time. A connection that cannot be read ends the
// context of its request.
type stuck struct {
	begin io.Reader
	end   context.CancelFunc
}

func (s stuck) Read(b []byte) (int, error) {
	n, err := s.begin.Read(b)
	if err != nil {
		s.end()
		return n, os.ErrDeadlineExceeded
	}
	return n, nil
}

type endless struct{ begin io.Reader }

func (e endless) Read(b []byte) (int, error) {
	if n, err := e.begin.Read(b); err == nil {
		return n, nil
	}
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

// Whatever reads a body ends when it is too large, and when it does not arrive.
func TestEveryBodyIsBounded(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.Alert("payments", "QueueDepth", "critical")
	const upload = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
	for _, c := range []struct{ path, kind, begin string }{
		{"/api/v1/incidents", "application/json", `{"title":"`},
		{"/api/v1/config/apply", "application/json", `{"documents":[{"text":"`},
		{"/api/v1/config/apply", "application/yaml", "title: "},
		{"/api/v1/incidents/INC-1/attachments", "multipart/form-data; boundary=x", upload},
		{"/api/v2/alerts", "application/json", `[{"labels":{"a":"`},
		{"/login", "application/x-www-form-urlencoded", "login="},
		{"/login", "multipart/form-data; boundary=x", upload},
		{"/setup", "application/x-www-form-urlencoded", "code="},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		for want, body := range map[int]io.Reader{
			http.StatusRequestTimeout:        stuck{strings.NewReader(c.begin), cancel},
			http.StatusRequestEntityTooLarge: endless{strings.NewReader(c.begin)},
		} {
			ctx, text := ctx, "took too long to arrive"
			if want != http.StatusRequestTimeout {
				ctx, text = t.Context(), "larger than"
			}
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, c.path, body)
			r.ContentLength = -1
			r.Header.Set("Content-Type", c.kind)
			if strings.HasPrefix(c.path, "/api/") {
				r.Header.Set("Authorization", "Bearer "+apptest.Token)
			}
			w := httptest.NewRecorder()
			d.Handler().ServeHTTP(w, r)
			said := w.Body.String()
			if (w.Code != want || !strings.Contains(said, text)) && !strings.Contains(said, "the file is too large") {
				t.Errorf("%s as %s: %d, want %d: %.200s", c.path, c.kind, w.Code, want, said)
			}
		}
		cancel()
	}
}
