package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"mainstay/internal/base/page"
)

// Duty is one person being on call.
type Duty struct {
	Login    string     `json:"login"`
	Name     string     `json:"name"`
	Why      string     `json:"why"` // layer override fallback
	Layer    *string    `json:"layer"`
	Override *string    `json:"override"`
	Since    *time.Time `json:"since"`
	Until    *time.Time `json:"until"`
}

// OnCall is how it stands with a roster now.
type OnCall struct {
	Roster string     `json:"roster"`
	Title  string     `json:"title"`
	Team   *string    `json:"team"`
	State  string     `json:"state"` // covered fallback nobody gap
	People []Duty     `json:"people"`
	Next   *time.Time `json:"next"`
}

// OnCall says who is on call now, by roster.
func (c *Client) OnCall(ctx context.Context) ([]OnCall, error) {
	var out page.List[OnCall]
	err := c.call(ctx, http.MethodGet, path("oncall"), nil, nil, &out)
	return out.Items, err
}

// Coverage is when nobody is on call on a roster.
type Coverage struct {
	Roster string   `json:"roster"`
	Report []string `json:"report"` // the holes in sentences
	Holes  []Hole   `json:"holes"`
}

// Hole is a stretch of time in which no layer and no override has anybody.
type Hole struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	State   string    `json:"state"` // gap fallback nobody
	People  []string  `json:"people"`
	Endless bool      `json:"endless"`
}

// Gaps lists when nobody is on call in the next 60 days, by roster; for all of them when no
// roster is named.
func (c *Client) Gaps(ctx context.Context, roster string) ([]Coverage, error) {
	if roster != "" {
		var one Coverage
		err := c.call(ctx, http.MethodGet, path("rosters", roster, "gaps"), nil, nil, &one)
		return []Coverage{one}, err
	}
	var out page.List[Coverage]
	err := c.call(ctx, http.MethodGet, path("oncall", "gaps"), nil, nil, &out)
	return out.Items, err
}

// Timetable is the plan of a roster for some time.
type Timetable struct {
	Roster    string     `json:"roster"`
	Zone      string     `json:"zone"`
	Shifts    []Shift    `json:"shifts"`
	Overrides []Override `json:"overrides"`
}

// Shift is a stretch of time during which nothing changes.
type Shift struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	State  string    `json:"state"`
	People []Duty    `json:"people"`
}

// Override is a change of a roster for a while.
type Override struct {
	ID       string    `json:"id"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Login    string    `json:"login"`
	Replaces *string   `json:"replaces"`
	Note     string    `json:"note"`
	Creator  string    `json:"creator"`
	Created  time.Time `json:"created"`
}

// Schedule returns the plan of a roster; a zero from means now, a zero to a week later.
func (c *Client) Schedule(ctx context.Context, roster string, from, to time.Time) (out Timetable, err error) {
	q := url.Values{}
	if !from.IsZero() {
		q.Set("from", from.Format(time.RFC3339))
	}
	if !to.IsZero() {
		q.Set("to", to.Format(time.RFC3339))
	}
	return out, c.call(ctx, http.MethodGet, path("rosters", roster, "schedule"), q, nil, &out)
}
