package app_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
)

func TestSyslogOfAnAddressThatNoSourceListsIsCounted(t *testing.T) {
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.Syslog.UDP = "127.0.0.1:0" })
	d.StartLogs()
	_, address, _ := strings.Cut(d.SyslogAddresses()[0], " ")
	within(t, time.Minute, "it is on /metrics", func() bool {
		c, err := net.Dial("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "<13>Nov  2 09:00:00 h app: hello"); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(http.MethodGet, "http://"+d.Addr()+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(d.Do(req).Body), "\n") {
			if n, ok := strings.CutPrefix(line, "mainstay_syslog_from_unlisted "); ok {
				return n != "0"
			}
		}
		t.Fatal("no such figure")
		return false
	})
}
