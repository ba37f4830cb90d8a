package client

import (
	"context"
	"net/http"
	"time"
)

// LogKeeping is what becomes of old log lines.
type LogKeeping struct {
	RetentionHours float64      `json:"retention_hours"`
	KeptHours      float64      `json:"kept_hours"`
	Bytes          int64        `json:"bytes"`
	Free           *int64       `json:"free"`
	Forecast       *LogForecast `json:"forecast"`

	Archive       string        `json:"archive"`
	Archived      []ArchivedDay `json:"archived"`
	Unreadable    []string      `json:"unreadable"`
	Due           []string      `json:"due"`
	Working       string        `json:"working"`
	Failing       string        `json:"failing"`
	Restored      []RestoredDay `json:"restored"`
	RestoredUntil *time.Time    `json:"restored_until"`
}

// LogForecast says when the disk is full; Full is nil when that is not foreseen.
type LogForecast struct {
	PerDay int64      `json:"per_day"`
	Full   *time.Time `json:"full"`
}

// ArchivedDay is a day of log lines in the archive.
type ArchivedDay struct {
	Day     string     `json:"day"`
	Class   string     `json:"class"`
	File    string     `json:"file"`
	Lines   int64      `json:"lines"`
	Packed  int64      `json:"packed_bytes"`
	SHA256  string     `json:"sha256"`
	Created time.Time  `json:"created"`
	Checked *time.Time `json:"checked"`
	Damage  string     `json:"damage"`
}

// RestoredDay is a day that was brought back, or will be.
type RestoredDay struct {
	Day     string `json:"day"`
	Class   string `json:"class"`
	Done    bool   `json:"done"`
	Lines   int64  `json:"lines"`
	Failure string `json:"failure"`
}

// LogKeeping returns what is kept and archived.
func (c *Client) LogKeeping(ctx context.Context) (out LogKeeping, err error) {
	return out, c.call(ctx, http.MethodGet, path("log-archive"), nil, nil, &out)
}

// RunLogArchive lets the server archive what is due; it does not wait for that.
func (c *Client) RunLogArchive(ctx context.Context) (out LogKeeping, err error) {
	return out, c.call(ctx, http.MethodPost, path("log-archive", "run"), nil, nil, &out)
}

// VerifyLogArchive lets the server read an archived day back; LogKeeping says what came of it.
func (c *Client) VerifyLogArchive(ctx context.Context, day string) (out LogKeeping, err error) {
	return out, c.call(ctx, http.MethodPost, path("log-archive", day, "verify"), nil, nil, &out)
}

// RestoreLogArchive lets the server bring a day back; LogKeeping says how far it is.
func (c *Client) RestoreLogArchive(ctx context.Context, day string, keep time.Duration) (out LogKeeping, err error) {
	in := struct {
		Keep string `json:"keep"`
	}{keep.String()}
	return out, c.call(ctx, http.MethodPost, path("log-archive", day, "restore"), nil, in, &out)
}
