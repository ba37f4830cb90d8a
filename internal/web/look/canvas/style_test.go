package canvas_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/internal/web/look/canvas"
	"mainstay/internal/web/ui"
)

// The file that people download and the page must not drift apart.
func TestTheFileLooksLikeThePage(t *testing.T) {
	w := httptest.NewRecorder()
	ui.Static().ServeHTTP(w, httptest.NewRequest(http.MethodGet, ui.Asset("app.css"), nil))
	sheet := strings.Join(strings.Fields(w.Body.String()), "")
	for line := range strings.SplitSeq(strings.TrimSpace(canvas.Style), "\n") {
		if !strings.Contains(sheet, strings.Join(strings.Fields(line), "")) {
			t.Errorf("the style sheet has no %s", line)
		}
	}
}
