package app_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/config"
	"mainstay/internal/engine/db/dbtest"
)

// onlyByMail has root on call, whom nothing but mail reaches.
var onlyByMail = bank + roster("duty", "management", "[[root]]")

// TestPagesThatFailedArePastWhenTheirPersonCanBeReached: with a contact method that was missing,
// and not because the incident was closed.
func TestPagesThatFailedArePastWhenTheirPersonCanBeReached(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	without, ways, _ := strings.Cut(bank, "---\nkind: Contacts\nname: ana\n")
	ways, others, _ := strings.Cut(ways, "---\n")
	d.Apply(without + "---\n" + others)
	d.Alert("payments", "QueueDepth", "error")
	d.Settle()
	over(d, "INC-1")
	d.Call(http.MethodPost, "/api/v1/incidents/INC-1/close", nil).Status(http.StatusOK)
	if got := troubles(t, d); len(got) != 1 || !strings.HasPrefix(got[0], "1 page to Ana reached nobody") {
		t.Fatalf("closed, troubles %q", got)
	}
	d.Apply("kind: Contacts\nname: ana\n" + ways)
	if got := troubles(t, d); len(got) != 0 {
		t.Errorf("reachable now, troubles %q", got)
	}
}

// TestWithoutMailTheDeskSaysWhomNoPageReaches: on the board, to administrators, and, once a
// page has failed, as a broken promise.
func TestWithoutMailTheDeskSaysWhomNoPageReaches(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := apptest.Open(t, kind, func(o *app.Options) { o.SMTPURL = "" })
			d.Apply(onlyByMail)
			if got := troubles(t, d); len(got) != 1 || got[0] != "On call, and no page reaches them: Root." {
				t.Errorf("troubles %q", got)
			}
			d.Alert("payments", "QueueDepth", "error")
			d.Call(http.MethodPost, "/api/v1/incidents/INC-1/acknowledge", nil).Status(http.StatusOK)
			d.Call(http.MethodPost, "/api/v1/incidents/INC-1/escalate", `{"to":{"person":"root"}}`).Status(http.StatusOK)
			d.Settle()
			got := troubles(t, d)
			if len(got) != 2 || !strings.HasPrefix(got[1], "1 page to Root reached nobody in the last hour") {
				t.Errorf("troubles %q", got)
			}
			over(d, "INC-1")
			if got := troubles(t, d); len(got) != 2 {
				t.Errorf("restored, troubles %q", got)
			}
			d.Advance(61 * time.Minute)
			for _, line := range troubles(t, d) {
				if strings.Contains(line, "to Root") {
					t.Errorf("after an hour still: %q", line)
				}
			}
		})
	}
}

// TestTheBoardSaysOfWhichServiceNoPageReachesAnybody before something fails there: nobody is on a
// roster, so that only the policy tells.
func TestTheBoardSaysOfWhichServiceNoPageReachesAnybody(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	people, ways, _ := strings.Cut(bank, "---\nkind: Contacts\n")
	mute := people + `
---
kind: Policy
name: ana-alone
response: {steps: [{after: 0m, targets: [{person: ana}]}]}
---
kind: Service
name: mail
title: Mail
tier: 3
owner: payments-l1
policy: ana-alone
`
	d.Apply(mute)
	if got := strings.Join(troubles(t, d), " "); !strings.Contains(got, "No page would reach anybody about") || !strings.Contains(got, "Mail") {
		t.Errorf("nobody has a way to be reached, troubles %q", got)
	}
	_, others, _ := strings.Cut(ways, "---\n") // without Ana's
	d.Apply(mute + "---\n" + others)
	got := strings.Join(troubles(t, d), " ")
	if !strings.Contains(got, "No one in the escalation policy of Mail can be reached") || strings.Contains(got, "Payments") {
		t.Errorf("Ana alone cannot be reached, troubles %q", got)
	}
	d.Apply(mute + "---\nkind: Contacts\n" + ways)
	if got := troubles(t, d); len(got) != 0 {
		t.Errorf("everybody can be reached, troubles %q", got)
	}
}

func troubles(t *testing.T, d *apptest.Desk) []string {
	t.Helper()
	out, err := d.Troubles(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWithMailEverybodyOnCallIsReached(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(onlyByMail)
		if got := troubles(t, d); len(got) != 0 {
			t.Errorf("troubles %q", got)
		}
	})
}

func TestServeWarnsAtItsStartOfWhomItCannotReach(t *testing.T) {
	var log lockedBuffer
	ctx := context.Background()
	options := app.Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 2 { // configured by the first start, told by the second
		a, err := app.New(ctx, options)
		if err != nil {
			t.Fatal(err)
		}
		log.Reset()
		a.Start(ctx)
		by := actor.Actor{Kind: actor.System, ID: "scenario", Name: "Scenario"}
		_, err = a.Rooms.Config.Apply(ctx, by, []config.File{{Name: "a.yaml",
			Text: strings.ReplaceAll(onlyByMail, "HOOK", "http://127.0.0.1:9")}})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Stop(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if got := log.String(); !strings.Contains(got, "level=WARN") || !strings.Contains(got, "mail is not configured (smtp.url)") || !strings.Contains(got, "Root") {
		t.Errorf("log %s", got)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends a line of the log.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Reset forgets what was logged.
func (l *lockedBuffer) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}
