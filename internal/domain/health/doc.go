// Package health says how components and services are, and why.
//
//	alerts, incidents, checks, agents ──▶ a part's own state ─╮
//	                      what it needs, by weight and quorum ─┴─▶ its state ──▶ … ──▶ the service
//
// States are ok, warn, unknown and bad, in the order in which one is worse than the other: what nobody
// can tell may be worse than what is known to be degraded, so unknown stands above warn. Beside the state
// stands how it is taken: a new trouble is loudest, then one that somebody has acknowledged, snoozed, that
// follows from another, or that is planned work. A part takes over the loudest of what makes it as bad as
// it is.
//
// Rolling up (rollup.go) is a pure function:
//
//   - A part is as bad as itself and as the worst of what it needs.
//   - What has a weight below 100 counts for that much: the weights of all such that are bad are added, and
//     100 and more make the part bad; less makes it warn.
//   - Of a quorum of n the n-th best decides; where the next one is not well either, there is no spare
//     left, and the part is warn at least.
//
// Invariants, tested by property: a worse child never makes a better parent; what was heard of once and
// is unknown now is never green above.
//
// A part of which nobody has ever said anything is not watched: it shows as unknown, and does not count
// for what needs it, because "no rule yet" is no trouble. A service of which nothing at all is watched is
// unknown.
//
// An incident counts for its service as it is, unless every alert of it that fires is about a component of
// the service: then it counts by way of that component, and a quorum may hold.
//
// What if: the same with some parts taken as bad, in a copy, and what the business would lose.
//
// The room has no tables. Rooms above give it incidents through an interface, and so do those that watch
// components by themselves.
package health
