package app_test

import (
	"slices"
	"strings"
	"testing"

	"mainstay/internal/apptest"
)

// bank is the desk of the scenarios: one service, one person on each level, each reached by
// webhook first and by mail when that does not work.
//
//	response    at once L1 (ana) · after 5 min L2 (ben) · after 5 min L3 (cleo) · after 5 min the manager (sam)
//	resolution  severity 1: L2 after 15 min, L3 after 30, the manager after 45
const bank = `
kind: User
name: ana
title: Ana
role: first-line
---
kind: User
name: ben
title: Ben
role: back-line
---
kind: User
name: cleo
title: Cleo
role: back-line
---
kind: User
name: sam
title: Sam
role: support-manager
---
kind: User
name: root
title: Root
role: admin
---
kind: Team
name: payments-l1
level: L1
members: [ana]
---
kind: Team
name: payments-l2
level: L2
members: [ben]
---
kind: Team
name: payments-l3
level: L3
members: [cleo]
---
kind: Team
name: management
level: management
members: [sam]
---
kind: Policy
name: payments
response:
  ack_timeout: 20m
  repeat_after: 5m
  steps:
    - {after: 0m, targets: [{team: payments-l1}]}
    - {after: 5m, targets: [{team: payments-l2}]}
    - {after: 5m, targets: [{team: payments-l3}]}
    - {after: 5m, targets: [{team: management}]}
resolution:
  repeat_every: 60m
  ladders:
    - severities: [1]
      steps:
        - {after: 15m, targets: [{level: L2}]}
        - {after: 30m, targets: [{level: L3}]}
        - {after: 45m, targets: [{level: management}]}
    - steps:
        - {after: 120m, targets: [{level: L2}]}
---
kind: Service
name: payments
title: Payments
tier: 1
owner: payments-l1
support: [payments-l2, payments-l3, management]
policy: payments
` + contacts

const contacts = `---
kind: Contacts
name: ana
methods:
  - {name: phone, channel: webhook, address: HOOK/ana, secret: scenario-secret, verified: true}
  - {name: mail, channel: mail, address: ana@bank.example, verified: true}
rules:
  high: [{method: phone, after: 0s}, {method: mail, after: 10m}]
---
kind: Contacts
name: ben
methods: [{name: phone, channel: webhook, address: HOOK/ben, secret: scenario-secret, verified: true}]
---
kind: Contacts
name: cleo
methods: [{name: phone, channel: webhook, address: HOOK/cleo, secret: scenario-secret, verified: true}]
---
kind: Contacts
name: sam
methods: [{name: phone, channel: webhook, address: HOOK/sam, secret: scenario-secret, verified: true}]
---
kind: Contacts
name: root
methods: [{name: mail, channel: mail, address: root@bank.example, verified: true}]
`

// expect compares what arrived since the last call, as "hh:mm channel person what".
func expect(t *testing.T, d *apptest.Desk, want ...string) {
	t.Helper()
	got := d.Peers.Arrived()
	if !slices.Equal(got, want) {
		t.Errorf("arrived:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
