// Package edge is what everything that speaks HTTP shares: who calls, how errors answer, and
// the live feed. The API, the pages and the wire protocols stand behind it.
//
//	request ─▶ Handler       id, log, recovery, headers, limits of size and time for the body
//	        ─▶ Authenticate  bearer token, integration key, or session cookie ─▶ Actor(ctx)
//	        ─▶ a handler     calls a room as Actor(ctx); an error goes to WriteProblem
//
// Credentials in the Authorization header are explicit: wrong ones are refused at once, and
// they need no protection against forged requests. A cookie is ambient: an unsafe request
// with one, or with nothing, must not come from another site (http.CrossOriginProtection). A
// cookie that has ended leaves the caller as nobody, so that the sign-in page still works.
//
// Errors answer as problem JSON (RFC 9457); kinds map to statuses here and nowhere else.
// What is ours to fix is logged with the request's id and shown without its text.
//
// The live feed (Live) is Server-Sent Events that carry topics and positions of the ledger,
// never content: a page fetches what changed under the reader's own permission.
package edge
