package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
)

func TestACopyThatHoldsMessagesPagesNobodyAndSaysSo(t *testing.T) {
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.HoldMessages = true })
	d.Apply(bank)
	d.Alert("payments", "QueueDepth", "critical")
	d.Advance(time.Hour)
	var messages struct{ Items []struct{ State string } }
	d.Call("GET", "/api/v1/messages?incident=INC-1", nil).Status(200).Into(&messages)
	if len(messages.Items) == 0 {
		t.Error("the clocks queued nothing: there is nothing to look at")
	}
	for _, m := range messages.Items {
		if m.State != "queued" && m.State != "replaced" {
			t.Errorf("a message is %s", m.State)
		}
	}
	expect(t, d)
	answer, err := http.Get("http://" + d.Addr() + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(page), "No message leaves this server") {
		t.Errorf("the page does not say so: %v %.900s", err, page)
	}
}
