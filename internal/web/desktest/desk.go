// Package desktest gives tests of pages a whole desk with a small bank on it, and one person
// of every role. Pages are asked by selector (see pagetest); what is due happens when the test
// moves the clock.
package desktest

import (
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
	"mainstay/internal/web/pagetest"
)

// Desk is a desk, the pages of one room on it, and its people.
type Desk struct {
	*apptest.Desk
	*pagetest.Site
	// Ana is first line of payments and on call, Ben its back line.
	Ana, Ben actor.Actor
	// Sam is support manager, Root admin, Cleo speaks to clients, Vera only looks, Acme is a client.
	Sam, Root, Cleo, Vera, Acme actor.Actor
}

// Open starts a desk with the bank on it.
func Open(t *testing.T, routes func(*apptest.Desk) []action.Route) *Desk {
	t.Helper()
	return furnish(t, Empty(t, routes))
}

// Each runs the test on a desk with the bank on it, on every database: for pages whose reads no
// other test asks of both.
func Each(t *testing.T, routes func(*apptest.Desk) []action.Route, test func(*testing.T, *Desk)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, desk *apptest.Desk) {
		test(t, furnish(t, &Desk{Desk: desk, Site: pagetest.New(t, desk.Clock, routes(desk)...)}))
	})
}

func furnish(t *testing.T, d *Desk) *Desk {
	t.Helper()
	d.Apply(bank)
	for login, who := range map[string]*actor.Actor{"ana": &d.Ana, "ben": &d.Ben, "sam": &d.Sam, "root": &d.Root,
		"cleo": &d.Cleo, "vera": &d.Vera, "acme": &d.Acme} {
		u, err := d.Rooms.People.User(t.Context(), actor.Mainstay, login)
		if err != nil {
			t.Fatal(err)
		}
		*who = u.Actor()
	}
	return d
}

// Empty starts a desk on which there is nothing yet.
func Empty(t *testing.T, routes func(*apptest.Desk) []action.Route) *Desk {
	t.Helper()
	desk := apptest.Open(t, "sqlite")
	return &Desk{Desk: desk, Site: pagetest.New(t, desk.Clock, routes(desk)...)}
}

// bank is one service that matters, one that does not, and nobody has heard of the third.
// Payments pages ana at once, ben after 5 minutes and the support manager after 10; unless it
// is restored, ben joins after 30 minutes.
const bank = `
{kind: Customer, name: acme, title: Acme Corporation}
---
{kind: User, name: ana, title: Ana Ruiz, role: first-line}
---
{kind: User, name: ben, title: Ben Osei, role: back-line}
---
{kind: User, name: sam, title: Sam Lee, role: support-manager}
---
{kind: User, name: root, title: Root Admin, role: admin}
---
{kind: User, name: cleo, title: Cleo Marsh, role: client-services}
---
{kind: User, name: vera, title: Vera Stone, role: observer}
---
{kind: User, name: acme, title: Acme Desk, role: client, customer: acme}
---
{kind: Contacts, name: ana, methods: [{name: mail, channel: mail, address: ana@bank.example, verified: true}]}
---
{kind: Contacts, name: ben, methods: [{name: mail, channel: mail, address: ben@bank.example, verified: true}]}
---
{kind: Contacts, name: sam, methods: [{name: mail, channel: mail, address: sam@bank.example, verified: true}]}
---
{kind: Contacts, name: root, methods: [{name: mail, channel: mail, address: root@bank.example, verified: true}]}
---
{kind: Team, name: payments-l1, title: Payments first line, level: L1, members: [ana], contact: "Telephone +44 20 7946 0001"}
---
{kind: Team, name: payments-l2, title: Payments back line, level: L2, members: [ben]}
---
{kind: Team, name: management, level: management, members: [sam]}
---
kind: Roster
name: payments-l1
title: Payments first line
zone: UTC
team: payments-l1
layers:
  - {start: 2026-01-05, handover: "08:00", rotation: daily, slots: [[ana]]}
---
kind: Policy
name: payments
response:
  ack_timeout: 20m
  steps:
    - {after: 0m, targets: [{roster: payments-l1}]}
    - {after: 5m, targets: [{team: payments-l2}]}
    - {after: 5m, targets: [{team: management}]}
resolution:
  ladders:
    - steps:
        - {after: 30m, targets: [{level: L2}]}
---
{kind: Service, name: payments, title: Payments, tier: 1, owner: payments-l1, support: [payments-l2], policy: payments}
---
{kind: Service, name: mail, title: Mail, tier: 3, owner: payments-l2}
---
{kind: Service, name: archive, title: Archive, tier: 4, owner: payments-l2}
`
