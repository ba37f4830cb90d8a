package edge

import "net/http"

// Malformed maps an error about a body that could not even be read: what would be 422 is 400.
func Malformed(err error) Problem {
	p := ProblemOf(err)
	if p.Status == http.StatusUnprocessableEntity {
		p.Status, p.Title = http.StatusBadRequest, http.StatusText(http.StatusBadRequest)
	}
	return p
}

// Answer writes a problem that a handler has mapped itself.
func Answer(w http.ResponseWriter, r *http.Request, p Problem) {
	p.Request = RequestID(r.Context())
	answer(w, r, p)
}
