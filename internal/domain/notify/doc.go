// Package notify reaches people: it knows their addresses and their rules, pages them, and
// says what became of it.
//
// A contact method is an address on a channel (mail, webhook), used only after it is
// verified: by a code that was sent to it, or because an admin vouches for it. Notification
// rules say, by urgency, which methods to use and how long after the start of a page.
//
// A page is the attempt to reach one person about one record:
//
//	running ──▶ delivered   every rule has been followed, and at least one message has left
//	   │  ╰───▶ exhausted   no method works: Config.Exhausted, so that escalation moves on
//	   ╰──────▶ stopped     somebody acknowledged, or it is over
//
// It follows the person's rules. Whenever nothing has arrived yet and a message fails for
// good, or none has arrived within Config.FallbackAfter, the next method is used at once,
// whatever its delay; verified methods that the rules do not name come last. A person
// without rules is reached by every verified method at once, mail first.
//
// Invariants: a running page has a message under way or a timer; a page that ends tells so
// by an event; Exhausted is called once for a page.
//
// When it is over, everybody who was paged is told so once, by the method of their first rule
// for low urgency.
//
// Messages leave through engine/outbox; what became of them is told on the timeline of the
// record that the page is about. Ack links are signed, for one person and one incident, and
// hold no login.
//
// Tables: contact_method, notification_rule, page. Timers: notify.rule, notify.fallback.
package notify
