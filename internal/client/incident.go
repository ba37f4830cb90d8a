package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mainstay/internal/base/page"
)

// Incident is an incident as the API shows it. Times are UTC; nil ones have not come.
type Incident struct {
	Key            string     `json:"key"`
	Title          string     `json:"title"`
	Description    string     `json:"description"`
	Status         string     `json:"status"`
	Severity       int        `json:"severity"`
	Service        string     `json:"service"`
	Assignee       *string    `json:"assignee"`
	Detected       time.Time  `json:"detected"`
	Opened         time.Time  `json:"opened"`
	Acknowledged   *time.Time `json:"acknowledged"`
	AcknowledgedBy *string    `json:"acknowledged_by"`
	SnoozedUntil   *time.Time `json:"snoozed_until"`
	Restored       *time.Time `json:"restored"`
	Closed         *time.Time `json:"closed"`
	MergedInto     *string    `json:"merged_into"`
	URL            string     `json:"url"`
	Version        int64      `json:"version"`
}

// IncidentFilter narrows a list of incidents; zero fields do not.
type IncidentFilter struct {
	Status   []string
	Severity []string
	Service  string
	Assignee string
	Words    string
	Active   bool
	Newest   bool // newest first instead of worst first
	Limit    int
	Cursor   string
}

func (f IncidentFilter) query() url.Values {
	q := url.Values{}
	for _, s := range f.Status {
		q.Add("status", s)
	}
	for _, s := range f.Severity {
		q.Add("severity", s)
	}
	set(q, "service", f.Service)
	set(q, "assignee", f.Assignee)
	set(q, "q", f.Words)
	if f.Active {
		q.Set("active", "true")
	}
	if f.Newest {
		q.Set("sort", "newest")
	}
	paging(q, f.Limit, f.Cursor)
	return q
}

func set(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

func paging(q url.Values, limit int, cursor string) {
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	set(q, "cursor", cursor)
}

// Incidents lists incidents, the worst first.
func (c *Client) Incidents(ctx context.Context, f IncidentFilter) (out page.List[Incident], err error) {
	return out, c.call(ctx, http.MethodGet, path("incidents"), f.query(), nil, &out)
}

// Incident returns one incident.
func (c *Client) Incident(ctx context.Context, key string) (out Incident, err error) {
	return out, c.call(ctx, http.MethodGet, path("incidents", key), nil, nil, &out)
}

// Opening is an incident that a person opens.
type Opening struct {
	Service     string     `json:"service"`
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	Severity    int        `json:"severity"`
	Detected    *time.Time `json:"detected,omitempty"`
}

// Open opens an incident.
func (c *Client) Open(ctx context.Context, in Opening) (out Incident, err error) {
	return out, c.call(ctx, http.MethodPost, path("incidents"), nil, in, &out)
}

// reason is the body of acts that may say why.
type reason struct {
	Reason string `json:"reason,omitempty"`
}

func (c *Client) act(ctx context.Context, key, act string, in any) (out Incident, err error) {
	return out, c.call(ctx, http.MethodPost, path("incidents", key, act), nil, in, &out)
}

// Acknowledge says that the caller has the incident in hand.
func (c *Client) Acknowledge(ctx context.Context, key string) (Incident, error) {
	return c.act(ctx, key, "acknowledge", nil)
}

// Investigate says that work has begun.
func (c *Client) Investigate(ctx context.Context, key string) (Incident, error) {
	return c.act(ctx, key, "investigate", nil)
}

// Restoration is an incident that was restored, and what speaks against it.
type Restoration struct {
	Incident
	StillFiring []string   `json:"still_firing"` // titles of its alerts that still fire
	Reopens     *time.Time `json:"reopens"`      // when it is reopened if one of them still fires then
}

// Restore says that users can do their business again; why may be empty. With alertsEnded its
// alerts are over too.
func (c *Client) Restore(ctx context.Context, key, why string, alertsEnded bool) (out Restoration, err error) {
	in := struct {
		Reason      string `json:"reason,omitempty"`
		AlertsEnded bool   `json:"alerts_ended,omitempty"`
	}{why, alertsEnded}
	return out, c.call(ctx, http.MethodPost, path("incidents", key, "restore"), nil, in, &out)
}

// Close says that the paperwork is done.
func (c *Client) Close(ctx context.Context, key string) (Incident, error) {
	return c.act(ctx, key, "close", nil)
}

// Reopen takes a restored or closed incident up again.
func (c *Client) Reopen(ctx context.Context, key, why string) (Incident, error) {
	return c.act(ctx, key, "reopen", reason{why})
}

// Comment adds a note to the timeline; at is when it happened, zero for now.
func (c *Client) Comment(ctx context.Context, key, text string, at time.Time) (Incident, error) {
	return c.act(ctx, key, "comments", struct {
		Text string    `json:"text"`
		At   time.Time `json:"at,omitzero"`
	}{text, at})
}

// Target names whom to page; at most one field is set.
type Target struct {
	Person string `json:"person,omitempty"`
	Roster string `json:"roster,omitempty"`
	Team   string `json:"team,omitempty"`
	Level  string `json:"level,omitempty"`
}

// Escalate asks for help now: the next step of the clock when to is nil.
func (c *Client) Escalate(ctx context.Context, key string, to *Target, why string) (Incident, error) {
	return c.act(ctx, key, "escalate", struct {
		To     *Target `json:"to,omitempty"`
		Reason string  `json:"reason,omitempty"`
	}{to, why})
}

// Event is one entry of a timeline.
type Event struct {
	At      time.Time       `json:"at"`
	Entered *time.Time      `json:"entered"` // of what was written down later
	Kind    string          `json:"kind"`
	Actor   string          `json:"actor"`
	Record  string          `json:"record"`
	Text    string          `json:"text"` // a sentence
	Details json.RawMessage `json:"details"`
}

// Timeline returns all that happened to an incident, oldest first.
func (c *Client) Timeline(ctx context.Context, key string) ([]Event, error) {
	var out page.List[Event]
	err := c.call(ctx, http.MethodGet, path("incidents", key, "timeline"), nil, nil, &out)
	return out.Items, err
}
