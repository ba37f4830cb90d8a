package elastic_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"mainstay/internal/ingest/elastic"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

func TestMoreItemsThanAreAnsweredAtOnceAreRefused(t *testing.T) {
	d := receivetest.Open(t, elastic.Routes)
	if w := d.Post("/_bulk", strings.Repeat("{\"delete\":{}}\n", 100_001)); w.Code != 413 || !strings.Contains(w.Body.String(), "100000") {
		t.Errorf("%d %.200s", w.Code, w.Body)
	}
	w := d.Post("/_bulk", "{\"create\":{}}\n{\"message\":\"x\",\"a\":["+strings.Repeat("0,", 200_000)+"0]}\n")
	if rows := d.Store.Rows(); len(rows) != 1 || !strings.Contains(rows[0].Get("parse_error"), "more than 100000 values") {
		t.Errorf("a line of very many values was taken apart: %d %.200s", w.Code, w.Body)
	}
}

func TestAnswersOfManyItemsWaitForRoomLikeWhatIsParsed(t *testing.T) {
	d := receivetest.Open(t, func(c receive.Config) []receive.Route {
		c.Parsing = receive.NewGate(512<<10, time.Millisecond)
		return elastic.Routes(c)
	})
	body := strings.Repeat("{\"create\":{}}\n{\"_msg\":\"x\"}\n", 100)
	if w := d.Post("/_bulk", body); w.Code != 200 {
		t.Errorf("a small request: %d %.200s", w.Code, w.Body)
	}
	// Two large ones at once: the first holds what there is, while its body is still coming.
	reader, writer := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- d.Send("POST", "/_bulk", reader).Code
	}()
	many := strings.Repeat("{\"delete\":{}}\n", 10_000)
	if _, err := io.WriteString(writer, many); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(writer, strings.Repeat(" ", 1<<20)); err != nil { // more than is read ahead: what came before is counted
		t.Fatal(err)
	}
	if w := d.Post("/_bulk", many); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("a large one beside it: %d %.200s", w.Code, w.Body)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != 200 {
		t.Errorf("the first: %d", code)
	}
}
