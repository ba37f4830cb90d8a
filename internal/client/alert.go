package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"mainstay/internal/base/page"
)

// PostableAlert is an alert as the Alertmanager API v2 takes it.
type PostableAlert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	StartsAt     *time.Time        `json:"startsAt,omitempty"`
	EndsAt       *time.Time        `json:"endsAt,omitempty"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// SendAlerts sends alerts the way Prometheus does; without an error all of them are safe.
func (c *Client) SendAlerts(ctx context.Context, alerts []PostableAlert) error {
	return c.call(ctx, http.MethodPost, "/api/v2/alerts", nil, alerts, nil)
}

// Alert is one firing of an alert as the API shows it.
type Alert struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Title     string            `json:"title"`
	State     string            `json:"state"`
	Severity  int               `json:"severity"`
	Service   string            `json:"service"`
	Component *string           `json:"component"`
	Incident  *string           `json:"incident"`
	Labels    map[string]string `json:"labels"`
	Starts    time.Time         `json:"starts"`
	Ends      *time.Time        `json:"ends"`
	Received  time.Time         `json:"received"`
	Count     int64             `json:"count"`
	Verdict   *string           `json:"verdict"`
}

// AlertFilter narrows a list of alerts; zero fields do not.
type AlertFilter struct {
	State   string
	Service string
	Words   string
	Active  bool
	Limit   int
	Cursor  string
}

// Alerts lists alerts, those that started last first.
func (c *Client) Alerts(ctx context.Context, f AlertFilter) (out page.List[Alert], err error) {
	q := url.Values{}
	set(q, "state", f.State)
	set(q, "service", f.Service)
	set(q, "q", f.Words)
	if f.Active {
		q.Set("active", "true")
	}
	paging(q, f.Limit, f.Cursor)
	return out, c.call(ctx, http.MethodGet, path("alerts"), q, nil, &out)
}
