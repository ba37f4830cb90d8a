// Package apidoc is the page that explains the HTTP API to people: every operation with its
// parameters, its body, what it answers and an example, made from the very OpenAPI document
// that /api/openapi.json gives to programs, so that the two cannot disagree.
package apidoc
