package edge

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/id"
)

// request is what Handler learns about a request.
type request struct {
	id     string
	remote string
	secure bool
	log    *slog.Logger
}

type requestKey struct{}

func requestOf(ctx context.Context) request {
	q, _ := ctx.Value(requestKey{}).(request)
	return q
}

// RequestID names the request in logs and answers.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// Remote is the address of the client, as far as trusted proxies tell; empty when unknown.
func Remote(ctx context.Context) string { return requestOf(ctx).remote }

// Secure reports whether the browser speaks HTTPS, to us or to a trusted proxy.
func Secure(ctx context.Context) bool { return requestOf(ctx).secure }

// watch gives the request its id, recovers from panics and writes the access log.
func (e *Edge) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := request{id: id.New[string](), log: e.Log}
		q.remote, q.secure = e.origin(r)
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
		w.Header().Set("X-Request-Id", q.id)
		seen, took := &recorder{ResponseWriter: w}, clock.Stopwatch()
		defer func() {
			if p := recover(); p != nil {
				e.panicked(seen, r, p)
			}
			e.Log.DebugContext(r.Context(), "request", "request", q.id, "method", r.Method, "path", shown(r),
				"status", seen.status, "bytes", seen.bytes, "remote", q.remote, "took", took())
		}()
		next.ServeHTTP(seen, r)
	})
}

// panicked answers 500, or cuts the connection when an answer has begun already: half an
// answer must not look like a whole one.
func (e *Edge) panicked(w *recorder, r *http.Request, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // the value itself is panicked with
		panic(p)
	}
	e.Log.ErrorContext(r.Context(), "handler panicked", "request", RequestID(r.Context()), "method", r.Method, "path", shown(r),
		"panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	problem := ProblemOf(fmt.Errorf("panic: %v", p))
	problem.Request = RequestID(r.Context())
	e.Fail(w, r, problem)
}

// shown is the path for logs. One-time links carry their secret in the path.
func shown(r *http.Request) string {
	parts := strings.Split(r.URL.Path, "/")
	for i, part := range parts {
		if len(part) >= 24 {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

// origin finds the client's address and whether it speaks HTTPS. Of X-Forwarded-For the last
// address that no trusted proxy vouches for counts; what stands before it anybody can write.
func (e *Edge) origin(r *http.Request) (remote string, secure bool) {
	secure = r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "", secure
	}
	addr := peer.Addr().Unmap().WithZone("")
	if !e.trusts(addr) {
		return addr.String(), secure
	}
	secure = secure || r.Header.Get("X-Forwarded-Proto") == "https"
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = next.Unmap().WithZone("")
		if !e.trusts(addr) {
			break
		}
	}
	return addr.String(), secure
}

func (e *Edge) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(e.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController flush and set deadlines.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
