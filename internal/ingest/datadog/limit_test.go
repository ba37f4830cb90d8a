package datadog_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"mainstay/internal/ingest/datadog"
	"mainstay/internal/ingest/receive/receivetest"
)

func TestFewBytesThatBecomeMillionsOfObjectsAreRefused(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte("[" + strings.Repeat("{},", 3_000_000) + "{}]"))
	w.Close()
	d := receivetest.Open(t, datadog.Routes)
	if w := d.Post(path, packed.String(), "Content-Encoding", "gzip"); w.Code != 413 || !strings.Contains(w.Body.String(), "200000") {
		t.Error(w.Code, w.Body)
	}
	if w := d.Post(path, strings.Repeat(" ", 16<<20)+"[]"); w.Code != 413 || !strings.Contains(w.Body.String(), "16777216") {
		t.Error(w.Code, w.Body)
	}
	if n := len(d.Store.Rows()); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
}
