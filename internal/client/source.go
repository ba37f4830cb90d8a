package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
)

// Source is a sender of log lines.
type Source struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Service     string `json:"service"`
	Environment string `json:"environment"`
	Parse       string `json:"parse"`
	DailyLimit  string `json:"daily_limit"`
	Priority    string `json:"priority"`
}

// SourceKey is a key with which lines are sent; its secret is shown only by CreateSourceKey.
type SourceKey struct {
	ID      string     `json:"id"`
	Label   string     `json:"label"`
	Hint    string     `json:"hint"`
	Creator string     `json:"creator"`
	Created time.Time  `json:"created"`
	Used    *time.Time `json:"used"`
	Revoked *time.Time `json:"revoked"`
	Secret  string     `json:"secret,omitempty"`
}

// Sources lists sources by name.
func (c *Client) Sources(ctx context.Context, limit int, cursor string) (out page.List[Source], err error) {
	q := url.Values{}
	paging(q, limit, cursor)
	return out, c.call(ctx, http.MethodGet, path("sources"), q, nil, &out)
}

// SourceKeys lists the keys of a source, the newest first.
func (c *Client) SourceKeys(ctx context.Context, source string) (out page.List[SourceKey], err error) {
	return out, c.call(ctx, http.MethodGet, path("sources", source, "keys"), nil, nil, &out)
}

// CreateSourceKey makes a key; Secret is in the answer and never shown again.
func (c *Client) CreateSourceKey(ctx context.Context, source, label string) (out SourceKey, err error) {
	in := struct {
		Label string `json:"label"`
	}{label}
	return out, c.call(ctx, http.MethodPost, path("sources", source, "keys"), nil, in, &out)
}

// RevokeSourceKey ends a key within seconds.
func (c *Client) RevokeSourceKey(ctx context.Context, source, id string) error {
	return c.call(ctx, http.MethodDelete, path("sources", source, "keys", id), nil, nil, nil)
}

// Upload is a text whose lines are to be stored.
type Upload struct {
	Source string // name, "" for the direct one or that of the key
	Format string // as the docs name them, "" to find it out
	Zone   string // IANA zone of times without one
	// Past says that these are lines of the past, which log rules leave alone.
	Past bool
	// Body is text, or packed with gzip or zstd as a file is.
	Body io.Reader
}

// Uploaded is what became of an upload.
type Uploaded struct {
	Taken         int        `json:"taken"` // lines that are safe
	Format        string     `json:"format"`
	Unparsed      []Unparsed `json:"unparsed"` // the first of them
	UnparsedCount int        `json:"unparsed_count"`
	// Misdated lines are stored under the time of arrival, for the reason TimeError.
	Misdated  int64  `json:"misdated"`
	TimeError string `json:"time_error"`
	// First and Last are the times under which the lines are stored, RFC 3339; Query finds them.
	First string `json:"first"`
	Last  string `json:"last"`
	Query string `json:"query"`
	Error string `json:"error"`
}

// Unparsed is a line that was kept whole.
type Unparsed struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

// UploadLines stores the lines of a text. It ends when its context does. With an error, Taken lines
// from the first on are safe all the same.
func (c *Client) UploadLines(ctx context.Context, u Upload) (out Uploaded, err error) {
	q := url.Values{}
	set(q, "source", u.Source)
	set(q, "format", u.Format)
	set(q, "zone", u.Zone)
	if u.Past {
		q.Set("past", "true")
	}
	to := c.base.JoinPath("/insert/text")
	to.RawQuery = q.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), u.Body)
	if err != nil {
		return out, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "text/plain")
	answer, err := c.http.Do(r)
	if err != nil {
		return out, c.unreachable(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxProblem))
	if err != nil {
		return out, c.cutOff(err)
	}
	if failed := json.Unmarshal(body, &out); failed != nil && answer.StatusCode < http.StatusMultipleChoices {
		return out, c.cutOff(failed)
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		return out, &errs.E{Kind: kindOf(answer.StatusCode), Message: refusal(out.Error, answer.Status)}
	}
	return out, nil
}

func refusal(said, status string) string {
	if said == "" {
		return "the server answered " + status
	}
	return said
}

// LogQuery is a question about stored lines, in LogsQL.
type LogQuery struct {
	Query      string
	Start, End string // RFC 3339, or back from now: 1h, 2d
	Limit      string
}

// QueryLogs writes the lines that answer a question to w as they come, one JSON object each. It
// ends when its context does.
func (c *Client) QueryLogs(ctx context.Context, in LogQuery, w io.Writer) error {
	q := url.Values{"query": {in.Query}}
	set(q, "start", in.Start)
	set(q, "end", in.End)
	set(q, "limit", in.Limit)
	return c.stream(ctx, "/select/logsql/query", q, w)
}

// TailLogs writes lines that match a query to w as they arrive, until its context ends.
func (c *Client) TailLogs(ctx context.Context, query string, w io.Writer) error {
	err := c.stream(ctx, "/select/logsql/tail", url.Values{"query": {query}}, w)
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	return err
}

func (c *Client) stream(ctx context.Context, at string, q url.Values, w io.Writer) error {
	answer, err := c.send(ctx, http.MethodGet, at, q, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(w, answer.Body)
	return c.cutOff(err)
}
