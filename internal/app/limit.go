package app

import (
	"net/http"
	"strings"

	"mainstay/internal/api"
	"mainstay/internal/config"
	"mainstay/internal/ingest/receive"
)

// formOverhead is what a form or JSON puts around what it carries, in bytes.
const formOverhead = 1 << 20

// bodyLimit is how large the body of a request may be, in bytes; 0 leaves it to edge.
func (a *App) bodyLimit(r *http.Request) int64 {
	switch {
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/attachments"):
		return a.files.Limit() + formOverhead
	case api.ReceivesFiles(r):
		return api.MaxSent
	case strings.HasSuffix(r.URL.Path, "/config/apply"), strings.HasPrefix(r.URL.Path, "/admin/configuration/"):
		return config.MaxBytes + formOverhead
	case r.URL.Path == "/logs/upload":
		return receive.MaxBody + formOverhead
	}
	return receive.BodyLimit(r.URL.Path)
}
