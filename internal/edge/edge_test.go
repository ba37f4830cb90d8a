package edge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

const password = "four quiet words here"

var root = actor.Actor{Kind: actor.System, ID: "test", Name: "test"}

// door is an edge with people behind it, a handler that tells who came in, and its log.
type door struct {
	*edge.Edge
	t      *testing.T
	people *people.Service
	db     *db.DB
	clock  *clock.Fake
	log    *bytes.Buffer
}

func newDoor(t *testing.T, d *db.DB, c *clock.Fake, change func(*edge.Config)) *door {
	t.Helper()
	o := &door{t: t, people: people.New(people.Config{DB: d}), db: d, clock: c, log: &bytes.Buffer{}}
	config := edge.Config{People: o.people, Key: key,
		Log: slog.New(slog.NewTextHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&config)
	}
	var err error
	if o.Edge, err = edge.New(config); err != nil {
		t.Fatal(err)
	}
	return o
}

// key knows one integration key.
func key(_ context.Context, secret string) (actor.Actor, error) {
	if secret == "mik_right" {
		return actor.Actor{Kind: actor.Integration, ID: "k", Name: "integration x", Service: "payments"}, nil
	}
	return actor.Actor{}, errs.Unauthenticatedf("no such key")
}

func sqlite(t *testing.T) (*db.DB, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(dbtest.Start)
	return dbtest.Open(t, dbtest.URL(t, "sqlite"), c), c
}

func (o *door) user(login string, role actor.Role) actor.Actor {
	o.t.Helper()
	ctx := context.Background()
	spec := people.UserSpec{Role: role}
	if role == actor.Client {
		spec.Customer = "bank-b"
	}
	if _, err := o.people.ApplyUser(ctx, root, login, spec); err != nil {
		o.t.Fatal(err)
	}
	u, err := o.people.User(ctx, root, login)
	if err != nil {
		o.t.Fatal(err)
	}
	return u.Actor()
}

func (o *door) session(login string) people.Session {
	o.t.Helper()
	ctx := context.Background()
	o.user(login, actor.FirstLine)
	code, err := o.people.PasswordCode(ctx, root, login)
	if err == nil {
		_, err = o.people.SetPassword(ctx, code, password)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	s, err := o.people.Login(ctx, login, password, "")
	if err != nil {
		o.t.Fatal(err)
	}
	return s
}

func (o *door) token(login string) string {
	o.t.Helper()
	plain, _, err := o.people.CreateToken(context.Background(), o.user(login, actor.Admin), people.TokenIn{Name: login})
	if err != nil {
		o.t.Fatal(err)
	}
	return plain
}

// whoami answers with the actor's kind and name.
func whoami(w http.ResponseWriter, r *http.Request) {
	by := edge.Actor(r.Context())
	_, session := edge.Session(r.Context())
	fmt.Fprintf(w, "%s %s session=%v", by.Kind, by.Name, session)
}

func (o *door) ask(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	o.Handler(o.Authenticate(http.HandlerFunc(whoami))).ServeHTTP(w, r)
	return w
}

func get(headers ...string) *http.Request { return request("GET", headers...) }

func request(method string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "http://desk.example/x", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func problemOf(t *testing.T, w *httptest.ResponseRecorder) (p edge.Problem) {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("content type %q: %s", got, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code || p.Type != "about:blank" {
		t.Fatalf("%v, answered %d: %+v", err, w.Code, p)
	}
	return p
}

func TestCallersAreKnownBySessionTokenOrKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		o := newDoor(t, d, c, nil)
		cookie, token := "mainstay_session="+o.session("ben").Token, o.token("ana")
		basic := get()
		basic.SetBasicAuth("anything", "mik_right")
		for name, x := range map[string]struct {
			r    *http.Request
			want string
		}{
			"nobody":          {get(), "  session=false"},
			"session":         {get("Cookie", cookie), "user ben session=true"},
			"token":           {get("Authorization", "Bearer "+token), "token token ana session=false"},
			"scheme in lower": {get("Authorization", "bearer "+token), "token token ana session=false"},
			"key":             {get("Authorization", "Bearer mik_right"), "integration integration x session=false"},
			"key as password": {basic, "integration integration x session=false"},
			"token wins":      {get("Cookie", cookie, "Authorization", "Bearer "+token), "token token ana session=false"},
			"ended session":   {get("Cookie", "mainstay_session=no"), "  session=false"},
		} {
			if w := o.ask(x.r); w.Code != 200 || w.Body.String() != x.want {
				t.Errorf("%s: %d %q", name, w.Code, w.Body)
			}
		}
		for _, bad := range []string{"Bearer no", "Bearer mst_no", "Bearer mik_no", "Bearer ", "Bearer", "Digest x", "Basic !!", "Basic Og=="} {
			w := o.ask(get("Cookie", cookie, "Authorization", bad))
			if p := problemOf(t, w); p.Status != 401 || w.Header().Get("WWW-Authenticate") != `Bearer realm="mainstay"` {
				t.Errorf("%q: %+v", bad, p)
			}
		}
		c.Advance(13 * time.Hour)
		if w := o.ask(get("Cookie", cookie)); w.Body.String() != "  session=false" {
			t.Errorf("after 13 idle hours: %q", w.Body)
		}
	})
}

func TestOtherSitesCannotUseACookie(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, func(f *edge.Config) { f.Origins = []string{"https://desk.bank.example"} })
	cookie := "mainstay_session=" + o.session("ben").Token
	bearer := "Bearer " + o.token("ana")
	for name, x := range map[string]struct {
		r    *http.Request
		want int
	}{
		"own page":                     {request("POST", "Cookie", cookie, "Sec-Fetch-Site", "same-origin"), 200},
		"own page, old browser":        {request("POST", "Cookie", cookie, "Origin", "http://desk.example"), 200},
		"own page behind a proxy":      {request("POST", "Cookie", cookie, "Origin", "https://desk.bank.example", "Sec-Fetch-Site", "cross-site"), 200},
		"another site":                 {request("POST", "Cookie", cookie, "Sec-Fetch-Site", "cross-site"), 403},
		"another site, old browser":    {request("POST", "Cookie", cookie, "Origin", "http://evil.example"), 403},
		"a sibling site":               {request("DELETE", "Cookie", cookie, "Sec-Fetch-Site", "same-site"), 403},
		"another site signs us in":     {request("POST", "Sec-Fetch-Site", "cross-site"), 403},
		"another site links to a page": {request("GET", "Cookie", cookie, "Sec-Fetch-Site", "cross-site"), 200},
		"a token from another site":    {request("POST", "Authorization", bearer, "Sec-Fetch-Site", "cross-site"), 200},
		"a program without browser":    {request("POST", "Authorization", bearer), 200},
	} {
		w := o.ask(x.r)
		if w.Code != x.want {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if w.Code == 403 && strings.Contains(w.Body.String(), "cross-origin") {
			t.Errorf("%s: internal text leaks: %s", name, w.Body)
		}
	}
	if _, err := edge.New(edge.Config{Origins: []string{"desk.bank.example/path"}}); !errs.Is(err, errs.Invalid) {
		t.Errorf("a wrong origin: %v", err)
	}
}

func TestSessionCookieIsKeptFromScriptsAndPlainHTTP(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, func(f *edge.Config) { f.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	s := o.session("ben")
	set := o.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { edge.SetSession(w, r, s) }))
	clear := o.Handler(http.HandlerFunc(edge.ClearSession))
	for _, x := range []struct {
		proto  string
		secure bool
	}{{"https", true}, {"http", false}, {"", false}} {
		w := httptest.NewRecorder()
		set.ServeHTTP(w, get("X-Forwarded-Proto", x.proto)) // httptest's client is 192.0.2.1
		got := w.Result().Cookies()[0]
		if got.Secure != x.secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.MaxAge != 7*24*3600 || got.Path != "/" {
			t.Errorf("%q: %+v", x.proto, got)
		}
		r := get()
		r.AddCookie(got)
		if edge.SessionToken(r) != s.Token {
			t.Error("the token does not come back")
		}
	}
	w := httptest.NewRecorder()
	clear.ServeHTTP(w, get())
	if got := w.Result().Cookies()[0]; got.MaxAge >= 0 || got.Value != "" {
		t.Errorf("not cleared: %+v", got)
	}
}

func TestClientAddressComesFromTrustedProxiesOnly(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, func(f *edge.Config) {
		f.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	})
	for name, x := range map[string]struct {
		peer, want string
		forwarded  []string
	}{
		"direct":                       {"203.0.113.5:99", "203.0.113.5", nil},
		"direct, but pretends":         {"203.0.113.5:99", "203.0.113.5", []string{"198.51.100.1"}},
		"one proxy":                    {"10.0.0.1:99", "203.0.113.5", []string{"203.0.113.5"}},
		"client pretends behind proxy": {"10.0.0.1:99", "203.0.113.5", []string{"198.51.100.1, 203.0.113.5"}},
		"two proxies":                  {"10.0.0.1:99", "203.0.113.5", []string{"198.51.100.1, 203.0.113.5, 10.0.0.2"}},
		"header in two lines":          {"10.0.0.1:99", "203.0.113.5", []string{"203.0.113.5", "10.0.0.2"}},
		"rubbish":                      {"10.0.0.1:99", "10.0.0.2", []string{"203.0.113.5, <script>, 10.0.0.2"}},
		"proxy tells nothing":          {"10.0.0.1:99", "10.0.0.1", nil},
		"mapped":                       {"[::ffff:203.0.113.5]:99", "203.0.113.5", nil},
		"v6":                           {"[fd00::1]:99", "2001:db8::1", []string{"2001:db8::1"}},
		"unix socket":                  {"@", "", nil},
	} {
		r := get()
		r.RemoteAddr = x.peer
		for _, f := range x.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		var got string
		o.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = edge.Remote(r.Context()) })).
			ServeHTTP(httptest.NewRecorder(), r)
		if got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestKindsBecomeStatusesAndInternalTextStaysInside(t *testing.T) {
	for name, x := range map[string]struct {
		err    error
		status int
		detail string
	}{
		"not found":    {errs.NotFoundf("there is no team %q", "x"), 404, `there is no team "x"`},
		"invalid":      {errs.Invalidf("no"), 422, "no"},
		"conflict":     {errs.Conflictf("no"), 409, "no"},
		"forbidden":    {errs.Forbiddenf("no"), 403, "no"},
		"unknown":      {errs.Unauthenticatedf("no"), 401, "no"},
		"unavailable":  {&errs.E{Kind: errs.Unavailable, Message: "busy", Err: errors.New("pq: secret")}, 503, "busy"},
		"wrapped":      {fmt.Errorf("secret: %w", errs.NotFoundf("gone")), 404, "gone"},
		"internal":     {&errs.E{Kind: errs.Internal, Message: "secret"}, 500, "on our side"},
		"foreign":      {errors.New("secret"), 500, "on our side"},
		"too large":    {fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 7}), 413, "7 bytes"},
		"given up":     {fmt.Errorf("secret: %w", context.DeadlineExceeded), 503, "took too long"},
		"client left":  {fmt.Errorf("secret: %w", context.Canceled), 503, "given up"},
		"joined, ours": {errors.Join(errs.Conflictf("no"), errors.New("secret")), 409, "no"},
	} {
		p := edge.ProblemOf(x.err)
		if p.Status != x.status || !strings.Contains(p.Detail, x.detail) || p.Title != http.StatusText(x.status) {
			t.Errorf("%s: %+v", name, p)
		}
		if strings.Contains(fmt.Sprintf("%+v", p), "secret") {
			t.Errorf("%s leaks: %+v", name, p)
		}
	}
}

func TestProblemNamesFieldsAndRequestAndLogsTheRest(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, nil)
	var check errs.Check
	check.Add("rules[2].after", "must be a whole number")
	answers := map[string]error{"/fields": check.Err("the policy"), "/internal": errors.New("disk on fire")}
	h := o.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { edge.WriteProblem(w, r, answers[r.URL.Path]) }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/fields", nil))
	p := problemOf(t, w)
	if !strings.Contains(w.Body.String(), `"errors":[{"path":"rules[2].after","message":"must be a whole number"}]`) ||
		p.Request == "" || p.Request != w.Header().Get("X-Request-Id") {
		t.Errorf("%s", w.Body)
	}
	if strings.Contains(o.log.String(), "level=ERROR") {
		t.Errorf("the caller's mistake is logged as ours: %s", o.log)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/internal", nil))
	if p := problemOf(t, w); strings.Contains(w.Body.String(), "fire") || !strings.Contains(o.log.String(), "disk on fire") || !strings.Contains(o.log.String(), p.Request) {
		t.Errorf("%s\n%s", w.Body, o.log)
	}
}

func TestThrottledSignInSaysWhenToTryAgain(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, nil)
	var err error
	for range 6 {
		_, err = o.people.Login(context.Background(), "ben", "wrong", "")
	}
	w := httptest.NewRecorder()
	edge.WriteProblem(w, get(), err)
	if p := problemOf(t, w); p.Status != 429 || w.Header().Get("Retry-After") != "1" || !strings.Contains(p.Detail, "try again in 1s") {
		t.Errorf("%+v %v", p, w.Header())
	}
}

func TestPanicAnswersOnceAndIsLogged(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, nil)
	w := httptest.NewRecorder()
	o.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret thing broke") })).
		ServeHTTP(w, httptest.NewRequest("GET", "/a/abcdefghijklmnopqrstuvwxyz234567", nil))
	if p := problemOf(t, w); p.Status != 500 || strings.Contains(w.Body.String(), "secret") || p.Request == "" {
		t.Errorf("%s", w.Body)
	}
	log := o.log.String()
	if !strings.Contains(log, "secret thing broke") || !strings.Contains(log, "edge_test.go") {
		t.Errorf("log without cause or place: %s", log)
	}
	if strings.Contains(log, "abcdefghijklmnop") || !strings.Contains(log, "path=/a/…") {
		t.Errorf("the log holds the secret of a link: %s", log)
	}
}

func TestPanicAfterHalfAnAnswerCutsTheConnection(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, nil)
	srv := httptest.NewServer(o.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half of it")
		_ = http.NewResponseController(w).Flush()
		panic("broke")
	})))
	defer srv.Close()
	resp, err := srv.Client().Get(srv.URL)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("half an answer looked like a whole one")
	}
}

func TestBodiesAreLimited(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, func(f *edge.Config) {
		f.BodyLimit = func(r *http.Request) int64 {
			if r.URL.Path == "/small" {
				return 10
			}
			return 0
		}
	})
	h := o.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			edge.WriteProblem(w, r, err)
		}
	}))
	for _, x := range []struct {
		path   string
		size   int64
		known  bool
		status int
	}{
		{"/small", 10, true, 200}, {"/small", 11, true, 413}, {"/small", 11, false, 413},
		{"/", 11, true, 200}, {"/", edge.DefaultBody, true, 200}, {"/", edge.DefaultBody + 1, true, 413}, {"/", 30_000_000, false, 413},
	} {
		r := httptest.NewRequest("POST", x.path, io.LimitReader(zeros{}, x.size))
		r.ContentLength = -1
		if x.known {
			r.ContentLength = x.size
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != x.status {
			t.Errorf("%+v: %d %s", x, w.Code, w.Body)
		}
		if w.Code == 413 {
			problemOf(t, w)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestHeadersStandOnErrorsTooAndTheWebMayAnswerThem(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, func(f *edge.Config) {
		f.Headers = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Security-Policy", "default-src 'none'")
				next.ServeHTTP(w, r)
			})
		}
		f.Fail = func(w http.ResponseWriter, _ *http.Request, p edge.Problem) {
			w.WriteHeader(p.Status)
			fmt.Fprintf(w, "<h1>%s</h1>", p.Title)
		}
	})
	w := o.ask(get("Authorization", "Bearer no"))
	if w.Code != 401 || w.Body.String() != "<h1>Unauthorized</h1>" || w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	required := o.Handler(o.Authenticate(o.Require(http.HandlerFunc(whoami))))
	w = httptest.NewRecorder()
	required.ServeHTTP(w, get())
	if w.Code != 401 {
		t.Errorf("nobody came in: %d %s", w.Code, w.Body)
	}
}

// A body that stops arriving is answered, and one that nobody reads holds no connection.
func TestBodiesMustKeepArriving(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, func(f *edge.Config) { f.BodyTime = 50 * time.Millisecond })
	server := httptest.NewServer(o.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/unread" {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			edge.WriteProblem(w, r, err)
		}
	})))
	defer server.Close()
	for path, want := range map[string]string{"/read": "HTTP/1.1 408 ", "/unread": "HTTP/1.1 200 "} {
		for _, kind := range []string{"Content-Length: 1000\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"} {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: x\r\n"+kind); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(conn) // ends when the server closes the connection
			if err != nil || !strings.HasPrefix(string(answer), want) {
				t.Errorf("%s, %q: %.100s, %v", path, kind, answer, err)
			}
			_ = conn.Close()
		}
	}
}

// What has arrived gives time for more, and the time for the body is none for the work.
func TestBodiesThatArriveAreTakenHoweverLongTheWorkIs(t *testing.T) {
	d, c := sqlite(t)
	o := newDoor(t, d, c, func(f *edge.Config) { f.BodyTime = 50 * time.Millisecond })
	again := make(chan struct{})
	server := httptest.NewServer(o.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done(): // the deadline of the body must not look like a caller who left
		case <-time.After(200 * time.Millisecond):
		}
		fmt.Fprintf(w, "%d %v %v", n, err, r.Context().Err())
		close(again)
	})))
	defer server.Close()
	read, write := io.Pipe()
	go func() {
		_, _ = write.Write(make([]byte, 1<<20)) // earns sixteen seconds
		_, _ = write.Write(make([]byte, 1<<20))
		_ = write.Close()
	}()
	answer, err := http.Post(server.URL, "application/octet-stream", read)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if b, _ := io.ReadAll(answer.Body); string(b) != "2097152 <nil> <nil>" {
		t.Errorf("got %s", b)
	}
	<-again
}
