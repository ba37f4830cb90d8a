package syslog_test

import (
	"net"
	"os/exec"
	"testing"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/receivetest"
	"mainstay/internal/ingest/syslog"
)

func TestMessagesOfLogger(t *testing.T) {
	program, err := exec.LookPath("logger")
	if err != nil {
		t.Skip("logger (util-linux) is not on this machine")
	}
	d := receivetest.Open(t, nil)
	s := start(t, d, func(c *syslog.Config) { c.UDP, c.TCP = anywhere, anywhere })
	n := 0
	for i, way := range []string{"--udp", "--tcp"} {
		_, port, _ := net.SplitHostPort(s.Addresses()[i].String())
		for _, args := range [][]string{{"--rfc3164"}, {"--rfc5424"}, {"--rfc5424", "--sd-id", "a@1", "--sd-param", `b="c"`}, {"--rfc5424", "--octet-count"}} {
			if way == "--udp" && args[len(args)-1] == "--octet-count" {
				continue
			}
			args = append(args, way, "-n", "127.0.0.1", "-P", port, "-t", "app", "-p", "local0.warning", "hello")
			if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", args, out)
			}
			n++
			r := d.Store.Wait(t.Context(), n)[n-1]
			if r.Get(signal.Message) != "hello" || r.Get("app_name") != "app" || r.Get("level") != "warn" || r.Get(signal.ParseError) != "" || r.Get("host") == "" {
				t.Errorf("%v: %s", args, receivetest.Texts([]signal.Row{r}))
			}
		}
	}
}
