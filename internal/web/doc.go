// Package web is the site: the frame around the pages, the gate before them, and the wiring of
// the rooms below, each of which holds the pages of one noun.
//
// A request passes the edge (who calls, limits), then here: the route's gate, the handler of a
// room, and the rendering of its answer. Errors become pages of their kind: 401 leads to the
// sign-in and back, 403 and 404 say what to do, 500 names the request and nothing else.
// Fragments, which live elements fetch, get the status alone.
//
// Messages for the next page travel in a cookie for one request.
package web
