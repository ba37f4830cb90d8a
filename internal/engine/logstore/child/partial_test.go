package child

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAnAnswerThatFailsMidwayIsBrokenOff: whoever reads it must not take the part for the whole, nor the
// error's text for a row.
func TestAnAnswerThatFailsMidwayIsBrokenOff(t *testing.T) {
	for name, rows := range map[string]int{"after rows": 1000, "before any row": 0} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
				w := &wholly{ResponseWriter: plain}
				defer w.end()
				for range rows {
					_, _ = io.WriteString(w, `{"_msg":"a line of some length, so that the buffers fill"}`+"\n")
				}
				w.Flush()
				http.Error(w, "a node is gone", http.StatusServiceUnavailable)
			}))
			defer s.Close()
			resp, err := http.Get(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if whole := err == nil && resp.StatusCode == http.StatusOK; whole {
				t.Errorf("the answer looks whole: %d bytes", len(body))
			}
			if rows > 0 && strings.Contains(string(body), "gone") {
				t.Errorf("the error stands between the rows: %s", body[len(body)-200:])
			}
		})
	}
}
