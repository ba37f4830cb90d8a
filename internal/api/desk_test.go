package api_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
)

// each plays a test on a desk with the example bank, on every database.
func each(t *testing.T, play func(*testing.T, *apptest.Desk)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank(t))
		play(t, d)
	})
}

// desk is one desk with the example bank.
func desk(t *testing.T) *apptest.Desk {
	t.Helper()
	d := apptest.Open(t, "sqlite")
	d.Apply(bank(t))
	return d
}

func bank(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../../examples/bank/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no example: %v", err)
	}
	text := ""
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text += "---\n" + string(b)
	}
	return text
}

// item is what tests look at of whatever a list holds.
type item struct {
	Key, Name, ID, Status, Title string
	Severity                     int
	Incident, Assignee           *string
}

type list struct {
	Items []item
	Next  *string
}

// events counts what has ever happened, to show that something did not.
func events(t *testing.T, d *apptest.Desk) int64 {
	t.Helper()
	var ledger struct{ Events, Unplaced int64 }
	d.Call("GET", "/api/v1/system/ledger", nil).Status(200).Into(&ledger)
	return ledger.Events + ledger.Unplaced
}

// refused returns the refused fields of a problem with the status.
func refused(t *testing.T, r apptest.Response, status int) map[string]string {
	t.Helper()
	var p edge.Problem
	if err := json.Unmarshal(r.Body, &p); err != nil || r.Code != status {
		t.Fatalf("answer %d, want %d: %s", r.Code, status, r.Body)
	}
	if p.Status != status || p.Type != "about:blank" || p.Title == "" || p.Detail == "" || p.Request == "" {
		t.Errorf("not a whole problem: %s", r.Body)
	}
	return byPath(p.Errors)
}

func byPath(list []errs.Field) map[string]string {
	out := map[string]string{}
	for _, f := range list {
		out[f.Path] = f.Message
	}
	return out
}
