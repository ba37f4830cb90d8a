package app_test

import (
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
)

const ending = `
kind: Roster
name: evenings
title: Evenings
zone: UTC
fallback: ana
layers: [{start: 2026-01-05, until: 2026-11-04, handover: "18:00", rotation: daily, slots: [[ben]]}]
---
kind: Contacts
name: sam
methods: [{name: mail, channel: mail, address: sam@bank.example, verified: true}]
`

func TestGapsAheadReachTheSupportManagerByMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Apply(ending)
		d.Advance(48 * time.Hour)
		var got []string
		for _, m := range d.Peers.Mail.Mails() {
			if strings.Contains(m.Subject, "on call ahead") {
				got = append(got, m.To+": "+m.Subject)
				for _, want := range []string{`roster "Evenings" has only the fallback, Ana, on call from Wed 4 Nov 2026 18:00 UTC on`, d.BaseURL + "/oncall/evenings"} {
					if !strings.Contains(m.Text, want) {
						t.Errorf("no %q in %s", want, m.Text)
					}
				}
			}
		}
		if len(got) != 1 || got[0] != "sam@bank.example: Only the fallback person on call ahead: Evenings" {
			t.Errorf("got %q", got)
		}
	})
}

func TestFollowUpsThatAreDueReachTheirOwnerInOneMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		due := d.Clock.Now().Add(time.Hour)
		for _, title := range []string{"Raise the queue limit", "Renew the certificate"} {
			d.Call("POST", "/api/v1/follow-ups", map[string]any{"title": title, "owner": "ana", "due": due}).Status(201)
		}
		d.Advance(2 * time.Hour)
		mails := d.Peers.Mail.Mails()
		if len(mails) != 1 || mails[0].Subject != "2 follow-ups are due" || mails[0].To != "ana@bank.example" {
			t.Fatalf("got %+v", mails)
		}
		for _, want := range []string{"Raise the queue limit (due Mon 2 Nov 10:00", "Renew the certificate", d.BaseURL + "/follow-ups"} {
			if !strings.Contains(mails[0].Text, want) {
				t.Errorf("no %q in %s", want, mails[0].Text)
			}
		}
		d.Advance(24 * time.Hour)
		if n := len(d.Peers.Mail.Mails()); n != 2 {
			t.Errorf("%d mails the next day", n)
		}
	})
}
