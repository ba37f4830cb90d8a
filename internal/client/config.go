package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
)

// Document is one YAML file of configuration as code.
type Document struct {
	File string `json:"file"`
	Text string `json:"text"`
}

type documents struct {
	Documents []Document `json:"documents"`
}

// Apply makes the desk be as the documents say, or only says what would change. What it
// answers is the diff as the server writes it.
func (c *Client) Apply(ctx context.Context, list []Document, dryRun bool) (diff json.RawMessage, err error) {
	q := url.Values{}
	if dryRun {
		q.Set("dry_run", "true")
	}
	return diff, c.call(ctx, http.MethodPost, path("config", "apply"), q, documents{list}, &diff)
}

// Export returns everything as documents, one file for each kind.
func (c *Client) Export(ctx context.Context) ([]Document, error) {
	var out documents
	err := c.call(ctx, http.MethodGet, path("config", "export"), nil, nil, &out)
	return out.Documents, err
}

// Schema returns the JSON Schema of the documents.
func (c *Client) Schema(ctx context.Context) (schema json.RawMessage, err error) {
	return schema, c.call(ctx, http.MethodGet, path("config", "schema"), nil, nil, &schema)
}

// Backup writes a backup of the running server to w. It ends when its context does. What
// was written before an error is of no use.
func (c *Client) Backup(ctx context.Context, w io.Writer, withKey bool) error {
	q := url.Values{}
	if !withKey {
		q.Set("without_key", "true")
	}
	answer, err := c.send(ctx, http.MethodPost, path("system", "backup"), q, "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(w, answer.Body)
	return c.cutOff(err)
}

// Ledger is what the check of the ledger found.
type Ledger struct {
	Events   int64    `json:"events"`
	Erased   int64    `json:"erased"`
	Unplaced int64    `json:"unplaced"`
	Seals    int64    `json:"seals"`
	HeadHash string   `json:"head_hash"`
	Problems []string `json:"problems"`
}

// VerifyLedger lets the server check its whole ledger, and compare it with seals that were
// kept outside, each as POSITION:HASH.
func (c *Client) VerifyLedger(ctx context.Context, kept ...string) (out Ledger, err error) {
	return out, c.call(ctx, http.MethodGet, path("system", "ledger"), url.Values{"kept": kept}, nil, &out)
}
