package oncall_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// A rotation that changes for good: one layer ends where the next begins.
const changing = `zone: UTC
layers:
  - {name: old, start: 2026-01-05, until: 2026-11-09, handover: "08:00", rotation: weekly, slots: [[ana]]}
  - {name: new, start: 2026-11-09, until: 2026-11-16, handover: "08:00", rotation: weekly, slots: [[ben]]}
`

func TestALayerCanEndWhereTheNextBegins(t *testing.T) {
	d := open(t)
	checked := d.Post(d.Sam, "/oncall/+new", url.Values{"name": {"changing"}, "spec": {changing}, "do": {"check"}}).Want(http.StatusOK)
	checked.One("#checked").WantText("from Mon 16 Nov 2026 08:00 UTC on")
	d.Post(d.Sam, "/oncall/+new", url.Values{"name": {"changing"}, "spec": {changing}}).WantGone("/oncall/changing")
	page := d.Get(d.Vera, "/oncall/changing")
	page.One("#layers").WantText("old", "until 2026-11-09")
	d.Advance(7 * 24 * time.Hour)
	d.Get(d.Vera, "/oncall").One("#roster-changing").WantText("Ben Osei")

	var answer struct {
		Layers []struct{ Until string }
	}
	d.Call(http.MethodGet, "/api/v1/rosters/changing", nil).Status(200).Into(&answer)
	if len(answer.Layers) != 2 || answer.Layers[1].Until != "2026-11-16" {
		t.Errorf("the API says %+v", answer)
	}
}
