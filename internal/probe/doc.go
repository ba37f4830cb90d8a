// Package probe is how a check is made: what it is told (Spec), and what comes of it (Result).
//
// A probe looks at one thing, once: an address answers, a file is young enough, a query gives a
// number within its limits. It knows no schedule, no history and no alert. The server and the agents
// make the same probes, so nothing here rests on a database.
//
//	Job ──▶ Set.Run: time limit, guard, slowness, no secrets ──▶ one Func per Kind ──▶ Result
//
// This package holds the types and what all kinds share; each kind has a folder of its own. Folder
// small has the set of all that rest on little; folder full adds those whose drivers are heavy
// (databases, message queues) for the server.
//
// # What holds
//
// A result is ok, degraded, failed or unknown. Failed means that the thing was looked at and is not as
// it must be, or does not answer. Unknown means that it could not be looked at: the probe itself was at
// fault. Unknown is never ok. A message is one line, and no secret of the Spec is in it.
//
// A probe ends when its context does. One that panics is unknown, and takes nothing else down.
package probe
