package client

import (
	"context"
	"net/http"
	"time"
)

// System is the server.
type System struct {
	Version string    `json:"version"`
	Now     time.Time `json:"now"`
}

// System returns the version of the server and what time it is there.
func (c *Client) System(ctx context.Context) (out System, err error) {
	return out, c.call(ctx, http.MethodGet, path("system"), nil, nil, &out)
}
