package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"mainstay/internal/base/page"
)

// Host is a machine whose files are known.
type Host struct {
	Name         string     `json:"name"`
	Heard        *time.Time `json:"heard"`
	Silent       bool       `json:"silent"`
	Files        int64      `json:"files"`
	ChangesInDay int64      `json:"changes_in_day"`
	Roots        []HostRoot `json:"roots"`
}

// HostRoot is a directory of a host.
type HostRoot struct {
	Path     string     `json:"path"`
	Files    int64      `json:"files"`
	Bytes    int64      `json:"bytes"`
	Taken    *time.Time `json:"taken"`
	Received *time.Time `json:"received"`
	Changed  *time.Time `json:"changed"`
	Sender   string     `json:"sender"`
	Silent   bool       `json:"silent"`
}

// HostFile is a file or a link on a host.
type HostFile struct {
	Root     string     `json:"root"`
	Path     string     `json:"path"`
	SHA256   *string    `json:"sha256"`
	Size     int64      `json:"size"`
	Mode     string     `json:"mode"`
	Owner    string     `json:"owner"`
	Modified *time.Time `json:"modified"`
}

// Hosts lists the hosts whose name contains the words, silent ones first.
func (c *Client) Hosts(ctx context.Context, words string) ([]Host, error) {
	var out page.List[Host]
	q := url.Values{}
	set(q, "q", words)
	err := c.call(ctx, http.MethodGet, path("hosts"), q, nil, &out)
	return out.Items, err
}

// HostFilter narrows the files of a host; zero fields do not.
type HostFilter struct {
	Root, Words string
	Limit       int
	Cursor      string
}

// HostFiles lists the files of a host by root and path.
func (c *Client) HostFiles(ctx context.Context, host string, f HostFilter) (out page.List[HostFile], err error) {
	q := url.Values{}
	set(q, "root", f.Root)
	set(q, "q", f.Words)
	paging(q, f.Limit, f.Cursor)
	return out, c.call(ctx, http.MethodGet, path("hosts", host, "files"), q, nil, &out)
}

// RollReport is a code roll and how it stands with its hosts.
type RollReport struct {
	Name     string         `json:"name"`
	Service  *string        `json:"service"`
	Root     string         `json:"root"`
	Files    int64          `json:"files"`
	Since    time.Time      `json:"since"`
	URL      string         `json:"url"`
	Sentence string         `json:"sentence"`
	Done     bool           `json:"done"`
	Counts   map[string]int `json:"counts"` // hosts by state
	Standing []RollHost     `json:"standing"`
}

// RollHost is how a code roll stands with one host.
type RollHost struct {
	Number  int        `json:"number"`
	Host    string     `json:"host"`
	State   string     `json:"state"` // unknown old missing edited extra current
	Old     int        `json:"old"`
	Missing int        `json:"missing"`
	Edited  int        `json:"edited"`
	Extra   int        `json:"extra"`
	Taken   *time.Time `json:"taken"`
	Files   []RollFile `json:"files"` // the first that are not as they should be
	Cut     bool       `json:"cut"`
}

// RollFile is a file that is not as the manifest of a roll says.
type RollFile struct {
	Path     string     `json:"path"`
	State    string     `json:"state"` // old missing edited extra
	Want     *string    `json:"want"`
	SHA256   *string    `json:"sha256"`
	Owner    string     `json:"owner"`
	Modified *time.Time `json:"modified"`
}

// Roll says how it stands with a code roll.
func (c *Client) Roll(ctx context.Context, name string) (out RollReport, err error) {
	return out, c.call(ctx, http.MethodGet, path("rolls", name), nil, nil, &out)
}
