package text_test

import (
	"bytes"
	"os"
	"testing"

	"mainstay/internal/base/sharedtest"
	"mainstay/internal/ingest/receive/receivetest"
	"mainstay/internal/ingest/text"
)

// BenchmarkUpload is the whole way of real lines but the disk: format, masks, fitting.
func BenchmarkUpload(b *testing.B) {
	for _, name := range []string{"apache_access.log", "linux_auth.log"} {
		body, err := os.ReadFile(sharedtest.Path(b, "data/logs/"+name))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			d := receivetest.Open(b, text.Routes)
			d.Store.Discard = true
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if w := d.Post("/insert/text", string(body)); w.Code != 200 {
					b.Fatal(w.Code, w.Body)
				}
			}
			b.ReportMetric(float64(bytes.Count(body, []byte("\n")))*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
