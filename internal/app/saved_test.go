package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db/dbtest"
)

const reporters = `
{kind: User, name: ben, title: Ben Osei, role: back-line, zone: Europe/London}
---
{kind: User, name: ana, title: Ana Ruiz, role: first-line}
---
{kind: User, name: root, title: Root Admin, role: admin}
---
{kind: Contacts, name: ben, methods: [{name: mail, channel: mail, address: ben@bank.example, verified: true}]}
---
{kind: Contacts, name: ana, methods: [{name: mail, channel: mail, address: ana@bank.example, verified: true}]}
---
{kind: Contacts, name: root, methods: [{name: mail, channel: mail, address: root@bank.example, verified: true}]}
---
{kind: Team, name: l2, title: L2, level: L2, members: [ben, ana]}
---
{kind: Team, name: other, title: Other, level: L2, members: [root]}
---
{kind: Service, name: payments, title: Payments, tier: 1, owner: l2}
---
{kind: Service, name: ledger, title: Ledger, tier: 1, owner: other}
`

// reporting is a desk with a running engine, whose clock begins at a full hour near the wall's.
type reporting struct {
	*apptest.Desk
	lines time.Time // when its lines happened: within the hour before the first slot
}

func eachReporting(t *testing.T, play func(*testing.T, *reporting)) {
	t.Helper()
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			play(t, openReporting(t, kind, true))
		})
	}
}

func openReporting(t *testing.T, kind string, engine bool) *reporting {
	t.Helper()
	d := &reporting{lines: clock.Wall().Now().Truncate(time.Second)}
	fake := clock.NewFake(d.lines.Truncate(time.Hour))
	d.Desk = apptest.Open(t, kind, func(o *app.Options) { o.Clock = fake })
	d.Clock = fake
	if engine {
		d.StartLogs()
	}
	d.Apply(reporters)
	return d
}

func (d *reporting) send(service string, messages ...string) {
	d.T.Helper()
	var body strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&body, "{\"_time\":%q,\"_msg\":%q,\"level\":\"error\",\"service\":%q,\"host\":\"h1\"}\n", d.lines.Format(time.RFC3339Nano), m, service)
	}
	send(d.T.(*testing.T), d.Desk, "/insert/jsonline?_stream_fields=service,host", "", strings.NewReader(body.String())).Status(http.StatusOK)
	found(d.T.(*testing.T), d.Desk)
}

// mails are the subjects that somebody got, in order.
func (d *reporting) mails(who string) (out []apptest.Mail) {
	for _, m := range d.Peers.Mail.Mails() {
		if m.To == who+"@bank.example" {
			out = append(out, m)
		}
	}
	return out
}

const hourly = `{kind: SavedSearch, name: refused, title: Refused, query: "card refused", owner: ben, report: {every: 1, teams: [l2], to: [ana]}}`

func TestAReportIsMailedOncePerSlotWithinTheScopeOfItsOwner(t *testing.T) {
	eachReporting(t, func(t *testing.T, d *reporting) {
		d.send("payments", "card refused: 1", "card refused: 2", "all is well")
		d.send("ledger", "card refused: a secret of another team")
		d.Apply(hourly)
		d.Advance(time.Hour)
		d.Restart()
		found(t, d.Desk) // the engine is up again
		d.Advance(10 * time.Minute)
		for _, who := range []string{"ben", "ana"} {
			mails := d.mails(who)
			if len(mails) != 1 {
				t.Fatalf("%s got %d mails", who, len(mails))
			}
			m := mails[0]
			if m.Subject != "Report: Refused: 2 lines" {
				t.Errorf("subject %q", m.Subject)
			}
			for _, want := range []string{"2 lines, 2 of them errors or worse", "card refused: 1", "service: payments 2", "/logs/export?", "format=csv", "Ben Osei has this report sent to you, every hour, UTC"} {
				if !strings.Contains(strings.ReplaceAll(m.Text, "=\r\n", ""), want) {
					t.Errorf("%q is not in\n%s", want, m.Text)
				}
			}
			if strings.Contains(m.Text, "secret") || strings.Contains(m.Text, "Late") {
				t.Errorf("mail\n%s", m.Text)
			}
		}
		d.Advance(time.Hour)
		if mails := d.mails("ben"); len(mails) != 2 || mails[1].Subject != "Report: Refused: nothing found" {
			t.Errorf("mails %+v", mails)
		}
	})
}

func TestAReportOnlyOfWhatWasFoundStaysAway(t *testing.T) {
	eachReporting(t, func(t *testing.T, d *reporting) {
		d.send("payments", "all is well")
		d.Apply(strings.Replace(hourly, "every: 1", "every: 1, only_found: true", 1))
		d.Advance(2 * time.Hour)
		if mails := d.mails("ben"); len(mails) != 0 {
			t.Errorf("mails %+v", mails)
		}
	})
}

func TestAReportMadeAfterAnOutageSaysSoAndCoversIt(t *testing.T) {
	eachReporting(t, func(t *testing.T, d *reporting) {
		d.send("payments", "card refused")
		d.Apply(hourly)
		d.Stop()
		d.Clock.Advance(3*time.Hour + 20*time.Minute)
		d.Restart()
		found(t, d.Desk) // the engine is up again: a report that finds it starting is tried a minute later
		d.Settle()
		mails := d.mails("ben")
		if len(mails) != 1 || mails[0].Subject != "Report: Refused: 1 line" || !strings.Contains(mails[0].Text, "Late: it was due") ||
			!strings.Contains(mails[0].Text, "It also covers 2 earlier") {
			t.Errorf("mails %+v", mails)
		}
	})
}

func TestWithoutTheEngineAReportIsTriedForAnHourAndThenSaysThatItCouldNotBeMade(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := openReporting(t, kind, false)
			at := d.Clock.Now().Add(time.Hour).Format("15:04")
			d.Apply(strings.Replace(hourly, "every: 1", fmt.Sprintf("at: %q", at), 1))
			d.Advance(time.Hour + 59*time.Minute)
			if mails := d.mails("ben"); len(mails) != 0 {
				t.Fatalf("mails %+v", mails)
			}
			d.Advance(5 * time.Minute)
			mails := d.mails("ben")
			if len(mails) != 1 || mails[0].Subject != "Report could not be made: Refused" || !strings.Contains(mails[0].Text, "could not be made") {
				t.Errorf("mails %+v", mails)
			}
		})
	}
}

func TestAReportWhoseOwnerHasLeftStopsAndTellsAnAdmin(t *testing.T) {
	eachReporting(t, func(t *testing.T, d *reporting) {
		d.send("payments", "card refused")
		d.Apply(hourly)
		d.Apply(`{kind: User, name: ben, title: Ben Osei, role: back-line, disabled: true}`)
		d.Advance(3 * time.Hour)
		if mails := d.mails("ana"); len(mails) != 0 {
			t.Errorf("mails %+v", mails)
		}
		if mails := d.mails("root"); len(mails) != 1 || mails[0].Subject != "Report stopped: Refused" || !strings.Contains(mails[0].Text, "Ben Osei") {
			t.Errorf("mails %+v", mails)
		}
		d.CallAs(d.TokenOf("ana"), http.MethodPut, "/api/v1/saved-searches/refused", `{"query":"card refused","report":{"every":1,"to":["ana"]}}`).Status(http.StatusOK)
		d.Advance(time.Hour)
		if mails := d.mails("ana"); len(mails) != 1 {
			t.Errorf("mails %+v", mails)
		}
	})
}
