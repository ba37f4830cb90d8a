package keeping_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/web/keeping"
	"mainstay/internal/web/pagetest"
)

var now = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func full() keeping.State {
	return keeping.State{
		Retention: 90 * day, Margin: 7 * day, Kept: 97 * day, Seen: now, Bytes: 3e9, Free: 4e9, FreeKnown: true,
		Days:     []keeping.Day{{Day: "2026-03-18", Bytes: 1e9}, {Day: "2026-03-19", Bytes: 2e9}},
		Forecast: keeping.Forecast{Known: true, Days: 14, PerDay: 1e9, Full: now.Add(4 * day)},
		Archive:  "/mnt/archive", Due: []string{"2025-12-19"},
		Archived: []keeping.Archived{
			{Day: "2025-12-18", Lines: 1200, Packed: 5e6, Closed: true, Created: now},
			{Day: "2025-12-17", Lines: 7, Packed: 100, Closed: true, Created: now, Checked: now, Damage: "the archive of 2025-12-17 is damaged: its SHA-256 is another one"},
			{Day: "2025-12-16", Lines: 9, Packed: 100, Closed: true, Created: now},
		},
		Restored: []keeping.Restored{{Day: "2025-12-16", Done: true, Lines: 9}}, Until: now.Add(7 * day),
	}
}

func site(t *testing.T, state func() keeping.State, did *[]string) *pagetest.Site {
	t.Helper()
	note := func(what string) { *did = append(*did, what) }
	return pagetest.New(t, clock.NewFake(now), keeping.Routes(keeping.Config{
		Clock: clock.NewFake(now), State: func() (keeping.State, error) { return state(), nil },
		Run:    func(context.Context, actor.Actor) error { note("run"); return nil },
		Verify: func(_ context.Context, _ actor.Actor, day string) error { note("verify " + day); return nil },
		Restore: func(_ context.Context, _ actor.Actor, day string, hold time.Duration) error {
			if day == "2025-01-01" {
				return errs.NotFoundf("there is no archive of 2025-01-01")
			}
			note("restore " + day + " " + hold.String())
			return nil
		},
	})...)
}

var (
	root = actor.Actor{Kind: actor.User, ID: "u1", Name: "Root", Role: actor.Admin}
	lead = actor.Actor{Kind: actor.User, ID: "u2", Name: "Mara", Role: actor.SupportManager}
	ana  = actor.Actor{Kind: actor.User, ID: "u3", Name: "Ana", Role: actor.FirstLine}
)

func TestThePageSaysWhatIsKeptWhatIsArchivedAndWhenTheDiskIsFull(t *testing.T) {
	st := full()
	var did []string
	s := site(t, func() keeping.State { return st }, &did)
	page := s.Get(root, keeping.URL).Want(http.StatusOK)
	page.One("#keeping").WantText("Tue 24 March 2026", "At work", "1 due", "3.0 GB", "4.0 GB")
	page.One("#rules").WantText("90 days", "97 days", "archiving may fail for 7 days", "2026-03-18")
	page.One("#due-2025-12-19").WantText("Due")
	page.One("#day-2025-12-18").WantText("Archived", "1200", "5.0 MB", "Check", "Restore")
	page.One("#day-2025-12-17").WantText("Damaged", "its SHA-256 is another one")
	page.One("#day-2025-12-16").WantText("Restored", "until 27 March", "Search it")
	page.One("#days").WantText("2026-03-19", "2.0 GB")

	st.Forecast, st.Failing, st.FailingSince, st.Unreadable = keeping.Forecast{}, "the disk is gone", now, []string{"logs-2025-12-01.json"}
	st.Behind = 4 * day
	page = s.Get(root, keeping.URL).Want(http.StatusOK)
	page.One("#growth").WantText("three whole days")
	page.One("#wrong").WantText("the disk is gone", "7 days longer", "logs-2025-12-01.json")
	page.One("#keeping").WantText("4 d 0 h behind", "Too early to say")

	st = full()
	st.Due, st.Waiting, st.Kept, st.Restored = nil, 1, 120*day, []keeping.Restored{{Day: "2025-12-16", Done: true}}
	page = s.Get(root, keeping.URL).Want(http.StatusOK)
	page.One("#keeping").WantText("for the last lines of 1 day")
	page.One("#keeping").WantNoText("Up to date")
	page.One("#rules").WantText("120 days", "no day goes before it is archived")
	page.One("#day-2025-12-16").WantText("all its lines were still here")
	st.Waiting = 0
	s.Get(root, keeping.URL).Want(http.StatusOK).One("#keeping").WantText("Up to date")

	st = keeping.State{Retention: 90 * day, Kept: 90 * day}
	page = s.Get(root, keeping.URL).Want(http.StatusOK)
	page.One("#archive").WantText("Days are not archived", "--logs-archive")
	page.One("#keeping").WantText("Off", "Not known")
	st = keeping.State{Elsewhere: true}
	s.Get(root, keeping.URL).Want(http.StatusOK).One("#rules").WantText("in a cluster")
}

func TestThePageShowsClassesAndTheirArchives(t *testing.T) {
	st := full()
	st.Classes = []keeping.Class{
		{Name: "standard", On: true, Retention: 90 * day, Days: 2, Bytes: 2e9, Oldest: "2026-03-18"},
		{Name: "short", On: true, Retention: 7 * day, MaxDisk: 5e9, Days: 1, Bytes: 1e9, Oldest: "2026-03-19"},
		{Name: "long", Retention: 400 * day},
	}
	st.Due = []string{"2025-12-19 (short)"}
	st.Archived = append(st.Archived, keeping.Archived{Day: "2025-12-16", Class: "short", Lines: 3, Created: now})
	var did []string
	page := site(t, func() keeping.State { return st }, &did).Get(root, keeping.URL).Want(http.StatusOK)
	page.One("#rules").WantText("Retention of standard lines")
	page.One("#class-standard").WantText("All others", "90 days")
	page.One("#class-short").WantText("Of sources that ask for it", "7 days", "5.0 GB", "1.0 GB")
	page.One("#class-long").WantText("Off", "until they have aged out")
	page.One("#due-2025-12-19-short").WantText("Due")
	page.One("#day-2025-12-16").WantText("Restored")
	short := page.One("#day-2025-12-16-short")
	short.WantText("short", "3")
	short.WantNoText("Restored")
	st = full()
	if body := site(t, func() keeping.State { return st }, &did).Get(root, keeping.URL).Want(http.StatusOK); strings.Contains(body.One("#keeping").Text(), "Classes of lines") {
		t.Error("without classes the page speaks of them")
	}
}

func TestOnlyWhoMayChangeTheSystemActs(t *testing.T) {
	var did []string
	s := site(t, full, &did)
	s.Get(lead, keeping.URL).Want(http.StatusOK).One("#keeping").WantNoText("Check", "Restore…")
	s.Get(ana, keeping.URL).Want(http.StatusForbidden)
	for _, act := range []string{"/run", "/2025-12-18/verify", "/2025-12-18/restore"} {
		s.Post(lead, keeping.URL+act, nil).Want(http.StatusForbidden)
	}
	s.Post(root, keeping.URL+"/run", nil).WantGone(keeping.URL)
	s.Post(root, keeping.URL+"/2025-12-18/verify", nil).WantGone(keeping.URL + "#day-2025-12-18")
	s.Post(root, keeping.URL+"/2025-12-18/restore", nil).WantGone(keeping.URL + "#day-2025-12-18")
	s.Post(root, keeping.URL+"/2025-01-01/restore", nil).Want(http.StatusNotFound)
	if got := strings.Join(did, ", "); got != "run, verify 2025-12-18, restore 2025-12-18 168h0m0s" {
		t.Errorf("what was done: %s", got)
	}
}
