package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"mainstay/internal/base/page"
)

// CheckStatus is how it stands with a check.
type CheckStatus struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Kind     string       `json:"kind"`
	Target   string       `json:"target"`
	State    string       `json:"state"` // ok degraded failed unknown waiting disabled
	Message  string       `json:"message"`
	Since    *time.Time   `json:"since"`
	Alerting bool         `json:"alerting"`
	Held     bool         `json:"held"`
	Severity int          `json:"severity"`
	Service  *string      `json:"service"`
	Places   []CheckPlace `json:"locations"`
}

// CheckPlace is a location of a check and its last result.
type CheckPlace struct {
	Name     string        `json:"name"`
	State    string        `json:"state"`
	Since    *time.Time    `json:"since"`
	At       *time.Time    `json:"at"`
	Result   string        `json:"result"`
	Message  string        `json:"message"`
	Seconds  float64       `json:"seconds"`
	Retrying int           `json:"retrying"`
	Figures  []CheckFigure `json:"figures"`
}

// CheckFigure is a number that was measured.
type CheckFigure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
}

// Checks lists how it stands with checks, by name.
func (c *Client) Checks(ctx context.Context, limit int, cursor string) (out page.List[CheckStatus], err error) {
	q := url.Values{}
	paging(q, limit, cursor)
	return out, c.call(ctx, http.MethodGet, path("check-status"), q, nil, &out)
}

// RunCheck makes a check at once and returns how it stands with it.
func (c *Client) RunCheck(ctx context.Context, name string) (out CheckStatus, err error) {
	return out, c.call(ctx, http.MethodPost, path("checks", name, "run"), nil, nil, &out)
}
