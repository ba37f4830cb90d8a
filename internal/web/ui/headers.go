package ui

import "net/http"

// ContentSecurityPolicy lets a page use our own files and nothing else: no inline script or
// style, no eval, no frame around us, no form that posts elsewhere.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

// htmxConfig: nothing that the policy forbids (htmx evaluates code only for hx-on, js: values and
// trigger filters, which pages here do not use), errors are not swapped into the page except a
// form that was refused (422), and going back loads the page anew.
const htmxConfig = `{"includeIndicatorCSS":false,"history":"reload","mode":"same-origin","defaultSwap":"outerMorph","defaultTimeout":20000,` +
	`"noSwap":[204,304,401,403,404,409,410,"5xx"],"extensions":"mainstay"}`

// Headers sets what every page answers with. Pages hold live data of one person: no cache keeps them.
func Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ContentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Mainstay-Build", Build()) // a page of another build notices and says so
		next.ServeHTTP(w, r)
	})
}
