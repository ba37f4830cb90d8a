package app_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/edge"
)

// post sends a body as it is, without waiting for what a test would say to its answer.
func post(t *testing.T, d *apptest.Desk, path, contentType string, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.Addr()+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+apptest.Token)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func TestAttachmentsAndConfigurationMayBeLargerThanOtherRequests(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.Alert("payments", "QueueDepth", "critical")

	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "heap.dump")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(make([]byte, 2*edge.DefaultBody))
	_ = w.Close()
	if got := post(t, d, "/api/v1/incidents/INC-1/attachments", w.FormDataContentType(), form.Bytes()); got != http.StatusCreated {
		t.Errorf("attachment: %d", got)
	}
	large := []byte("kind: Team\nname: night\nlevel: L1\n" + strings.Repeat("# a long comment\n", edge.DefaultBody/16-20_000))
	if got := post(t, d, "/api/v1/config/apply", "application/yaml", large); got != http.StatusOK {
		t.Errorf("configuration: %d", got)
	}
	if got := post(t, d, "/api/v1/incidents", "application/json", large); got != http.StatusRequestEntityTooLarge {
		t.Errorf("other request: %d", got)
	}
}
