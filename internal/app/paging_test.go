package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
)

// texts are the titles, texts and reasons of the webhooks that came to a path, oldest first.
func texts(d *apptest.Desk, path string) (out []string) {
	for _, m := range d.Peers.Hook.Received() {
		if m.Path == path {
			out = append(out, m.Title+" | "+m.Text+" | "+m.Why)
		}
	}
	return out
}

func wantTexts(d *apptest.Desk, path string, want ...string) {
	d.T.Helper()
	if got := texts(d, path); !slices.Equal(got, want) {
		d.T.Errorf("%s got:\n  %s\nwant:\n  %s", path, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestAPageSaysInPlainWordsWhyYouAndWhichCallItIs: at three in the morning nobody knows what
// a response clock is.
func TestAPageSaysInPlainWordsWhyYouAndWhichCallItIs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(strings.Replace(bank, "  repeat_after: 5m\n", "  repeat_after: 5m\n  repeat: 1\n", 1))
		d.Alert("payments", "QueueDepth", "error")
		d.Advance(21 * time.Minute)
		wantTexts(d, "/ana",
			"Payments: QueueDepth |  | you belong to payments-l1",
			"2nd call: Payments: QueueDepth | 2nd call: not acknowledged for 20 min. | not acknowledged for 20 min; you belong to payments-l1")
		wantTexts(d, "/ben", "Payments: QueueDepth |  | not acknowledged for 5 min; you belong to payments-l2")
	})
}

// TestAPageSaysHowMuchFires: five alerts that come together are not one.
func TestAPageSaysHowMuchFires(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		var alerts []any
		for _, host := range []string{"a1", "a2", "a3", "a4", "a5"} {
			alerts = append(alerts, map[string]any{"labels": map[string]string{
				"alertname": "HostUnreachable", "service": "payments", "severity": "error", "instance": host}})
		}
		d.Call(http.MethodPost, "/api/v2/alerts", alerts).Status(http.StatusOK)
		d.Settle()
		d.Resolve("payments", "HostUnreachable", "error", "instance=a2")
		d.Advance(10 * time.Minute)
		wantTexts(d, "/ana", "Payments: HostUnreachable on a1 and 4 more alerts |  | you belong to payments-l1")
		wantTexts(d, "/ben", "Payments: HostUnreachable on a1 and 3 more alerts |  | not acknowledged for 5 min; you belong to payments-l2")
		mails := d.Peers.Mail.Mails()
		if len(mails) != 1 || !strings.Contains(mails[0].Subject, "HostUnreachable on a1 and 4 more alerts") {
			t.Errorf("mails %+v", mails)
		}
	})
}

// roster puts a team's people on call from Monday 2 November 2026 on, in daily slots.
func roster(name, team, slots string) string {
	return "---\nkind: Roster\nname: " + name + "\ntitle: " + strings.ToUpper(name) + " duty\nteam: " + team +
		"\nzone: UTC\nlayers:\n  - {start: 2026-11-02, handover: \"00:00\", rotation: daily, slots: " + slots + "}\n"
}

// TestWhoWasCalledHearsThatItIsOver: once, and quietly; who was not called hears nothing.
func TestWhoWasCalledHearsThatItIsOver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(strings.Replace(bank, "high: [{method: phone, after: 0s}", "low: [{method: mail, after: 0s}]\n  high: [{method: phone, after: 0s}", 1))
		d.Alert("payments", "QueueDepth", "error")
		d.Advance(6 * time.Minute)
		d.Peers.Arrived()
		d.Resolve("payments", "QueueDepth", "error")
		expect(t, d, "09:06 mail ana INC-1 all-clear", "09:06 webhook ben INC-1 all-clear")
		const title = "INC-1 restored 09:06 UTC by Mainstay, after 6 min: Payments: QueueDepth"
		if m := d.Peers.Mail.Mails(); len(m) != 1 || m[0].Subject != title || strings.Contains(m[0].Text, "/a/") {
			t.Errorf("mail %+v", m)
		}
		d.Alert("payments", "QueueDepth", "error")
		d.Resolve("payments", "QueueDepth", "error")
		expect(t, d, "09:06 webhook ana INC-1", "09:06 mail ana INC-1 all-clear")
		d.Advance(24 * time.Hour)
		expect(t, d)
	})
}

// TestWhereNobodyIsMeantToBeOnCallNobodyIsPaged: the step is passed over at once, and the
// timeline says that it was planned.
func TestWhereNobodyIsMeantToBeOnCallNobodyIsPaged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank + roster("first", "payments-l1", "[[]]"))
		d.Alert("payments", "QueueDepth", "error")
		expect(t, d, "09:00 webhook ben INC-1")
		skipped := told(d, "INC-1", "escalation.skipped")
		if len(skipped) != 1 || skipped[0]["reason"] != "nobody, as planned" || skipped[0]["targets"] != "payments-l1" {
			t.Errorf("the timeline says %v", skipped)
		}
	})
}

func TestAGapOnTheTeamsRosterIsNotedAsOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank + strings.Replace(roster("first", "payments-l1", "[[ana]]"), "2026-11-02", "2026-11-09", 1))
		d.Alert("payments", "QueueDepth", "error")
		expect(t, d, "09:00 webhook ben INC-1")
		skipped := told(d, "INC-1", "escalation.skipped")
		if len(skipped) != 1 || skipped[0]["reason"] != "nobody is on call on FIRST duty, and nobody meant that" {
			t.Errorf("the timeline says %v", skipped)
		}
	})
}

func TestWhoAsksForHelpIsToldWhoIsPaged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank + roster("second", "payments-l2", "[[]]"))
		d.Alert("payments", "QueueDepth", "error")
		var answer struct{ Paged, Skipped []string }
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/escalate", nil).Status(http.StatusOK).Into(&answer)
		if !slices.Equal(answer.Paged, []string{"Cleo"}) || !slices.Equal(answer.Skipped, []string{"payments-l2: nobody, as planned"}) {
			t.Errorf("answer %+v", answer)
		}
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/escalate", `{"to":{"person":"sam"},"reason":"decide, please"}`).Status(http.StatusOK).Into(&answer)
		if !slices.Equal(answer.Paged, []string{"Sam"}) {
			t.Errorf("answer %+v", answer)
		}
		d.Settle()
		if got := texts(d, "/sam"); len(got) != 1 || !strings.Contains(got[0], "asks for help; you are named") {
			t.Errorf("sam got %q", got)
		}
	})
}
