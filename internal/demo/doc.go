// Package demo is a bank's payment desk to try Mainstay on: an outside world that speaks
// to the server only through its public endpoints, as any customer's would.
//
//	bank       examples/bank, applied as configuration as code; everybody gets a telephone
//	           and a mailbox here, and the same password
//	failures   what can be broken at the page /demo, and the alerts that its monitoring sends
//	inbox      the telephones and mailboxes of the people: an SMTP server and a webhook
//	           receiver on loopback; /demo shows what arrives, as it arrives
//	speed      records may run faster than the wall: an hour of escalation in a minute
//
// A Demo is opened before the server, which needs its clock, its token and its mailbox:
//
//	d, err := demo.Open(demo.Config{Dir: dir, Speed: 1, Log: log})
//	a, err := app.New(ctx, app.Options{Clock: d.Clock, BootstrapToken: d.Token, SMTPURL: d.SMTPURL(), …})
//	err = d.Furnish(ctx, a.BaseURL)   // over HTTP, like everything after it
//	d.Run(ctx)
//
// Its people are invented and live under the domain bank.example (RFC 2606).
package demo
