// Package alert takes what others have noticed: one condition on one component, firing or
// resolved.
//
//	firing ──sender says so──────────────▶ resolved
//	   │  ◀──fires again──╮                   ▲
//	   ╰──sender silent──▶ stale ─────────────╯
//
// A row is one firing, from first to resolved; while it lasts, repeats of the same labels
// (the fingerprint) only count up. A firing that began after its incident had ended is
// another one, even if nobody said that the one before it ended.
//
// Receiving an alert and opening or joining its incident is one transaction: an answer of
// success means that both are safe. When all alerts of an incident have resolved, the incident
// room is told.
//
// An alert whose sender falls silent becomes stale, not resolved: unknown is not green.
// An alert that names no known service goes to the service "unassigned". What cannot be
// taken at all is kept whole in the quarantine, where people can see it for 30 days.
//
// Tables: alert, alert_quarantine. Timers: alert.expire.
package alert
