package receive_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/receive"
)

func request(coding, body string) *http.Request {
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Encoding", coding)
	return r
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

func TestATreeIsBoundedInBytesHoweverItIsPacked(t *testing.T) {
	c := receive.Config{Parsing: receive.NewGate(receive.AtOnce, time.Millisecond)}
	z, _ := zstd.NewWriter(nil)
	fits, more := strings.Repeat(" ", receive.MaxTree), strings.Repeat(" ", receive.MaxTree+1)
	for coding, pack := range map[string]func(string) string{
		"":       func(s string) string { return s },
		"gzip":   gzipped,
		"zstd":   func(s string) string { return string(z.EncodeAll([]byte(s), nil)) },
		"snappy": func(s string) string { return string(snappy.Encode(nil, []byte(s))) },
	} {
		for range 3 { // and what failed holds nothing
			_, _, err := c.Tree(request(coding, pack(more)), "", receive.JSONSize)
			if big, ok := errors.AsType[*http.MaxBytesError](err); !ok || big.Limit != receive.MaxTree {
				t.Errorf("%s: %v", coding, err)
			}
		}
		body, done, err := c.Tree(request(coding, pack(fits)), "", receive.JSONSize)
		if err != nil || len(body) != receive.MaxTree {
			t.Fatalf("%s: %d bytes, %v", coding, len(body), err)
		}
		done()
	}
}

func TestATreeIsBoundedInWhatItHolds(t *testing.T) {
	for _, c := range []struct {
		name, body string
		ok         bool
	}{
		{"as many objects as may be", "[" + strings.Repeat("{},", receive.MaxRecords-2) + "{}]", true},
		{"one more", "[" + strings.Repeat("{},", receive.MaxRecords-1) + "{}]", false},
		{"lists", strings.Repeat("[],", receive.MaxRecords+1), false},
		{"values", "[" + strings.Repeat("0,", receive.MaxValues) + "0]", false},
		{"braces in a text", `["` + strings.Repeat(`{\"[,`, receive.MaxValues) + `"]`, true},
	} {
		_, done, err := receive.Config{}.Tree(request("", c.body), "", receive.JSONSize)
		if _, much := errors.AsType[*receive.TooMuch](err); much == c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.ok {
			done()
		}
	}
}

func TestWhatIsRefusedHasNotBeenParsed(t *testing.T) {
	packed := gzipped("[" + strings.Repeat("{},", 3_000_000) + "{}]")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := (receive.Config{}).Tree(request("gzip", packed), "", receive.JSONSize); err == nil {
		t.Fatal("three million objects were taken")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 128<<20 {
		t.Errorf("%d MiB were allocated on the way", used>>20)
	}
}

func TestParallelTreesDoNotAddUp(t *testing.T) {
	gate := receive.NewGate(1<<20, time.Millisecond)
	c := receive.Config{Parsing: gate}
	big := strings.Repeat(" ", 600<<10)
	_, done, err := c.Tree(request("", big), "", receive.JSONSize)
	if err != nil {
		t.Fatal(err)
	}
	for _, again := range []*http.Request{request("", big), request("gzip", gzipped("[]")), request("", "["+strings.Repeat("0,", 40<<10)+"0]")} {
		if _, _, err := c.Tree(again, "", receive.JSONSize); !errs.Is(err, errs.Unavailable) {
			t.Errorf("beside a large one: %v", err)
		} else if f := c.Failure(again, err, 0); f.Status != http.StatusTooManyRequests || f.RetryAfter <= 0 {
			t.Errorf("%+v", f)
		}
	}
	if _, small, err := c.Tree(request("", "[]"), "", receive.JSONSize); err != nil {
		t.Error("there was room for a small one:", err)
	} else {
		small()
	}
	done()
	for range 3 { // each gives back what it held
		_, done, err := c.Tree(request("gzip", gzipped(big)), "", receive.JSONSize)
		if err != nil {
			t.Fatal("after the large one:", err)
		}
		done()
	}
}

func TestWhoWaitsGetsTheRoomThatBecomesFree(t *testing.T) {
	c := receive.Config{Parsing: receive.NewGate(1<<20, time.Minute)}
	big := strings.Repeat(" ", 1<<20)
	_, done, err := c.Tree(request("", big), "", receive.JSONSize)
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan error, 1)
	go func() {
		_, done, err := c.Tree(request("", big), "", receive.JSONSize)
		if err == nil {
			done()
		}
		came <- err
	}()
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := c.Tree(request("", big).WithContext(gone), "", receive.JSONSize); !errors.Is(err, context.Canceled) {
		t.Error("who has gone waits:", err)
	}
	done()
	if err := <-came; err != nil {
		t.Error(err)
	}
}
