package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/engine/ledger"
)

func (a *API) system() {
	add(a, get("/system", "", "Get the version of the server, and what time it is there"), a.about)
	add(a, get("/system/ledger", people.SystemRead, "Check that no event was changed, added or removed"), a.verifyLedger)
	add(a, get("/system/findings", people.SystemRead, "List the broken promises that the auditor has found"), a.findings)
	a.raw(post("/system/backup", people.SystemWrite, "Download a backup of the running server"), describeBackup, a.backup)
}

// About is the server.
type About struct {
	Version string    `json:"version"`
	Now     time.Time `json:"now" doc:"The server's time."`
}

func (a *API) about(context.Context, actor.Actor, *struct{}) (About, error) {
	return About{a.Version, a.Clock.Now()}, nil
}

// Ledger is what the check of the ledger found.
type Ledger struct {
	Events   int64    `json:"events"`
	Erased   int64    `json:"erased" doc:"Events whose content was erased; the seals hold all the same."`
	Unplaced int64    `json:"unplaced" doc:"Events that wait for their position: normal while the server runs."`
	Seals    int64    `json:"seals"`
	HeadHash string   `json:"head_hash" doc:"Of the last seal: compare it with one that left the system."`
	Problems []string `json:"problems" doc:"Empty when the ledger is whole."`
}

type verifyQuery struct {
	Kept []string `query:"kept,explode" doc:"Seals that were kept outside, as POSITION:HASH, to compare with."`
}

func (a *API) verifyLedger(ctx context.Context, by actor.Actor, in *verifyQuery) (Ledger, error) {
	if err := people.Allow(by, people.SystemRead, people.Target{}); err != nil {
		return Ledger{}, err
	}
	kept, err := ledger.ParseKept(in.Kept)
	if err != nil {
		return Ledger{}, err
	}
	r, err := a.Verify(ctx, kept...)
	if err != nil {
		return Ledger{}, err
	}
	return Ledger{r.Events, r.Erased, r.Unplaced, r.Seals, r.HeadHash, orEmpty(r.Problems)}, nil
}

// Finding is one broken promise.
type Finding struct {
	Invariant int    `json:"invariant" doc:"Its number in ARCHITECTURE.md; 0 for the machinery."`
	Subject   string `json:"subject"`
	Text      string `json:"text" doc:"What is wrong and what to do."`
	Late      bool   `json:"late" doc:"Work is behind, nothing is lost."`
}

// Findings is what the auditor found when it last looked.
type Findings struct {
	Checked *time.Time `json:"checked" doc:"Null before the first look."`
	Items   []Finding  `json:"items"`
	Next    *string    `json:"next"`
}

func (a *API) findings(_ context.Context, by actor.Actor, _ *struct{}) (Findings, error) {
	if err := people.Allow(by, people.SystemRead, people.Target{}); err != nil {
		return Findings{}, err
	}
	list, checked := a.Findings()
	return Findings{Checked: instant(checked), Items: orEmpty(list)}, nil
}

func describeBackup(op *huma.Operation) {
	op.Parameters = []*huma.Param{{Name: "without_key", In: "query", Schema: &huma.Schema{Type: "boolean"},
		Description: "Leave the key file out; without it the stored secrets cannot be read."}}
	op.Responses = map[string]*huma.Response{"200": {Description: "A gzipped tar, whose last file is its manifest.",
		Content: map[string]*huma.MediaType{"application/gzip": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}}}
}

// backup streams. Once it has begun an error can only be shown by cutting the answer off.
func (a *API) backup(w http.ResponseWriter, r *http.Request) {
	by := edge.Actor(r.Context())
	if err := people.Allow(by, people.SystemWrite, people.Target{}); err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Content-Disposition", `attachment; filename="mainstay-`+a.Clock.Now().Format("20060102-150405")+`.tar.gz"`)
	out := &counting{Writer: w}
	err := a.Backup(r.Context(), by, out, r.URL.Query().Get("without_key") != "true")
	if err == nil {
		a.Log.InfoContext(r.Context(), "backup sent", "request", edge.RequestID(r.Context()), "to", by.Name, "bytes", out.n)
		return
	}
	if out.n == 0 {
		w.Header().Del("Content-Disposition")
		a.fail(w, r, err)
		return
	}
	a.Log.ErrorContext(r.Context(), "backup cut off", "request", edge.RequestID(r.Context()), "err", err)
	panic(http.ErrAbortHandler)
}

// counting tells whether anything has been written.
type counting struct {
	io.Writer
	n int64
}

func (c *counting) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n += int64(n)
	return n, err
}
