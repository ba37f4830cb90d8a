package small_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
	"mainstay/internal/probe/small"
)

// make1 makes a probe once, as the server and agents do.
func make1(t *testing.T, s probe.Spec, scripts map[string]probe.Script) probe.Result {
	t.Helper()
	return small.Set().Run(t.Context(), probe.Job{Spec: s, Timeout: probe.Span(5 * time.Second)}, probe.Env{Clock: clock.Wall(), Scripts: scripts})
}

// want checks the state of a result, and that its message says something.
func want(t *testing.T, what string, r probe.Result, state probe.State, message string) {
	t.Helper()
	if r.State != state || !strings.Contains(r.Message, message) {
		t.Errorf("%s: %s %q, want %s with %q", what, r.State, r.Message, state, message)
	}
}

func figure(r probe.Result, name string) float64 {
	for _, f := range r.Figures {
		if f.Name == name {
			return f.Value
		}
	}
	return -1
}

// serve answers each connection by a function.
func serve(t *testing.T, with func(net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); with(c) }()
		}
	}()
	return l.Addr().String()
}

func closed(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestAnAnswerOverHTTPIsHeldAgainstWhatIsExpected(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/down":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/secret":
			if _, p, _ := r.BasicAuth(); p != "s3cret" || r.Header.Get("X-Key") != "k3y-of-it" {
				w.WriteHeader(http.StatusUnauthorized)
			}
		case "/moved":
			http.Redirect(w, r, "/json", http.StatusFound)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"status":"up","queue":{"depth":42}}`)
		}
	}))
	defer s.Close()
	for _, c := range []struct {
		path    string
		http    probe.HTTP
		state   probe.State
		message string
	}{
		{"/json", probe.HTTP{}, probe.OK, "200 OK"},
		{"/down", probe.HTTP{}, probe.Failed, "status 503"},
		{"/down", probe.HTTP{Expect: probe.Expect{Status: []int{503}}}, probe.OK, "503"},
		{"/json", probe.HTTP{Expect: probe.Expect{Contains: []string{"up"}}}, probe.OK, ""},
		{"/json", probe.HTTP{Expect: probe.Expect{Contains: []string{"gone"}}}, probe.Failed, `does not have "gone"`},
		{"/json", probe.HTTP{Expect: probe.Expect{Lacks: []string{"up"}}}, probe.Failed, `has "up"`},
		{"/json", probe.HTTP{Expect: probe.Expect{Matches: `"depth":\d+`}}, probe.OK, ""},
		{"/json", probe.HTTP{Expect: probe.Expect{Matches: `"depth":[a-z]`}}, probe.Failed, "does not match"},
		{"/json", probe.HTTP{Expect: probe.Expect{JSON: []probe.JSONExpect{{Path: "$.status", Equals: "up"}}}}, probe.OK, ""},
		{"/json", probe.HTTP{Expect: probe.Expect{JSON: []probe.JSONExpect{{Path: "$.status", Equals: "down"}}}}, probe.Failed, `"up", not "down"`},
		{"/json", probe.HTTP{Expect: probe.Expect{JSON: []probe.JSONExpect{{Path: "$.nothing"}}}}, probe.Failed, "has no $.nothing"},
		{"/json", probe.HTTP{Expect: probe.Expect{JSON: []probe.JSONExpect{{Path: "$.queue.depth", Value: probe.Limits{DegradedAbove: new(40.)}}}}}, probe.Degraded, "42, above 40"},
		{"/json", probe.HTTP{Expect: probe.Expect{Headers: []probe.HeaderExpect{{Name: "Content-Type", Matches: "xml"}}}}, probe.Failed, "Content-Type"},
		{"/moved", probe.HTTP{Expect: probe.Expect{URL: "/json$"}}, probe.OK, ""},
		{"/moved", probe.HTTP{Stay: true}, probe.Failed, "302"},
		{"/secret", probe.HTTP{User: "u", Password: "s3cret", Headers: []probe.Header{{Name: "X-Key", Secret: "k3y-of-it"}}}, probe.OK, ""},
		{"/secret", probe.HTTP{}, probe.Failed, "401"},
	} {
		c.http.URL = s.URL + c.path
		r := make1(t, probe.Spec{HTTP: &c.http}, nil)
		want(t, c.path, r, c.state, c.message)
		if c.path == "/json" && (figure(r, "phase_connect") < 0 || figure(r, "phase_wait") < 0 || figure(r, "status") != 200) {
			t.Errorf("phases: %+v", r.Figures)
		}
	}
	want(t, "a port that is closed", make1(t, probe.Spec{HTTP: &probe.HTTP{URL: "http://" + closed(t)}}, nil), probe.Failed, "refuses connections")
}

// A header that is secret is for the host that it was written for.
func TestASecretHeaderDoesNotFollowARedirectToAnotherHost(t *testing.T) {
	got := make(chan string, 1)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("X-Key") }))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusFound)
	}))
	defer first.Close()
	r := make1(t, probe.Spec{HTTP: &probe.HTTP{URL: first.URL, Headers: []probe.Header{{Name: "X-Key", Secret: "k3y-of-it"}}}}, nil)
	if key := <-got; key != "" || r.State != probe.OK {
		t.Errorf("%q was sent on, %+v", key, r)
	}
}

func TestNoSecretIsInAMessage(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/?token="+r.Header.Get("X-Key"), http.StatusFound)
	}))
	defer s.Close()
	r := make1(t, probe.Spec{HTTP: &probe.HTTP{URL: s.URL, Headers: []probe.Header{{Name: "X-Key", Secret: "k3y of it"}}, Expect: probe.Expect{URL: "never"}}}, nil)
	if r.State != probe.Failed || strings.Contains(r.Message, "k3y") {
		t.Errorf("%+v", r)
	}
}

// certified is a certificate of 127.0.0.1 that lasts so long.
func certified(t *testing.T, lasts time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Wall().Now()
	leaf := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "peer"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(lasts),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"peer.example"}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func secured(t *testing.T, lasts time.Duration) string {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{certified(t, lasts)}, MinVersion: tls.VersionTLS12}
	return serve(t, func(c net.Conn) { _ = tls.Server(c, config).HandshakeContext(context.Background()) })
}

func TestCertificatesThatEndSoonOrThatNobodySignedAreTold(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		lasts    time.Duration
		insecure bool
		state    probe.State
		message  string
	}{
		{100 * day, true, probe.OK, "peer.example"}, {100 * day, false, probe.Failed, "signed by nobody"}, {10 * day, true, probe.Degraded, "in 9 days"},
		{2 * day, true, probe.Failed, "ends on"}, {-time.Minute, true, probe.Failed, "ended on"},
	} {
		r := make1(t, probe.Spec{TLS: &probe.TLS{Address: secured(t, c.lasts), Insecure: c.insecure}}, nil)
		want(t, c.lasts.String(), r, c.state, c.message)
	}
}

func TestAPortSaysWhatItShould(t *testing.T) {
	at := serve(t, func(c net.Conn) {
		line, _ := bufio.NewReader(c).ReadString('\n')
		_, _ = fmt.Fprintf(c, "you said %s", line)
	})
	want(t, "it does", make1(t, probe.Spec{TCP: &probe.TCP{Address: at, Send: "hello\n", Expect: "said hello"}}, nil), probe.OK, "")
	want(t, "it does not", make1(t, probe.Spec{TCP: &probe.TCP{Address: at, Send: "hello\n", Expect: "goodbye"}}, nil), probe.Failed, "you said hello")
	silent := serve(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	r := small.Set().Run(t.Context(), probe.Job{Spec: probe.Spec{TCP: &probe.TCP{Address: silent, Expect: "x"}}, Timeout: probe.Span(50 * time.Millisecond)}, probe.Env{Clock: clock.Wall()})
	want(t, "it says nothing", r, probe.Failed, "no answer in time")
}

func TestNameServersAreAsked(t *testing.T) {
	l, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg).SetReply(q)
		switch {
		case q.Question[0].Name != "shop.example.":
			a.Rcode = dns.RcodeNameError
		case q.Question[0].Qtype == dns.TypeA:
			rr, _ := dns.NewRR("shop.example. 300 IN A 192.0.2.7")
			a.Answer = append(a.Answer, rr)
		}
		_ = w.WriteMsg(a)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { _ = server.Shutdown() })
	at := l.LocalAddr().String()
	for _, c := range []struct {
		dns     probe.DNS
		state   probe.State
		message string
	}{
		{probe.DNS{Name: "shop.example"}, probe.OK, "192.0.2.7"}, {probe.DNS{Name: "shop.example", Expect: []string{"192.0.2.7"}}, probe.OK, ""},
		{probe.DNS{Name: "shop.example", Expect: []string{"192.0.2.8"}}, probe.Failed, "192.0.2.8 is not among"},
		{probe.DNS{Name: "gone.example"}, probe.Failed, "NXDOMAIN"}, {probe.DNS{Name: "gone.example", Code: "NXDOMAIN"}, probe.OK, ""},
		{probe.DNS{Name: "shop.example", Type: "MX"}, probe.Failed, "no record MX"},
	} {
		c.dns.Server = at
		want(t, fmt.Sprintf("%+v", c.dns), make1(t, probe.Spec{DNS: &c.dns}, nil), c.state, c.message)
	}
}

// script answers line by line: what begins with a word gets its answer.
func script(greeting string, answers ...string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, greeting)
		in := bufio.NewReader(c)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			for i := 0; i+1 < len(answers); i += 2 {
				if strings.Contains(strings.ToUpper(line), answers[i]) {
					_, _ = io.WriteString(c, strings.ReplaceAll(answers[i+1], "TAG", strings.Fields(line)[0]))
					break
				}
			}
		}
	}
}

func TestServersOfMailAreSpokenTo(t *testing.T) {
	talks := []string{"EHLO", "250-peer\r\n250 SIZE 1000\r\n", "MAIL", "250 ok\r\n", "RCPT TO:<ANA", "250 ok\r\n", "RCPT", "550 nobody here\r\n", "QUIT", "221 bye\r\n"}
	at := serve(t, script("220 peer\r\n", talks...))
	want(t, "takes mail", make1(t, probe.Spec{SMTP: &probe.SMTP{Address: at, To: "ana@bank.example"}}, nil), probe.OK, "accepts ana@bank.example")
	want(t, "nobody", make1(t, probe.Spec{SMTP: &probe.SMTP{Address: at, To: "ben@bank.example"}}, nil), probe.Failed, "550 nobody here")
	want(t, "no STARTTLS", make1(t, probe.Spec{SMTP: &probe.SMTP{Address: at, TLS: "starttls"}}, nil), probe.Failed, "does not offer STARTTLS")
	want(t, "busy", make1(t, probe.Spec{SMTP: &probe.SMTP{Address: serve(t, script("421 busy\r\n"))}}, nil), probe.Failed, "421 busy")

	box := serve(t, script("* OK [CAPABILITY IMAP4rev1] ready\r\n", "LOGIN", "TAG OK in\r\n", "STATUS", "* STATUS INBOX (MESSAGES 17)\r\nTAG OK done\r\n",
		"CAPABILITY", "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", "LOGOUT", "* BYE\r\nTAG OK bye\r\n"))
	r := make1(t, probe.Spec{IMAP: &probe.IMAP{Address: box, TLS: "none", User: "ana", Password: "s3cret", Mailbox: "INBOX", Messages: probe.Limits{FailedAbove: new(10.)}}}, nil)
	want(t, "too many messages", r, probe.Failed, "17, above 10")
	want(t, "gives mail", make1(t, probe.Spec{IMAP: &probe.IMAP{Address: box, TLS: "none"}}, nil), probe.OK, "gives mail")
}

func TestTheBannerOfAnSSHServerIsRead(t *testing.T) {
	at := serve(t, script("welcome\r\nSSH-2.0-OpenSSH_9.6\r\n"))
	want(t, "right", make1(t, probe.Spec{SSH: &probe.SSH{Address: at, Expect: "OpenSSH_9"}}, nil), probe.OK, "OpenSSH_9.6")
	want(t, "another", make1(t, probe.Spec{SSH: &probe.SSH{Address: at, Expect: "Dropbear"}}, nil), probe.Failed, "OpenSSH_9.6")
}

func TestAPersonSignsInStepByStep(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/login":
			http.SetCookie(w, &http.Cookie{Name: "visit", Value: "1"})
			_, _ = io.WriteString(w, `<input name="csrf" value="t0ken-of-form">`)
		case "/session":
			_, err := r.Cookie("visit")
			if r.PostFormValue("password") != "s3cret" || r.PostFormValue("csrf") != "t0ken-of-form" || err != nil {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			_, _ = io.WriteString(w, "Welcome")
		}
	}))
	defer s.Close()
	login := func(password string) probe.Result {
		return make1(t, probe.Spec{Login: &probe.Login{Secrets: []probe.Header{{Name: "password", Secret: probe.Secret(password)}}, Steps: []probe.Step{
			{Name: "form", URL: s.URL + "/login", Extract: []probe.Extract{{Name: "csrf", Matches: `name="csrf" value="([^"]+)"`}}},
			{Name: "sign in", URL: s.URL + "/session", Form: []probe.Header{{Name: "password", Value: "${password}"}, {Name: "csrf", Value: "${csrf}"}}, Expect: probe.Expect{Contains: []string{"Welcome"}}},
		}}}, nil)
	}
	want(t, "right", login("s3cret"), probe.OK, "all 2 steps")
	want(t, "wrong", login("wr0ng"), probe.Failed, "step 2, sign in: status 403")
}

func TestFilesAreCountedMeasuredAndDated(t *testing.T) {
	dir := t.TempDir()
	now := clock.Wall().Now()
	for i, name := range []string{"a.csv", "b.csv", "c.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("x", 100*(i+1))), 0o600); err != nil {
			t.Fatal(err)
		}
		at := now.Add(-time.Duration(i+1) * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	hour := probe.Span(time.Hour)
	for what, c := range map[string]struct {
		file    probe.File
		state   probe.State
		message string
	}{
		"directory":     {probe.File{Path: dir, Count: probe.Limits{FailedAbove: new(2.)}}, probe.Failed, "3, above 2"},
		"pattern":       {probe.File{Path: filepath.Join(dir, "*.csv"), Age: probe.Ages{FailedAfter: 2 * hour}}, probe.OK, "2 files"},
		"too old":       {probe.File{Path: filepath.Join(dir, "*.csv"), Age: probe.Ages{FailedAfter: hour / 2}}, probe.Failed, "a.csv is 1h old"},
		"oldest":        {probe.File{Path: filepath.Join(dir, "*.csv"), Oldest: probe.Ages{DegradedAfter: hour + hour/2}}, probe.Degraded, "oldest"},
		"size":          {probe.File{Path: filepath.Join(dir, "c.txt"), Size: probe.Limits{FailedBelow: new(301.)}}, probe.Failed, "300, below 301"},
		"none":          {probe.File{Path: filepath.Join(dir, "*.xml")}, probe.Failed, "there is no"},
		"must be gone":  {probe.File{Path: filepath.Join(dir, "a.csv"), Absent: true}, probe.Failed, "is there"},
		"is gone":       {probe.File{Path: filepath.Join(dir, "z.csv"), Absent: true}, probe.OK, "is not there"},
		"none is right": {probe.File{Path: filepath.Join(dir, "*.xml"), Count: probe.Limits{FailedAbove: new(0.)}}, probe.OK, "0 files"},
	} {
		want(t, what, make1(t, probe.Spec{File: &c.file}, nil), c.state, c.message)
	}
}

func TestALogIsFreshAndSaysWhatItShould(t *testing.T) {
	name := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(name, []byte("started\npassword refused for ana\nready\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := probe.Ages{FailedAfter: probe.Span(time.Minute)}
	want(t, "fresh", make1(t, probe.Spec{Log: &probe.Log{Path: name, Fresh: fresh, Matches: "ready"}}, nil), probe.OK, "written")
	want(t, "lacks", make1(t, probe.Spec{Log: &probe.Log{Path: name, Fresh: fresh, Lacks: "refused"}}, nil), probe.Failed, "password refused for ana")
	want(t, "last line only", make1(t, probe.Spec{Log: &probe.Log{Path: name, Fresh: fresh, Lacks: "refused", Last: 1}}, nil), probe.OK, "")
	old := clock.Wall().Now().Add(-time.Hour)
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	want(t, "stale", make1(t, probe.Spec{Log: &probe.Log{Path: name, Fresh: fresh}}, nil), probe.Failed, "1h old")
}

func TestProcessesAreFoundByTheirCommand(t *testing.T) {
	self := regexp.QuoteMeta(filepath.Base(os.Args[0]))
	r := make1(t, probe.Spec{Process: &probe.Process{Command: self}}, nil)
	want(t, "this test", r, probe.OK, "running")
	if figure(r, "count") < 1 || figure(r, "memory") <= 0 {
		t.Errorf("%+v", r.Figures)
	}
	want(t, "none", make1(t, probe.Spec{Process: &probe.Process{Name: "^no-such-program$"}}, nil), probe.Failed, "no such process")
}

func TestOnlyScriptsThatTheHostNamesRunWithArgumentsThatItAllows(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the scripts are for a POSIX shell")
	}
	scripts := map[string]probe.Script{
		"say":   {Command: []string{"/bin/sh", "-c", `echo "$0 is there | 'a b'=3.5s;1;2 size=2KB;;;0 odd=U"; exit 1`, "$1"}, Arguments: []*regexp.Regexp{regexp.MustCompile(`^(?:[a-z]+)$`)}},
		"hang":  {Command: []string{"/bin/sh", "-c", "sleep 600 & sleep 600"}},
		"quiet": {Command: []string{"/bin/sh", "-c", "exit 2"}},
		"loud":  {Command: []string{"/bin/sh", "-c", "yes noise | head -c 3000000; exit 0"}},
		"none":  {Command: []string{"/no/such/program"}},
	}
	run := func(name string, args ...string) probe.Result {
		return make1(t, probe.Spec{Script: &probe.RunScript{Name: name, Args: args}}, scripts)
	}
	r := run("say", "disk")
	want(t, "say", r, probe.Degraded, "disk is there")
	if figure(r, "a_b") != 3.5 || figure(r, "size") != 2048 || len(r.Figures) != 2 {
		t.Errorf("figures: %+v", r.Figures)
	}
	want(t, "an argument that is not allowed", run("say", "x; rm -rf /"), probe.Unknown, "does not allow")
	want(t, "too few arguments", run("say"), probe.Unknown, "number of arguments")
	want(t, "another script", run("/bin/sh"), probe.Unknown, "names no script")
	want(t, "quiet", run("quiet"), probe.Failed, "nothing was printed")
	want(t, "loud", run("loud"), probe.OK, "noise")
	want(t, "none", run("none"), probe.Unknown, "cannot be run")
	took := clock.Stopwatch()
	hang := small.Set().Run(t.Context(), probe.Job{Spec: probe.Spec{Script: &probe.RunScript{Name: "hang"}}, Timeout: probe.Span(100 * time.Millisecond)},
		probe.Env{Clock: clock.Wall(), Scripts: scripts})
	want(t, "hang", hang, probe.Unknown, "did not end in time")
	if took() > 5*time.Second {
		t.Errorf("a script that hangs holds us up for %v", took())
	}
}

func TestLoopbackAnswersEchoRequestsOrItIsSaidWhyNobodyMaySendThem(t *testing.T) {
	r := make1(t, probe.Spec{ICMP: &probe.ICMP{Host: "127.0.0.1", Count: 2}}, nil)
	if r.State != probe.OK && !strings.Contains(r.Message, "CAP_NET_RAW") {
		t.Errorf("%+v", r)
	}
}

func TestADeviceThatIsAwayFailsInTime(t *testing.T) {
	l, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0") // answers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := probe.Spec{SNMP: &probe.SNMP{Address: l.LocalAddr().String(), Values: []probe.OID{{OID: "1.3.6.1.2.1.1.3.0", Name: "uptime"}}}}
	r := small.Set().Run(t.Context(), probe.Job{Spec: s, Timeout: probe.Span(300 * time.Millisecond)}, probe.Env{Clock: clock.Wall()})
	want(t, "away", r, probe.Failed, "no answer in time")
}
