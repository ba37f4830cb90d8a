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
				for _, want := range []string{`roster "evenings" has only the fallback, Ana, on call from Wed 4 Nov 2026 18:00 UTC on`, d.BaseURL + "/oncall/evenings"} {
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
