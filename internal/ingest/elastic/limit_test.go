package elastic_test

import (
	"strings"
	"testing"

	"mainstay/internal/ingest/elastic"
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
