package demo

import (
	"bytes"
	_ "embed" // the style sheet
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"mainstay/internal/base/errs"
	"mainstay/internal/client"
	"mainstay/internal/web/ui"
)

//go:embed demo.css
var styles []byte

// Page is the path of the page; Handler answers there and below it.
const Page = "/demo"

// pages is where Handler answers.
var pages = struct{ root, panel, inbox, feed, style, speed, clear, failure string }{
	Page, Page + "/panel", Page + "/inbox", Page + "/feed", Page + "/demo.css", Page + "/speed", Page + "/inbox/clear", Page + "/failures/",
}

// Handler answers /demo and everything below it.
func (d *Demo) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pages.root, d.furnished(d.show(demoPage)))
	mux.HandleFunc("GET "+pages.panel, d.furnished(d.show(panel)))
	mux.HandleFunc("GET "+pages.inbox, d.furnished(d.show(inbox)))
	mux.HandleFunc("GET "+pages.feed, d.feed)
	mux.HandleFunc("GET "+pages.style, style)
	mux.HandleFunc("POST "+pages.speed, d.furnished(d.changeSpeed))
	mux.HandleFunc("POST "+pages.clear, d.furnished(d.clear))
	mux.HandleFunc("POST "+pages.failure+"{name}/begin", d.furnished(d.begin))
	mux.HandleFunc("POST "+pages.failure+"{name}/repair", d.furnished(d.repair))
	return http.NewCrossOriginProtection().Handler(mux)
}

// furnished asks for patience until there is a bank.
func (d *Demo) furnished(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		ready := d.world != nil
		d.mu.Unlock()
		if ready {
			next(w, r)
			return
		}
		w.Header().Set("Refresh", "1")
		http.Error(w, "The bank is being set up: one moment.", http.StatusServiceUnavailable)
	}
}

// show answers with the page or a fragment of it.
func (d *Demo) show(part func(view) templ.Component) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := d.view(r)
		d.render(w, r, http.StatusOK, v, part(v))
	}
}

func (d *Demo) begin(w http.ResponseWriter, r *http.Request) {
	d.back(w, r, d.world.Begin(r.PathValue("name")))
}

func (d *Demo) repair(w http.ResponseWriter, r *http.Request) {
	d.back(w, r, d.world.Repair(r.Context(), r.PathValue("name")))
}

func (d *Demo) clear(w http.ResponseWriter, r *http.Request) {
	d.inbox.Clear()
	d.back(w, r, nil)
}

// speeds are how much faster than the wall the desk's clock may run.
var speeds = []float64{1, 10, 60}

func (d *Demo) changeSpeed(w http.ResponseWriter, r *http.Request) {
	factor, err := strconv.ParseFloat(r.PostFormValue("factor"), 64)
	if err != nil || !slices.Contains(speeds, factor) {
		d.back(w, r, errs.Invalidf("the speed must be 1, 10 or 60"))
		return
	}
	d.SetSpeed(factor)
	d.back(w, r, nil)
}

var statuses = map[errs.Kind]int{
	errs.NotFound: http.StatusNotFound, errs.Invalid: http.StatusUnprocessableEntity, errs.Unavailable: http.StatusServiceUnavailable,
}

// back leads to the page again, or shows there what went wrong.
func (d *Demo) back(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		http.Redirect(w, r, pages.root, http.StatusSeeOther)
		return
	}
	status, known := statuses[errs.KindOf(err)]
	if !known {
		status = http.StatusInternalServerError
		d.Log.ErrorContext(r.Context(), "the demo failed", "err", err)
	}
	v := d.view(r)
	v.frame.Flash = []ui.Flash{{Tone: ui.ToneBad, Text: ui.Sentence(err)}}
	d.render(w, r, status, v, demoPage(v))
}

func (d *Demo) render(w http.ResponseWriter, r *http.Request, status int, v view, c templ.Component) {
	var out bytes.Buffer
	if err := c.Render(ui.With(r.Context(), v.frame), &out); err != nil {
		d.Log.ErrorContext(r.Context(), "page of the demo failed", "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the reader has gone: nobody to tell
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(styles) // the reader has gone: nobody to tell
}

// reader is who is signed in on the desk in this browser, the zero Me when nobody is. The desk
// knows; the demo asks with the browser's own cookie.
func (d *Demo) reader(r *http.Request) client.Me {
	cookie := r.Header.Get("Cookie")
	if cookie == "" {
		return client.Me{}
	}
	c, err := client.New(client.Config{Server: d.server, Timeout: 2 * time.Second, Transport: withCookie(cookie)})
	if err != nil {
		return client.Me{}
	}
	me, err := c.Me(r.Context())
	if err != nil || me.Login == nil {
		return client.Me{} // nobody, or a desk that is slow: the page works without
	}
	return me
}

// withCookie sends requests with the cookies of a browser.
type withCookie string

// RoundTrip sends one.
func (c withCookie) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Cookie", string(c))
	return http.DefaultTransport.RoundTrip(r)
}
