package cli

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/internal/client"
)

// TestWhatIsSaidOfARestoredDayCountsTheLinesThatWereStillHere because only the others have the mark.
func TestWhatIsSaidOfARestoredDayCountsTheLinesThatWereStillHere(t *testing.T) {
	k := client.LogKeeping{
		Archived: []client.ArchivedDay{{Day: "2026-01-31", Class: "standard", Lines: 20}, {Day: "2026-01-31", Class: "long", Lines: 10}, {Day: "2026-01-30", Lines: 5}},
		Restored: []client.RestoredDay{{Day: "2026-01-31", Class: "standard", Done: true}, {Day: "2026-01-31", Class: "long", Done: true}},
	}
	for _, c := range []struct {
		back int64
		want string
	}{{0, "all 30 lines are still here"}, {10, "10 lines restored, the other 20 were still here"}, {30, "30 lines restored, kept until"}} {
		k.Restored[0].Lines = c.back
		r := restoredOf(k, "2026-01-31")
		if got := r.text("2026-01-31", "Monday"); !r.done || !strings.Contains(got, c.want) || (c.back == 0) == strings.Contains(got, "restored:*") {
			t.Errorf("%d: %s", c.back, got)
		}
	}
}

// TestWhoStopsWaitingHearsThatTheServerGoesOn and meanwhile what it does.
func TestWhoStopsWaitingHearsThatTheServerGoesOn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { cancel() }))
	defer server.Close()
	s, err := client.New(client.Config{Server: server.URL, Token: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var progress bytes.Buffer
	_, err = waiting{}.wait(ctx, &progress, s, client.LogKeeping{Working: "restoring 2026-01-31"}, func(client.LogKeeping) bool { return false })
	if err == nil || !strings.Contains(err.Error(), "the server goes on") || !strings.Contains(progress.String(), "restoring 2026-01-31") {
		t.Errorf("it ends with %v and said %q", err, progress.String())
	}
}
