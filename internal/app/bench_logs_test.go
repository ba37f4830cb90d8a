package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/sharedtest"
	"mainstay/internal/config"
	"mainstay/internal/engine/logstore/child"
)

// The benchmarks of log lines send real lines, repeated, as JSON lines of 1,000 a request from four
// senders, through the whole path: key, masks, 100 rules, fsync, engine. Beside it the bare engine gets
// the same requests. Lines count when the engine has taken them all.

const (
	benchBatch   = 1000
	benchSenders = 4
)

// realLines are the lines of the real text logs.
func realLines(b *testing.B) (lines []string) {
	b.Helper()
	for _, path := range sharedtest.TextLogs(b, sharedtest.AllText()...) {
		lines = append(lines, sharedtest.Lines(b, path)...)
	}
	return lines
}

// load is what the senders send: requests made of real lines, at the present.
type load struct {
	bodies [][]byte
	lines  int   // of a body
	raw    int64 // bytes of the lines themselves in all bodies
}

func newLoad(b *testing.B) load {
	b.Helper()
	all := realLines(b)
	l := load{lines: benchBatch}
	for first := 0; first+benchBatch <= len(all); first += benchBatch {
		var body bytes.Buffer
		for i, line := range all[first : first+benchBatch] {
			text, err := json.Marshal(strings.ToValidUTF8(line, "?"))
			if err != nil {
				b.Fatal(err)
			}
			l.raw += int64(len(line)) + 1
			fmt.Fprintf(&body, `{"_msg":%s,"host":"h%d","service":"payments","file":"/var/log/app.log"}`+"\n", text, i/250)
		}
		l.bodies = append(l.bodies, body.Bytes())
	}
	return l
}

// perLine is the mean length of a line with its newline.
func (l load) perLine() float64 { return float64(l.raw) / float64(len(l.bodies)*l.lines) }

// send sends n lines to an address and returns when all are acknowledged.
func (l load) send(b *testing.B, client *http.Client, address string, header http.Header, n int) {
	b.Helper()
	next := make(chan []byte)
	var senders sync.WaitGroup
	for range benchSenders {
		senders.Go(func() {
			for body := range next {
				req, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				req.Header = header
				resp, err := client.Do(req)
				if err != nil {
					b.Error(err)
					continue
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode/100 != 2 {
					b.Errorf("answer %s", resp.Status)
				}
			}
		})
	}
	for i := range n / l.lines {
		next <- l.bodies[i%len(l.bodies)]
	}
	close(next)
	senders.Wait()
}

// cpu is what this process and its engine have used.
func cpu(engine int) time.Duration {
	var self syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	return time.Duration(self.Utime.Nano()+self.Stime.Nano()) + cpuOf(engine)
}

// cpuOf is what another process has used.
func cpuOf(process int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	const ticks = 100 // per second, on every Linux that we know
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * time.Second / ticks
}

// childOf is the process id of this process's only child.
func childOf(b *testing.B) int {
	b.Helper()
	pids, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", os.Getpid()))
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range pids {
		text, _ := os.ReadFile(path)
		if f := strings.Fields(string(text)); len(f) > 0 {
			pid, _ := strconv.Atoi(f[0])
			return pid
		}
	}
	b.Fatal("no engine runs")
	return 0
}

func report(b *testing.B, l load, lines int, took, used time.Duration) {
	perSecond := float64(lines) / took.Seconds()
	b.ReportMetric(perSecond, "lines/s")
	b.ReportMetric(perSecond*l.perLine()/1e6, "MB/s")
	b.ReportMetric(used.Seconds()/float64(lines)*1e6, "cpu-s/Mlines")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLogLines is the way of a line through all of it, and through the engine alone.
func BenchmarkLogLines(b *testing.B) {
	const lines = 1_000_000
	l := newLoad(b)
	b.Run("mainstay", func(b *testing.B) {
		for range b.N {
			r := start(b, "sqlite")
			key := r.sourceKey(b)
			if _, err := r.Rooms.Config.Apply(b.Context(), actor.Mainstay, []config.File{{Name: "rules.yaml", Text: rareRules(benchRules)}}); err != nil {
				b.Fatal(err)
			}
			within(b, time.Minute, "the engine is up", func() bool { return r.Logs.Status().Engine.Up })
			engine := childOf(b)
			before, ofEngine, began := cpu(engine), cpuOf(engine), clock.Wall().Now()
			l.send(b, &r.client, "http://"+r.Addr()+"/insert/jsonline?_stream_fields=host,file", http.Header{"Authorization": {"Bearer " + key}}, lines)
			acknowledged := clock.Wall().Now().Sub(began)
			if err := r.Logs.Flush(context.Background()); err != nil {
				b.Fatal(err)
			}
			report(b, l, lines, clock.Wall().Now().Sub(began), cpu(engine)-before)
			b.ReportMetric((cpuOf(engine)-ofEngine).Seconds()/lines*1e6, "engine-cpu-s/Mlines")
			b.ReportMetric(lines/acknowledged.Seconds(), "acknowledged/s")
			r.searches(b)
			b.ReportMetric(r.diskPerByte(b, float64(lines)*l.perLine()), "disk-B/raw-B")
		}
	})
	b.Run("bare-engine", func(b *testing.B) {
		for range b.N {
			client, engine := bareEngine(b)
			before, ofEngine, began := cpu(engine), cpuOf(engine), clock.Wall().Now()
			l.send(b, client, "http://engine/insert/jsonline?_stream_fields=service,host,file", nil, lines)
			resp, err := client.Get("http://engine/internal/force_flush")
			if err != nil {
				b.Fatal(err)
			}
			_ = resp.Body.Close()
			report(b, l, lines, clock.Wall().Now().Sub(began), cpu(engine)-before)
			b.ReportMetric((cpuOf(engine)-ofEngine).Seconds()/lines*1e6, "engine-cpu-s/Mlines")
		}
	})
}

func (r *running) sourceKey(b *testing.B) string {
	b.Helper()
	r.configure(b, 1, 1)
	key, _, err := r.Rooms.Sources.CreateKey(b.Context(), actor.Actor{Kind: actor.System, ID: "bench", Name: "Benchmark"}, "direct", "benchmark")
	if err != nil {
		b.Fatal(err)
	}
	return key
}

// searches reports how long questions take over what is stored.
func (r *running) searches(b *testing.B) {
	b.Helper()
	for _, q := range []struct{ name, endpoint, query string }{
		{"word", "query", `"OutOfMemoryError" | limit 100`},
		{"newest", "query", `* | sort by (_time desc) | limit 100`},
		{"count", "query", `error | stats by (host) count() n`},
		{"hits", "hits", `failure`},
	} {
		var took []time.Duration
		for range 7 {
			began := clock.Wall().Now()
			form := url.Values{"query": {q.query}, "step": {"1m"}, "start": {"1h"}}
			req, err := http.NewRequest(http.MethodPost, "http://"+r.Addr()+"/select/logsql/"+q.endpoint, strings.NewReader(form.Encode()))
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+benchToken)
			resp, err := r.client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				b.Fatalf("%s: %s", q.name, resp.Status)
			}
			took = append(took, clock.Wall().Now().Sub(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, q.name+"-ms")
	}
}

// diskPerByte stops the server, so that everything is written, and says what a byte of line takes.
func (r *running) diskPerByte(b *testing.B, raw float64) float64 {
	b.Helper()
	var size int64
	err := filepath.WalkDir(filepath.Join(r.DataDir, "logs", "engine"), func(_ string, d fs.DirEntry, err error) error {
		if info, infoErr := d.Info(); err == nil && infoErr == nil && !d.IsDir() {
			size += info.Size()
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return float64(size) / raw
}

// bareEngine is the engine without us.
func bareEngine(b *testing.B) (*http.Client, int) {
	b.Helper()
	dir := b.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unix"})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	l.SetUnlinkOnClose(false)
	socket, err := l.File()
	if err != nil {
		b.Fatal(err)
	}
	defer socket.Close()
	alive, hold, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer alive.Close()
	settings, err := json.Marshal(child.Settings{Dir: filepath.Join(dir, "engine"), Retention: 24 * time.Hour * 90, FutureRetention: 48 * time.Hour,
		Memory: 1 << 30, QueryTime: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child.Env+"="+string(settings))
	cmd.ExtraFiles = []*os.File{socket, alive}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchSenders, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, "s"))
	}}}
	b.Cleanup(func() {
		client.CloseIdleConnections()
		_ = hold.Close()
		_ = cmd.Wait()
	})
	within(b, time.Minute, "the engine is up", func() bool {
		resp, err := client.Get("http://engine/health")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return client, cmd.Process.Pid
}
