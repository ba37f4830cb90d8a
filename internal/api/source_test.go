package api_test

import (
	"strings"
	"testing"

	"mainstay/internal/api"
	"mainstay/internal/apptest"
)

func TestASourceIsMadeSentToAndRemoved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Call("PUT", "/api/v1/sources/app", map[string]any{"title": "The app", "mask": []any{map[string]string{"what": "card"}}}).Status(200)
		var key api.SourceKey
		d.Call("POST", "/api/v1/sources/app/keys", map[string]string{"label": "agents"}).Status(201).Into(&key)
		if !strings.HasPrefix(key.Secret, "msk_") || !strings.HasSuffix(key.Secret, key.Hint) || key.Used != nil {
			t.Errorf("%+v", key)
		}
		if got := d.Call("GET", "/api/v1/sources/app/keys", nil).Status(200); strings.Contains(string(got.Body), key.Secret) {
			t.Error("the secret is shown again")
		}
		d.CallAs(key.Secret, "POST", "/insert/jsonline", nil).Status(200)
		d.Call("DELETE", "/api/v1/sources/app/keys/"+key.ID, nil).Status(204)
		d.CallAs(key.Secret, "POST", "/insert/jsonline", nil).Status(401)
		var volume struct{ Items []api.SourceHour }
		d.Call("GET", "/api/v1/sources/app/volume", nil).Status(200).Into(&volume)
		if len(volume.Items) != 24 {
			t.Errorf("%d hours", len(volume.Items))
		}
		if got := refused(t, d.Call("GET", "/api/v1/sources/app/volume?since=2026-01-01T00:00:00Z&until=2026-06-01T00:00:00Z", nil), 422); got["since"] == "" {
			t.Errorf("%v", got)
		}
		var all list
		d.Call("GET", "/api/v1/sources?limit=1", nil).Status(200).Into(&all)
		if len(all.Items) != 1 || all.Items[0].Name != "app" || all.Next == nil {
			t.Errorf("%+v", all)
		}
		d.Call("DELETE", "/api/v1/sources/app", nil).Status(204)
		d.Call("DELETE", "/api/v1/sources/direct", nil).Status(409)
	})
}

func TestTheWayOfTheLinesIsTold(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	var st api.LogStatus
	d.Call("GET", "/api/v1/log-status", nil).Status(200).Into(&st)
	if st.Engine.Up || st.Spool.Limit <= 0 || len(st.Readers) == 0 || st.Engine.SetAside == nil {
		t.Errorf("%+v", st)
	}
}
