// Package demo is a bank's payment desk to try Mainstay on: an outside world that speaks
// to the server only through its public endpoints, as any customer's would.
//
//	failures   what can be broken at the page /demo, and the alerts that its monitoring sends
//	inbox      the telephones and mailboxes of the people: an SMTP server and a webhook
//	           receiver on loopback; /demo shows what arrives, as it arrives
//	speed      records may run faster than the wall: an hour of escalation in a minute
//
// Its people are invented and live under the domain bank.example (RFC 2606).
package demo
