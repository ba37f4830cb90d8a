package edge

import (
	"net/http"
	"strings"

	"mainstay/internal/base/errs"
)

// WrongMethod says that there is something at a path, and something else to do with it. It
// answers 405 with the header Allow (RFC 9110 §15.5.6).
type WrongMethod struct {
	errs.E
	Allow []string // methods, as in the header
}

// Unwrap gives the kind and the sentence.
func (e *WrongMethod) Unwrap() error { return &e.E }

// Unmatched is why mux has no route for a request: WrongMethod when another method would have
// one, NotFound otherwise. What mux answers at "/", whatever is left, counts as no route.
func Unmatched(mux *http.ServeMux, r *http.Request, missing string) error {
	var allow []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "" && pattern != "/" {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		return errs.NotFoundf("%s", missing)
	}
	said := strings.ReplaceAll(strings.Join(allow, " and "), "GET and HEAD", "GET")
	return &WrongMethod{Allow: allow, E: errs.E{Kind: errs.Invalid, Message: r.URL.Path + " takes " + said + ", not " + r.Method}}
}

// Otherwise hands to rest what mux has no route for, and answers wrong methods itself.
func (e *Edge) Otherwise(mux *http.ServeMux, rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := Unmatched(mux, r, "")
		if errs.Is(err, errs.NotFound) {
			rest.ServeHTTP(w, r)
			return
		}
		e.fail(w, r, err)
	})
}
