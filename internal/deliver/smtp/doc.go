// Package smtp delivers messages as mail.
//
// One mail per delivery, in plain text and in HTML that needs nothing from elsewhere, with a
// button to acknowledge. A bundle lists its incidents, the worst first, each with its own
// button. Mails about one incident form a thread; a repeat carries the Message-ID of the
// first attempt, so that mail programs fold the two, and says that it may be one.
//
// The URL smtp://user:password@host:587?from=desk@example.org says where mail goes.
// starttls=required (the default), opportunistic or off says how it is protected; smtps://
// speaks TLS from the start.
package smtp
