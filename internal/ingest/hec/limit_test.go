package hec_test

import (
	"strings"
	"testing"

	"mainstay/internal/ingest/hec"
	"mainstay/internal/ingest/receive/receivetest"
)

func TestMoreThanIsParsedAtOnceIsRefused(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	for _, body := range []string{strings.Repeat(`{"event":1}`, 200_001), `{"event":[` + strings.Repeat("0,", 2_000_000) + `0]}`, strings.Repeat(" ", 16<<20+1)} {
		if w := d.Post("/services/collector", body); w.Code != 413 {
			t.Errorf("%.20s: %d %s", body, w.Code, w.Body)
		}
	}
	if n := len(d.Store.Rows()); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
}
