package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"mainstay/internal/base/page"
)

// RuleStatus is how it stands with a log rule.
type RuleStatus struct {
	Name     string     `json:"name"`
	Title    string     `json:"title"`
	State    string     `json:"state"` // watching firing disabled broken blind
	Why      string     `json:"why"`
	Severity int        `json:"severity"`
	Service  *string    `json:"service"`
	Active   int64      `json:"active"`
	Groups   int64      `json:"groups"`
	Dropped  int64      `json:"dropped"`
	Fired    *time.Time `json:"fired"`
	Today    int64      `json:"today"`
	Firings  int64      `json:"firings"`
	Skipped  int64      `json:"skipped"`
	Trouble  string     `json:"trouble"`
}

// Rules lists how it stands with log rules, by name.
func (c *Client) Rules(ctx context.Context, limit int, cursor string) (out page.List[RuleStatus], err error) {
	q := url.Values{}
	paging(q, limit, cursor)
	return out, c.call(ctx, http.MethodGet, path("rule-status"), q, nil, &out)
}

// RulePreview is how a log rule would have fired.
type RulePreview struct {
	From    time.Time    `json:"from"`
	To      time.Time    `json:"to"`
	Matches int64        `json:"matches"`
	Looked  int          `json:"looked"`
	Fired   int          `json:"fired"`
	Groups  int          `json:"groups"`
	Firings []RuleFiring `json:"firings"`
	Note    string       `json:"note"`
}

// RuleFiring is a firing that would have been.
type RuleFiring struct {
	At      time.Time  `json:"at"`
	Until   *time.Time `json:"until"`
	Group   []string   `json:"group"`
	Service *string    `json:"service"`
	Count   int64      `json:"count"`
	Why     string     `json:"why"`
	Line    string     `json:"line"`
}

// PreviewRule says how a rule, in the fields of its document, would have fired over stored lines;
// a zero to is now, a zero from a day before.
func (c *Client) PreviewRule(ctx context.Context, rule json.RawMessage, from, to time.Time) (out RulePreview, err error) {
	in := struct {
		Rule json.RawMessage `json:"rule"`
		From time.Time       `json:"from,omitzero"`
		To   time.Time       `json:"to,omitzero"`
	}{rule, from, to}
	return out, c.call(ctx, http.MethodPost, path("rules", "preview"), nil, in, &out)
}
