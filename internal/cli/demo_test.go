package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/cli"
	"mainstay/internal/demo"
)

// playing is a demo as a newcomer meets it: the command, what it prints, and a browser.
type playing struct {
	t       *testing.T
	url     string
	browser http.Client
	stop    func()
}

// startDemo runs "mainstay demo" until it says where to go.
func startDemo(t *testing.T, args ...string) *playing {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs printed
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, append([]string{"demo", "--listen", "127.0.0.1:0"}, args...), cli.Env{Out: &out, Err: &errs, Version: "test"})
	}()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &playing{t: t, browser: http.Client{Jar: jar, Timeout: 10 * time.Second}}
	var once sync.Once
	p.stop = func() {
		once.Do(func() {
			cancel()
			if code := <-ended; code != 0 || errs.String() != "" {
				t.Errorf("the demo ended with %d: %s", code, errs.String())
			}
		})
	}
	t.Cleanup(p.stop)
	p.await("the demo to start", func() bool {
		p.url = strings.TrimSuffix(regexp.MustCompile(`http://\S+/demo`).FindString(out.String()), demo.Page)
		return p.url != ""
	})
	return p
}

// printed is what a command has written so far.
type printed struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write takes more of it.
func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.Write(b)
}

// String is all of it.
func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.buf.String()
}

// await looks again and again until something is so, for at most half a minute.
func (p *playing) await(what string, is func() bool) {
	p.t.Helper()
	wall := clock.Wall()
	over := wall.After(30 * time.Second)
	for !is() {
		select {
		case <-over:
			p.t.Fatalf("waited for %s in vain", what)
		case <-wall.After(50 * time.Millisecond):
		}
	}
}

func (p *playing) get(path string) string {
	p.t.Helper()
	answer, err := p.browser.Get(p.url + path)
	return p.read("GET "+path, answer, err)
}

func (p *playing) post(path string, form url.Values) string {
	p.t.Helper()
	answer, err := p.browser.PostForm(p.url+path, form)
	return p.read("POST "+path, answer, err)
}

func (p *playing) read(what string, answer *http.Response, err error) string {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s answers %s: %v %.500s", what, answer.Status, err, body)
	}
	return string(body)
}

// signIn presses a person's button on the page.
func (p *playing) signIn(login string) {
	p.t.Helper()
	p.post("/login", url.Values{"login": {login}, "password": {demo.Password}, "next": {"/"}})
}

// incident is one as the API shows it.
type incident struct {
	Key, Status, Service, Assignee string
	Severity                       int
}

func (p *playing) incidents(query string) []incident {
	p.t.Helper()
	var list struct{ Items []incident }
	if err := json.Unmarshal([]byte(p.get("/api/v1/incidents?"+query)), &list); err != nil {
		p.t.Fatal(err)
	}
	return list.Items
}

func (p *playing) status(key string) string {
	p.t.Helper()
	var i incident
	if err := json.Unmarshal([]byte(p.get("/api/v1/incidents/"+key)), &i); err != nil {
		p.t.Fatal(err)
	}
	return i.Status
}

var ackPath = regexp.MustCompile(`href="http://[^/"]+(/a/[^"]+)"[^>]*aria-label="Acknowledge (INC-\d+)"`)

// TestNewcomerWalksTheWholeLoop is the tour on the page /demo, by somebody who has nothing but
// a browser.
func TestNewcomerWalksTheWholeLoop(t *testing.T) {
	t.Parallel()
	p := startDemo(t, "--speed", "60")
	if page := p.get("/"); !strings.Contains(page, `href="/demo"`) {
		t.Errorf("who comes without a session is not led to the demo's page: %.300s", page)
	}
	p.signIn("ada")
	if list := p.incidents("active=true"); len(list) > 0 {
		t.Fatalf("a bank where all is well has incidents: %v", list)
	}

	p.post("/demo/failures/firewall/begin", nil)
	var i incident
	p.await("the incident", func() bool {
		list := p.incidents("active=true&service=payments")
		if len(list) > 0 {
			i = list[0]
		}
		return i.Key != ""
	})
	if i.Status != "open" || i.Severity != 1 {
		t.Errorf("the incident is %+v", i)
	}

	inbox := ""
	arrived := func(what string) func() bool {
		return func() bool { inbox = p.get("/demo/inbox"); return strings.Contains(inbox, what) }
	}
	p.await("the telephone", arrived("arrival-telephone"))
	p.await("the mail", arrived("arrival-mail"))
	if strings.Contains(inbox, "Signature is wrong") {
		t.Error("a webhook of the desk is not signed with the telephones' secret")
	}
	p.await("the next step of the escalation", func() bool {
		return regexp.MustCompile(`(?s)id="step-4"\s+class="tour-done`).MatchString(p.get("/demo"))
	})

	link := ackPath.FindStringSubmatch(inbox)
	if link == nil || link[2] != i.Key {
		t.Fatalf("no link to acknowledge %s in the inbox", i.Key)
	}
	if page := p.get(link[1]); !strings.Contains(page, i.Key) || p.status(i.Key) != "open" {
		t.Errorf("opening the link has made the incident %s", p.status(i.Key))
	}
	p.post(link[1], nil)
	if got := p.status(i.Key); got != "acknowledged" {
		t.Errorf("after the button the incident is %s", got)
	}

	p.post("/demo/failures/firewall/repair", nil)
	p.await("the incident to be restored", func() bool { return p.status(i.Key) == "restored" })
	p.await("the tour to be over", func() bool { return strings.Count(p.get("/demo"), `class="tour-done`) == 6 })
}

// TestMailIsRestoredByAPerson: a service may want more than green checks.
func TestMailIsRestoredByAPerson(t *testing.T) {
	t.Parallel()
	p := startDemo(t)
	p.signIn("ada")
	p.post("/demo/failures/mail-server/begin", nil)
	p.await("the incident", func() bool { return len(p.incidents("active=true&service=mail")) == 1 })
	key := p.incidents("active=true&service=mail")[0].Key
	p.post("/demo/failures/mail-server/repair", nil)
	p.await("the alert to resolve", func() bool { return strings.Contains(p.get("/api/v1/alerts?service=mail&q=storage"), `"resolved"`) })
	if got := p.status(key); got != "open" {
		t.Errorf("it is %s, though people want to look first", got)
	}
}

// TestStormLeavesAReadableInbox: fifty alerts are six incidents, and no more messages than
// a person can read.
func TestStormLeavesAReadableInbox(t *testing.T) {
	t.Parallel()
	p := startDemo(t)
	p.signIn("ada")
	p.post("/demo/failures/switch/begin", nil)
	p.await("six incidents", func() bool { return len(p.incidents("active=true")) == 6 })
	inbox := ""
	p.await("a message that lists them", func() bool { inbox = p.get("/demo/inbox"); return strings.Contains(inbox, "6 incidents") })
	if n := strings.Count(inbox, `class="arrival `); n != 1 {
		t.Errorf("%d messages have come for one storm", n)
	}
	for n := 7; n <= 12; n++ {
		if !strings.Contains(inbox, fmt.Sprintf(`aria-label="Acknowledge INC-%d"`, n)) {
			t.Errorf("the message has no link to acknowledge INC-%d", n)
		}
	}
}

// TestDemoGoesOnWhereItEnded on a directory that is kept.
func TestDemoGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startDemo(t, "--data", dir, "--speed", "60")
	p.signIn("ada")
	p.post("/demo/failures/firewall/begin", nil)
	p.await("the incident", func() bool { return len(p.incidents("active=true")) > 0 })
	key := p.incidents("active=true")[0].Key
	p.stop()

	p = startDemo(t, "--data", dir)
	p.signIn("ada")
	if got := p.status(key); got != "open" {
		t.Errorf("%s is %s after the restart", key, got)
	}
	p.post("/demo/failures/firewall/repair", nil)
	p.await("the incident to be restored", func() bool { return p.status(key) == "restored" })
}

func TestDemoLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	p := startDemo(t)
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Fatalf("while it runs there is %v, %v", left, err)
	}
	p.stop()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("it leaves %v behind, %v", left, err)
	}
}

func TestTakenAddressIsSaid(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var out, errs printed
	code := cli.Run(t.Context(), []string{"demo", "--listen", l.Addr().String()}, cli.Env{Out: &out, Err: &errs})
	if code != 5 || !strings.Contains(errs.String(), l.Addr().String()+" is taken") {
		t.Errorf("it ended with %d: %s", code, errs.String())
	}
}
