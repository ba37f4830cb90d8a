package app_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/alert"
)

// TestFaultOfOneSenderKeepsNoOtherOut sends alerts from many at once, who share transactions,
// and lets one of them fail.
func TestFaultOfOneSenderKeepsNoOtherOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		good := actor.Actor{Kind: actor.System, ID: "test", Name: "Test"}
		astray := actor.Actor{Kind: actor.Integration, ID: "old", Name: "Old key", Service: "no-such-service"}
		const senders = 40
		errors := make([]error, senders)
		var wg sync.WaitGroup
		for i := range senders {
			by := good
			if i == senders/2 {
				by = astray
			}
			wg.Go(func() {
				labels := map[string]string{"alertname": fmt.Sprintf("A%d", i), "service": "payments"}
				_, errors[i] = d.Rooms.Alerts.Receive(t.Context(), by, []alert.In{{Labels: labels}})
			})
		}
		wg.Wait()
		for i, err := range errors {
			if failed := err != nil; failed != (i == senders/2) {
				t.Errorf("sender %d: %v", i, err)
			}
		}
		var list struct{ Items []struct{ Name string } }
		d.Call(http.MethodGet, "/api/v1/alerts?limit=100", nil).Status(http.StatusOK).Into(&list)
		if len(list.Items) != senders-1 {
			t.Errorf("%d alerts are kept, want %d", len(list.Items), senders-1)
		}
	})
}
