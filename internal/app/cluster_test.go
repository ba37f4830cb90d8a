package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/engine/logstore/child"
)

// node is a process of the engine that listens to TCP, as those of a cluster do.
type node struct {
	t       *testing.T
	address string
	dir     string
	nodes   []string // of a front
	cmd     *exec.Cmd
	hold    *os.File
}

// startNode starts one. One with nodes of its own keeps no lines and asks them.
func startNode(t *testing.T, nodes ...string) *node {
	t.Helper()
	n := &node{t: t, address: "127.0.0.1:0", dir: filepath.Join(t.TempDir(), "data"), nodes: nodes}
	n.start()
	t.Cleanup(n.kill)
	return n
}

// start starts it, at the address that it had.
func (n *node) start() {
	n.t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", n.address)
	if err != nil {
		n.t.Fatal(err)
	}
	n.address = l.Addr().String()
	socket, err := l.(*net.TCPListener).File()
	if err := errors.Join(err, l.Close()); err != nil {
		n.t.Fatal(err)
	}
	defer socket.Close()
	alive, hold, err := os.Pipe()
	if err != nil {
		n.t.Fatal(err)
	}
	defer alive.Close()
	settings, err := json.Marshal(child.Settings{Dir: n.dir, Nodes: n.nodes, Retention: 90 * aDay, FutureRetention: 2 * aDay, Memory: 256 << 20, QueryTime: time.Minute})
	if err != nil {
		n.t.Fatal(err)
	}
	n.hold = hold
	n.cmd = exec.Command(os.Args[0])
	n.cmd.Env = append(os.Environ(), child.Env+"="+string(settings))
	n.cmd.ExtraFiles = []*os.File{socket, alive}
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
}

// kill ends it as kill -9 does; what it held in memory is gone.
func (n *node) kill() {
	if n.cmd != nil {
		_ = n.cmd.Process.Kill()
		_ = n.cmd.Wait()
		_ = n.hold.Close()
		n.cmd = nil
	}
}

// guarded lets nobody through to a front without the credentials, as vmauth does.
func guarded(t *testing.T, front *node) string {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: front.address})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "desk" || password != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// clustered is a desk whose lines are in a cluster of two nodes behind a front.
func clustered(t *testing.T) (d *apptest.Desk, nodes [2]*node) {
	t.Helper()
	nodes = [2]*node{startNode(t), startNode(t)}
	at := guarded(t, startNode(t, nodes[0].address, nodes[1].address))
	d = apptest.Open(t, "sqlite", func(o *app.Options) {
		o.LogCluster = app.LogCluster{InsertURL: at, SelectURL: at + "/", User: "desk", Password: "s3cret"}
	})
	d.StartLogs()
	within(t, time.Minute, "the cluster is up", func() bool { e := d.Logs.Status().Engine; return e.Up && e.Trouble == "" })
	return d, nodes
}

// sendMany sends lines of many streams, which the front spreads over its nodes.
func sendMany(t *testing.T, d *apptest.Desk, batch string) {
	t.Helper()
	var body strings.Builder
	for i := range 200 {
		fmt.Fprintf(&body, `{"_msg":"%s %d","host":"h%d"}`+"\n", batch, i, i%40)
	}
	send(t, d, "/insert/jsonline?_stream_fields=host", "", strings.NewReader(body.String())).Status(http.StatusOK)
}

// counted asks until a query counts what it should.
func counted(t *testing.T, d *apptest.Desk, query string, want string) {
	t.Helper()
	got := ""
	defer func() {
		if t.Failed() {
			t.Logf("%s: %s", query, got)
		}
	}()
	within(t, 2*time.Minute, query+" finds "+want, func() bool {
		form := url.Values{"query": {query + " | stats count() n"}}
		got = string(send(t, d, "/select/logsql/query", "application/x-www-form-urlencoded", strings.NewReader(form.Encode())).Body)
		return strings.Contains(got, `"n":"`+want+`"`)
	})
}

// answered asks a query whose answer may be broken off: then the error says so.
func answered(t *testing.T, d *apptest.Desk, query string) (status int, err error) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+d.Addr()+"/select/logsql/query?"+url.Values{"query": {query}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apptest.Token)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// TestANodeOfAClusterThatDiesIsSaidAndLosesNothing: what it had in memory is sent again when it is back.
func TestANodeOfAClusterThatDiesIsSaidAndLosesNothing(t *testing.T) {
	d, nodes := clustered(t)
	sendMany(t, d, "early")
	counted(t, d, "early", "200")
	sendMany(t, d, "just before")
	within(t, time.Minute, "the cluster has taken them", func() bool { st := d.Logs.Status(); return st.Waiting == 0 && st.Unsettled > 0 })
	nodes[0].kill()
	sendMany(t, d, "meanwhile")
	within(t, time.Minute, "the board says it", func() bool {
		return strings.Contains(strings.Join(troubles(t, d), " "), "A part of the log cluster does not answer")
	})
	if said := strings.Join(troubles(t, d), " "); !strings.Contains(said, nodes[0].address) {
		t.Errorf("the board does not say which: %s", said)
	}
	if status, err := answered(t, d, "early"); status != http.StatusServiceUnavailable && err == nil {
		t.Errorf("a part of the lines is answered with %d, as if it were the whole", status)
	}
	if st := d.Logs.Status(); st.Unsettled == 0 || !st.Engine.Up {
		t.Errorf("while a node is away the status is %+v", st.Engine)
	}
	nodes[0].start()
	within(t, time.Minute, "nothing is wrong any more", func() bool { return !strings.Contains(strings.Join(troubles(t, d), " "), "cluster") })
	for _, batch := range []string{"early", "just before", "meanwhile"} {
		counted(t, d, `"`+batch+`" | uniq by (_msg)`, "200")
	}
	if got := question(t, d, "just before -replay:* | uniq by (_msg) | stats count() n"); strings.Contains(got[0], `"0"`) {
		t.Errorf("none is the first of its kind: %s", got)
	}
	d.ExpectLog("a part of the log cluster does not answer")
}

// TestWrongCredentialsOfAClusterAreSaid and lines wait.
func TestWrongCredentialsOfAClusterAreSaid(t *testing.T) {
	at := guarded(t, startNode(t))
	d := apptest.Open(t, "sqlite", func(o *app.Options) {
		o.LogCluster = app.LogCluster{InsertURL: at, SelectURL: at, User: "desk", Password: "wrong"}
	})
	d.StartLogs()
	sendMany(t, d, "waiting")
	within(t, time.Minute, "the board says it", func() bool { return strings.Contains(strings.Join(troubles(t, d), " "), "401") })
	if st := d.Logs.Status(); st.Waiting == 0 {
		t.Errorf("%d bytes wait", st.Waiting)
	}
}
