package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"mainstay/internal/agent"
	"mainstay/internal/agent/manifest"
	"mainstay/internal/agent/settings"
	"mainstay/internal/api"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/source"
)

func sourceKey(t testing.TB, d *apptest.Desk) string {
	t.Helper()
	key, _, err := d.Rooms.Sources.CreateKey(context.Background(), actor.Mainstay, source.Direct, "agents")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// delivered tells how an inventory was answered.
type delivered chan int

func (c delivered) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, "/files") {
		c <- answer.StatusCode
	}
	return answer, err
}

// fleet is hosts that have the same directory, each with a real agent that looks when the test says.
type fleet struct {
	t      *testing.T
	desk   *apptest.Desk
	key    string
	dir    string
	states map[string]string
}

func newFleet(t *testing.T, d *apptest.Desk) *fleet {
	return &fleet{t, d, sourceKey(t, d), t.TempDir(), map[string]string{}}
}

func (f *fleet) install(files map[string]string) {
	f.t.Helper()
	for name, text := range files {
		name = filepath.Join(f.dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			f.t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			f.t.Fatal(err)
		}
	}
}

// look runs a host's agent until its inventory is answered.
func (f *fleet) look(host string) {
	f.t.Helper()
	if f.states[host] == "" {
		f.states[host] = f.t.TempDir()
	}
	rate, sent := settings.Size(0), make(delivered, 1)
	a, err := agent.New(agent.Options{Clock: f.desk.Clock, Log: slog.New(slog.DiscardHandler), Transport: sent, Settings: &settings.Settings{
		Server: "http://" + f.desk.Addr(), Key: f.key, Host: host, State: f.states[host], Compression: "zstd", Buffer: 1 << 20, Poll: time.Hour, MaxLine: 1 << 20,
		Files: []settings.Files{{Root: f.dir, Every: time.Hour, Rate: &rate}}}})
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(f.t.Context())
	done := make(chan struct{})
	go func() { a.Run(ctx); close(done) }()
	select {
	case code := <-sent:
		if code != http.StatusOK {
			f.t.Errorf("the inventory of %s was answered with %d", host, code)
		}
	case <-time.After(time.Minute):
		f.t.Errorf("no inventory of %s arrives", host)
	}
	stop()
	<-done
	if err := a.Close(); err != nil {
		f.t.Fatal(err)
	}
}

// sentence is what the API says of the roll.
func (f *fleet) sentence() string {
	f.t.Helper()
	var r api.RollReport
	f.desk.Call(http.MethodGet, "/api/v1/rolls/2026.11.21", nil).Status(http.StatusOK).Into(&r)
	return r.Sentence
}

func (f *fleet) want(sentence string) {
	f.t.Helper()
	if got := f.sentence(); got != sentence {
		f.t.Errorf("%q, want %q", got, sentence)
	}
}

func TestAfterACodeRollTheHostThatStaysOldIsNamedUntilItHasTheRelease(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		f := newFleet(t, d)
		f.install(map[string]string{"lib/pay.jar": "version 1", "bin/run": "x"})
		for _, host := range []string{"web1", "web2", "web3"} {
			f.look(host)
		}
		d.Clock.Advance(time.Hour)
		f.install(map[string]string{"lib/pay.jar": "version 2"})
		var release bytes.Buffer
		if err := manifest.Write(t.Context(), &release, f.dir); err != nil {
			t.Fatal(err)
		}
		req, _ := http.NewRequest(http.MethodPost, "http://"+d.Addr()+"/api/v1/rolls?name=2026.11.21&root="+f.dir, &release)
		req.Header.Set("Content-Type", "text/plain")
		req.Header.Set("Authorization", "Bearer "+apptest.Token)
		d.Do(req).Status(http.StatusCreated)
		f.want("3 of 3 hosts still have old files: web1, web2 and web3")
		d.Clock.Advance(time.Minute)
		f.look("web1")
		f.look("web2")
		f.want("1 of 3 hosts still has the old file: web3, lib/pay.jar; 2 have release 2026.11.21")
		d.Clock.Advance(time.Minute)
		f.look("web3")
		f.want("3 of 3 hosts have release 2026.11.21")
		f.install(map[string]string{"lib/pay.jar": "quick fix at 3 am"})
		d.Clock.Advance(time.Minute)
		f.look("web2")
		f.want("1 of 3 hosts has a file that was changed after the roll: web2, lib/pay.jar; 2 have release 2026.11.21")
		d.Clock.Advance(48 * time.Hour)
		f.want("3 of 3 hosts are silent: nobody knows what they have: web1, web2 and web3")
	})
}

// sendFiles sends an inventory as it is, with whatever credentials.
func sendFiles(d *apptest.Desk, key, host, coding string, body io.Reader) apptest.Response {
	req, err := http.NewRequest(http.MethodPost, "http://"+d.Addr()+"/api/v1/hosts/"+host+"/files", body)
	if err != nil {
		d.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if coding != "" {
		req.Header.Set("Content-Encoding", coding)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return d.Do(req)
}

const sum = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

func TestInventoriesComeWithTheKeyOfASourceOrATokenAndPacked(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	key := sourceKey(t, d)
	body := `{"root":"/opt/x","taken":"2026-11-02T09:00:00Z","files":[{"path":"a","sha256":"` + sum + `","size":3,"mode":"-rw-r--r--","owner":"r:r","modified":"2026-11-01T00:00:00Z","inode":7}],"agent":"1.2"}`
	sendFiles(d, key, "web1", "", strings.NewReader(body)).Status(http.StatusOK)
	sendFiles(d, apptest.Token, "web1", "", strings.NewReader(body)).Status(http.StatusOK)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, body)
	_ = z.Close()
	sendFiles(d, key, "web1", "gzip", &packed).Status(http.StatusOK)
	var also bytes.Buffer
	w, _ := zstd.NewWriter(&also)
	fmt.Fprint(w, body)
	_ = w.Close()
	var got api.Received
	sendFiles(d, key, "web1", "zstd", &also).Status(http.StatusOK).Into(&got)
	if got != (api.Received{Files: 1}) {
		t.Errorf("%+v", got)
	}
	sendFiles(d, "", "web1", "", strings.NewReader(body)).Status(http.StatusUnauthorized)
	sendFiles(d, "msk_wrong", "web1", "", strings.NewReader(body)).Status(http.StatusUnauthorized)
	sendFiles(d, "nonsense", "web1", "", strings.NewReader(body)).Status(http.StatusUnauthorized)
	d.CallAs(key, http.MethodGet, "/api/v1/hosts", nil).Status(http.StatusUnauthorized)
}

func TestHostileInventoriesAreRefusedAndChangeNothing(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	key := sourceKey(t, d)
	file := `{"path":"a","sha256":"` + sum + `"}`
	sendFiles(d, key, "web1", "", strings.NewReader(`{"root":"/opt/x","files":[`+file+`]}`)).Status(http.StatusOK)
	for name, body := range map[string]string{
		"empty": "", "no JSON": "x", "an array": "[]", "null": "null", "no files": `{"root":"/x"}`, "files first": `{"files":[` + file + `],"root":"/opt/x"}`,
		"cut off": `{"root":"/opt/x","files":[` + file, "cut off behind": `{"root":"/opt/x","files":[` + file + `]`, "rest": `{"root":"/opt/x","files":[` + file + `]}{}`,
		"twice": `{"root":"/opt/x","files":[],"files":[]}`, "root twice": `{"root":"/opt/x","files":[],"root":"/y"}`, "a number": `{"root":"/opt/x","files":[7]}`,
		"an object": `{"root":"/opt/x","files":{}}`, "null file": `{"root":"/opt/x","files":[null]}`, "long path": `{"root":"/opt/x","files":[{"path":"` + strings.Repeat("x", 1<<20) + `"}]}`,
		"long root": `{"root":"` + strings.Repeat("x", 1<<20) + `","files":[]}`, "deep": `{"root":"/opt/x","x":` + strings.Repeat("[", 30_000) + strings.Repeat("]", 30_000) + `,"files":[]}`,
		"NUL": `{"root":"/opt/x","files":[{"path":"a\u0000","sha256":"` + sum + `"}]}`, "NUL in root": `{"root":"/opt\u0000","files":[]}`,
		"outside": `{"root":"/opt/x","files":[{"path":"../a","sha256":"` + sum + `"}]}`, "negative": `{"root":"/opt/x","files":[{"path":"b","sha256":"` + sum + `","size":-1}]}`,
		"no hash": `{"root":"/opt/x","files":[{"path":"b","sha256":"x"}]}`, "a path twice": `{"root":"/opt/x","files":[` + file + `,` + file + `]}`,
		"strange time": `{"root":"/opt/x","taken":"yesterday","files":[]}`, "no time": `{"root":"/opt/x","taken":"9999-01-01T00:00:00Z","files":[]}`,
	} {
		if got := sendFiles(d, key, "web1", "", strings.NewReader(body)); got.Code != http.StatusBadRequest && got.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: answered with %d: %.200s", name, got.Code, got.Body)
		}
	}
	sendFiles(d, key, "web1", "gzip", strings.NewReader("no gzip")).Status(http.StatusBadRequest)
	sendFiles(d, key, "web1", "br", strings.NewReader("x")).Status(http.StatusBadRequest)
	for _, host := range []string{"rolls", "a%2Fb", "%00", strings.Repeat("x", 300)} {
		sendFiles(d, key, host, "", strings.NewReader(`{"root":"/opt/x","files":[]}`)).Status(http.StatusBadRequest, http.StatusUnprocessableEntity)
	}
	var h api.Host
	d.Call(http.MethodGet, "/api/v1/hosts/web1", nil).Status(http.StatusOK).Into(&h)
	if len(h.Roots) != 1 || h.Files != 1 {
		t.Errorf("%+v", h)
	}
}

func TestABombIsNotUnpackedAsAWhole(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	fmt.Fprint(z, `{"root":"/opt/x","files":[]`)
	blank := bytes.Repeat([]byte(" "), 1<<20)
	for range 300 {
		_, _ = z.Write(blank)
	}
	fmt.Fprint(z, "}")
	_ = z.Close()
	sendFiles(d, sourceKey(t, d), "web1", "gzip", &bomb).Status(http.StatusBadRequest, http.StatusRequestEntityTooLarge)
}

// inventory is the body of an inventory of so many files, in the order in which an agent walks, of
// which some have another content.
func inventory(files, changed int) io.Reader {
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, `{"root":"/opt/large","taken":"2026-11-02T09:00:00Z","files":[`)
		for i := range files {
			text := "ab"
			if i < changed {
				text = "cd"
			}
			if i > 0 {
				fmt.Fprint(pw, ",")
			}
			fmt.Fprintf(pw, `{"path":"releases/2026.11/lib/module-%03d/component-%06d.jar","sha256":"%s%s","size":%d,"mode":"-rw-r--r--","owner":"deploy:deploy","modified":"2026-11-01T00:00:00Z"}`,
				i/400, i, text, sum[2:], i)
		}
		_, err := io.WriteString(pw, "]}")
		pw.CloseWithError(err)
	}()
	return pr
}

// What an inventory of 200,000 files takes: the first, an unchanged one, one with 1 % of changes, and
// the comparison with a release of as many.
func BenchmarkInventoryOf200000Files(b *testing.B) {
	for b.Loop() {
		d := apptest.Open(b, "sqlite")
		key := sourceKey(b, d)
		for _, step := range []struct {
			name    string
			changed int
		}{{"first", 0}, {"unchanged", 0}, {"changed", 2000}} {
			took, most := clock.Stopwatch(), peak()
			sendFiles(d, key, "web1", "", inventory(200_000, step.changed)).Status(http.StatusOK)
			b.ReportMetric(took().Seconds(), "s/"+step.name)
			b.ReportMetric(float64(most())/1e6, "MB/"+step.name)
		}
		var m strings.Builder
		for i := range 200_000 {
			fmt.Fprintf(&m, "ab%s  releases/2026.11/lib/module-%03d/component-%06d.jar\n", sum[2:], i/400, i)
		}
		took := clock.Stopwatch()
		d.Call(http.MethodPost, "/api/v1/rolls", map[string]string{"name": "r", "root": "/opt/large", "manifest": m.String()}).Status(http.StatusCreated)
		b.ReportMetric(took().Seconds(), "s/roll")
		took = clock.Stopwatch()
		d.Call(http.MethodGet, "/api/v1/rolls/r", nil).Status(http.StatusOK)
		b.ReportMetric(took().Seconds(), "s/compare")
	}
}

// peak looks at the heap until it is asked for how far it grew, in bytes.
func peak() func() uint64 {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		tick, top := time.NewTicker(50*time.Millisecond), uint64(0)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				if now.HeapInuse > before.HeapInuse {
					top = max(top, now.HeapInuse-before.HeapInuse)
				}
			case <-stop:
				most <- top
				return
			}
		}
	}()
	return func() uint64 { close(stop); return <-most }
}
