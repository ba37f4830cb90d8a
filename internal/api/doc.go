// Package api is the HTTP API under /api/v1, described by OpenAPI 3.1 at /api/openapi.json.
//
// There is one file per noun. A handler parses, calls the noun's room as whoever sent the
// request, and shows what comes back; nothing is decided here. What callers see are names
// and keys ("payments", "INC-2041"), never the ids of the tables.
//
// What people configure (services, teams, rosters …) has one shape everywhere: a name and
// the fields of its configuration document. What GET answers can be PUT back, or applied as
// YAML with "kind" in front.
//
// Every route says which action it takes (Routes). Whom the matrix of domain/people never
// allows that action is refused before the body is looked at; everything finer, such as
// whose team a service belongs to, is for the room to decide.
//
// Bodies are refused when they are no sound JSON (base/strictjson), have fields that nobody
// knows, or times that nobody can mean (clock.Check). Errors are problem JSON (RFC 9457), as edge
// makes them, with the path of every value that was refused. Lists answer
// {"items":[…],"next":cursor|null}; instants are RFC 3339 in UTC, null where there is none.
package api
