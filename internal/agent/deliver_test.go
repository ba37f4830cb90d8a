package agent

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/errs"
)

const oneLog = "logs: [{paths: [$DIR/*.log], service: payments, fields: {zone: eu}}]\n"

func TestLinesArriveOnceWithEveryCompression(t *testing.T) {
	for _, compression := range []string{"gzip", "zstd", "none"} {
		h := newHost(t, oneLog+"compression: "+compression+"\n")
		h.write("app.log", "one\ntwo\n")
		h.work(0)
		h.want(h.take("_msg"), "one", "two")
		h.write("app.log", "three\n")
		h.work(time.Second)
		h.restart()
		h.work(time.Second)
		h.want(h.take("zone"), "eu")
	}
}

func TestLinesWaitForAServerThatIsAway(t *testing.T) {
	for _, code := range []int{401, 403, 404, 429, 500, 502, 503} {
		h := newHost(t, oneLog)
		h.set(always(code))
		h.write("app.log", "one\n")
		h.work(0)
		h.write("app.log", "two\n")
		h.restart()
		h.work(time.Second)
		h.set(nil)
		h.work(2 * time.Minute)
		h.want(h.take("_msg"), "one", "two")
		if _, err := os.Stat(h.path("state/quarantine")); err == nil {
			t.Errorf("%d: lines went to the quarantine", code)
		}
	}
}

func TestPausesGrowAndRetryAfterIsHonoured(t *testing.T) {
	h := newHost(t, oneLog)
	h.set(always(503))
	h.write("app.log", "one\n")
	for _, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		pause := time.Duration(seconds) * time.Second
		h.work(2 * time.Minute)
		wait := h.agent.sender.Ready().Sub(h.clock.Now())
		if wait < pause/2 || wait > pause {
			t.Fatalf("the pause is %s, want half to all of %s", wait, pause)
		}
	}
	before := h.count()
	h.work(29 * time.Second)
	if h.count() != before {
		t.Fatal("the pause was not kept")
	}
	h.set(func(string) (int, http.Header) { return 429, http.Header{"Retry-After": {"600"}} })
	h.work(2 * time.Minute)
	if wait := h.agent.sender.Ready().Sub(h.clock.Now()); wait != 10*time.Minute {
		t.Fatalf("Retry-After: 600 makes a pause of %s", wait)
	}
	h.set(func(string) (int, http.Header) {
		return 503, http.Header{"Retry-After": {h.clock.Now().Add(5 * time.Minute).Format(http.TimeFormat)}}
	})
	h.work(10 * time.Minute)
	if wait := h.agent.sender.Ready().Sub(h.clock.Now()); wait != 5*time.Minute {
		t.Fatalf("Retry-After with a date makes a pause of %s", wait)
	}
}

func TestWhatIsRefusedGoesToTheQuarantineAndTheRestGoesOn(t *testing.T) {
	h := newHost(t, oneLog)
	h.set(func(body string) (int, http.Header) {
		if strings.Contains(body, "poison") {
			return 400, nil
		}
		return 200, nil
	})
	h.write("app.log", "poison\n")
	h.work(0)
	h.write("app.log", "fine\n")
	h.work(time.Second)
	h.want(h.take("_msg"), "fine")
	files, err := filepath.Glob(h.path("state/quarantine/*.ndjson"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v %v", files, err)
	}
	kept, err := os.ReadFile(files[0])
	h.must(err)
	if !bytes.HasPrefix(kept, []byte("# 2026-03-01T12:00:00Z refused: 400 Bad Request: not now\n{")) || !bytes.Contains(kept, []byte("poison")) {
		t.Fatalf("%s", kept)
	}
}

func TestABatchThatIsTooLargeIsHalvedAndOnlyALineThatIsTooLargeIsKeptBack(t *testing.T) {
	h := newHost(t, oneLog)
	h.set(func(body string) (int, http.Header) {
		if len(body) > 2000 {
			return 413, nil
		}
		return 200, nil
	})
	for i := range 100 {
		h.write("app.log", fmt.Sprintf("line %d\n", i))
	}
	h.write("app.log", strings.Repeat("x", 3000)+"\nlast\n")
	h.work(0)
	if got := h.take("_msg"); len(got) != 101 || got[99] != "line 99" || got[100] != "last" {
		t.Fatalf("%d lines arrived: %q", len(got), got)
	}
}

func TestADeletedLogArrivesWhenTheServerIsBackAfterARestart(t *testing.T) {
	h := newHost(t, oneLog)
	h.set(always(503))
	h.write("app.log", "one\ntwo\n")
	h.work(0)
	h.must(os.Remove(h.path("app.log")))
	h.work(time.Second)
	h.restart()
	h.set(nil)
	h.work(2 * time.Minute)
	h.want(h.take("_msg"), "one", "two")
	h.work(time.Minute)
	h.want(h.take("_msg"))
	if size := h.agent.spool.Size(); size != 0 {
		t.Errorf("%d bytes stay in the disk buffer", size)
	}
}

func TestOneAgentPerStateDirectory(t *testing.T) {
	h := newHost(t, oneLog)
	second, err := New(h.agent.Options)
	if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), h.path("state")) {
		t.Fatalf("%v %v", second, err)
	}
	h.restart()
}

func TestMemoryDoesNotGrowWithTheLog(t *testing.T) {
	h := newHost(t, oneLog)
	line := strings.Repeat("x", 99) + "\n"
	h.write("app.log", strings.Repeat(line, 200_000)) // 20 MB
	h.set(func(body string) (int, http.Header) {
		if len(body) > maxBatchBytes+4096 || strings.Count(body, "\n") > maxBatchLines {
			return 400, nil
		}
		return 200, nil
	})
	h.work(0)
	if got := len(h.take("_msg")); got != 200_000 {
		t.Fatalf("%d lines", got)
	}
}

func TestTheAgentStopsAtOnceAndCheckpointsStand(t *testing.T) {
	h := newHost(t, oneLog+"files: [{root: $DIR/opt}]\n")
	h.write("app.log", "one\n")
	h.write("opt/a", "a")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); h.agent.Run(ctx) }()
	var got []string
	h.until("the line", func() bool { got = append(got, h.take("_msg")...); return len(got) > 0 })
	stop()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("the agent still runs after 5 s")
	}
	h.restart()
	h.work(time.Second)
	h.want(h.take("_msg"))
}
