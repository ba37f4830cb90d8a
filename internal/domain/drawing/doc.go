// Package drawing keeps the drawing of each service: where its parts stand, in which groups, and what
// it takes for a part to work when some of what it needs does not.
//
// A drawing shows the components of the service and what they need: parts of no service are followed
// further down, parts of another service are shown and end there, because their own service draws them.
// Links are the dependencies of the catalogue. A place belongs to the drawing, not to the component: a part
// that several services need may stand elsewhere on each of them.
//
// Until somebody moves a part the drawing is laid out by itself, in rows by layer, the business process at
// the top. The first move stores the places of all parts, so that no other part jumps. A part that comes
// later goes where it would have gone, beside what stands there.
//
// The rules of a drawing are those by which domain/health rolls states up:
//
//	weight    how much of what needs it is lost with a part, in percent
//	needs     how many of a group, or of some of a part's dependencies, must work ("3 of 5 gateways")
//	bearers   which parts carry a function or a user group of the service
//
// What a drawing names and is not there any more is left out when it is read.
//
// Table: drawing.
package drawing
