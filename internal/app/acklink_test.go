package app_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/notify"
)

// However taps on an old link and a reopening race, what was reopened is nobody's.
func TestOldLinksNeverAcknowledgeWhatIsReopened(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		ana, err := d.Rooms.People.User(t.Context(), actor.Mainstay, "ana")
		if err != nil {
			t.Fatal(err)
		}
		by := actor.Actor{Kind: actor.System, ID: "scenario", Name: "Scenario"}
		i, err := d.Rooms.Incidents.Open(t.Context(), by, incident.Opening{Service: "payments", Title: "Payments wait", Severity: 3})
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if i, err = d.Rooms.Incidents.Get(t.Context(), by, i.Key()); err != nil {
				t.Fatal(err)
			}
			link := d.Rooms.Notify.AckLink(ana.ID, notify.AckFor{Incident: string(i.ID), Opening: i.Opening}, d.Clock.Now().Add(time.Hour))
			var taps sync.WaitGroup
			for range 4 {
				taps.Go(func() {
					for range 3 {
						w := httptest.NewRecorder()
						d.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, link, nil))
						if w.Code != http.StatusSeeOther {
							t.Errorf("a tap: %d %s", w.Code, w.Body)
						}
					}
				})
			}
			if _, err := d.Rooms.Incidents.Restore(t.Context(), by, i.Key(), ""); err != nil {
				t.Error(err)
			}
			if _, err := d.Rooms.Incidents.Reopen(t.Context(), by, i.Key(), "it is back"); err != nil {
				t.Error(err)
			}
			taps.Wait()
			if now, err := d.Rooms.Incidents.Get(t.Context(), by, i.Key()); err != nil || now.State != incident.Open || now.Acknowledger != "" {
				t.Fatalf("opening %d is %s by %q, %v", now.Opening, now.State, now.AcknowledgerName, err)
			}
		}
	})
}
