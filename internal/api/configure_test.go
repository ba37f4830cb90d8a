package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/api"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/config"
)

var configured = []string{"services", "components", "environments", "teams", "users", "customers", "calendars", "policies", "rosters"}

// What GET answers can be PUT back, and changes nothing.
func TestWhatIsReadCanBeWrittenBack(t *testing.T) { each(t, whatIsReadCanBeWrittenBack) }

func whatIsReadCanBeWrittenBack(t *testing.T, d *apptest.Desk) {
	before := events(t, d)
	for _, noun := range configured {
		path := "/api/v1/" + noun
		var all struct{ Items []json.RawMessage }
		d.Call("GET", path+"?limit=500", nil).Status(200).Into(&all)
		if len(all.Items) == 0 {
			t.Errorf("the example has no %s", noun)
		}
		for _, raw := range all.Items {
			var it item
			if err := json.Unmarshal(raw, &it); err != nil || it.Name == "" {
				t.Fatalf("%s: %s", noun, raw)
			}
			one := d.Call("GET", path+"/"+it.Name, nil).Status(200)
			if got := strings.TrimSpace(string(one.Body)); got != string(raw) {
				t.Errorf("%s %s is %s alone and %s in the list", noun, it.Name, got, raw)
			}
			back := d.Call("PUT", path+"/"+it.Name, one.Body).Status(200)
			if string(back.Body) != string(one.Body) {
				t.Errorf("%s %s became %s", noun, it.Name, back.Body)
			}
		}
	}
	if n := events(t, d); n != before {
		t.Errorf("writing everything back left %d events", n-before)
	}
}

func TestWhatIsMadeCanBeChangedAndRemoved(t *testing.T) { each(t, whatIsMadeCanBeChangedAndRemoved) }

func whatIsMadeCanBeChangedAndRemoved(t *testing.T, d *apptest.Desk) {
	for noun, specs := range map[string][2]string{
		"services":     {`{"tier":3,"owner":"service-desk"}`, `{"tier":2,"owner":"service-desk"}`},
		"components":   {`{"layer":"machine"}`, `{"layer":"network"}`},
		"environments": {`{}`, `{"title":"New"}`},
		"teams":        {`{"level":"L1"}`, `{"level":"L2"}`},
		"customers":    {`{}`, `{"title":"New"}`},
		"calendars":    {`{"zone":"UTC","always_open":true}`, `{"zone":"Europe/London","always_open":true}`},
		"policies":     {`{"response":{"steps":[{"after":"0m","targets":[{"level":"L1"}]}]}}`, `{"response":{"steps":[{"after":"5m","targets":[{"level":"L1"}]}]}}`},
		"rosters":      {`{"zone":"UTC","layers":[]}`, `{"zone":"UTC","title":"New","layers":[]}`},
	} {
		path := "/api/v1/" + noun + "/brand-new"
		d.Call("GET", path, nil).Status(404)
		made := d.Call("PUT", path, specs[0])
		if noun == "rosters" && made.Code == 422 { // wants a layer
			specs = [2]string{roster("a"), roster("b")}
			made = d.Call("PUT", path, specs[0])
		}
		made.Status(200)
		changed := d.Call("PUT", path, specs[1]).Status(200)
		if string(made.Body) == string(changed.Body) {
			t.Errorf("%s: nothing changed: %s", noun, changed.Body)
		}
		d.Call("DELETE", path, nil).Status(204)
		d.Call("GET", path, nil).Status(404)
		d.Call("DELETE", path, nil).Status(404)
	}
	d.Call("PUT", "/api/v1/users/brand.new", `{"role":"first-line"}`).Status(200)
	d.Call("DELETE", "/api/v1/users/brand.new", nil).Status(204) // disabled: events name people
	if got := d.Call("GET", "/api/v1/users/brand.new", nil).Status(200); !strings.Contains(string(got.Body), `"disabled":true`) {
		t.Errorf("got %s", got.Body)
	}
}

func roster(title string) string {
	return fmt.Sprintf(`{"zone":"UTC","title":%q,"layers":[{"start":"2026-01-05","handover":"08:00","rotation":"daily","slots":[[]]}]}`, title)
}

func TestListsAreSearchedWhereTheySaySo(t *testing.T) {
	d := desk(t)
	for _, noun := range configured {
		var all list
		d.Call("GET", "/api/v1/"+noun, nil).Status(200).Into(&all)
		name := all.Items[len(all.Items)-1].Name
		answer := d.Call("GET", "/api/v1/"+noun+"?q="+name, nil)
		if answer.Code == 422 { // no such parameter: nobody is led astray
			continue
		}
		var found list
		answer.Status(200).Into(&found)
		if !slices.ContainsFunc(found.Items, func(i item) bool { return i.Name == name }) || len(found.Items) >= len(all.Items) {
			t.Errorf("%s with %q: %d of %d", noun, name, len(found.Items), len(all.Items))
		}
	}
}

func TestConfigurationIsAppliedPlannedAndExported(t *testing.T) {
	d := desk(t)
	yaml := "kind: Environment\nname: sandbox\n"
	body := map[string]any{"documents": []map[string]string{{"file": "a.yaml", "text": yaml}}}
	var diff config.Diff
	d.Call("POST", "/api/v1/config/apply?dry_run=true", body).Status(200).Into(&diff)
	if !diff.DryRun || diff.Count(config.Created) != 1 {
		t.Errorf("got %+v", diff)
	}
	d.Call("GET", "/api/v1/environments/sandbox", nil).Status(404)
	d.Call("POST", "/api/v1/config/apply", body).Status(200).Into(&diff)
	if diff.DryRun || diff.Objects[0].File != "a.yaml" {
		t.Errorf("got %+v", diff)
	}
	req, _ := http.NewRequest("POST", "http://"+d.Addr()+"/api/v1/config/apply", strings.NewReader(yaml))
	req.Header.Set("Content-Type", "application/yaml")
	req.Header.Set("Authorization", "Bearer "+apptest.Token)
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var plain config.Diff
	if err := json.NewDecoder(answer.Body).Decode(&plain); err != nil || plain.Count(config.Unchanged) != 1 {
		t.Errorf("%s %+v %v", answer.Status, plain, err)
	}
	var all api.Documents
	d.Call("GET", "/api/v1/config/export", nil).Status(200).Into(&all)
	var again config.Diff
	d.Call("POST", "/api/v1/config/apply", all).Status(200).Into(&again)
	if again.Count(config.Created)+again.Count(config.Changed) != 0 || again.Count(config.Unchanged) < 50 {
		t.Errorf("applying the export changes %+v", again)
	}
	text := d.Call("GET", "/api/v1/config/export?format=yaml", nil).Status(200)
	if !strings.Contains(string(text.Body), "\n---\nkind: Service\n") {
		t.Errorf("got %.300s", text.Body)
	}
	var schema map[string]any
	d.Call("GET", "/api/v1/config/schema", nil).Status(200).Into(&schema)
	if schema["$schema"] == nil {
		t.Error("the schema is none")
	}
}

func TestATokenMayDoItsScopesAndNoMore(t *testing.T) {
	d := desk(t)
	var made api.Token
	d.Call("POST", "/api/v1/tokens", map[string]any{"name": "reader", "role": "observer", "scopes": []string{"incident.read"}}).Status(201).Into(&made)
	if made.Secret == "" {
		t.Fatal("no secret")
	}
	d.CallAs(made.Secret, "GET", "/api/v1/incidents", nil).Status(200)
	d.CallAs(made.Secret, "GET", "/api/v1/services", nil).Status(403)
	d.CallAs(made.Secret, "POST", "/api/v1/incidents", map[string]any{"service": "mail", "title": "x", "severity": 1}).Status(403)
	var me api.Me
	d.CallAs(made.Secret, "GET", "/api/v1/me", nil).Status(200).Into(&me)
	if me.Kind != "token" || me.Role != "observer" || !slices.Equal(me.Actions, []string{"incident.read"}) {
		t.Errorf("got %+v", me)
	}
	if strings.Contains(string(d.Call("GET", "/api/v1/tokens", nil).Status(200).Body), made.Secret) {
		t.Error("the list shows the secret")
	}
	d.Call("DELETE", "/api/v1/tokens/"+made.ID, nil).Status(204)
	d.CallAs(made.Secret, "GET", "/api/v1/incidents", nil).Status(401)
	d.CallAs("nonsense", "GET", "/api/v1/incidents", nil).Status(401)
	d.CallAs("", "GET", "/api/v1/incidents", nil).Status(401)
}

func TestAnIntegrationKeySendsAlertsForItsServiceAndNothingElse(t *testing.T) {
	d := desk(t)
	var key api.Key
	d.Call("POST", "/api/v1/services/mail/keys", map[string]string{"label": "Prometheus"}).Status(201).Into(&key)
	d.CallAs(key.Secret, "POST", "/api/v2/alerts", `[{"labels":{"alertname":"HostDown","service":"payments"}}]`).Status(200)
	d.CallAs("", "POST", "/api/v2/alerts?key="+key.Secret, `[{"labels":{"alertname":"MailQueue"}}]`).Status(200)
	var alerts list
	d.Call("GET", "/api/v1/alerts?service=mail", nil).Status(200).Into(&alerts)
	if len(alerts.Items) != 2 {
		t.Errorf("the key's service got %d alerts", len(alerts.Items))
	}
	for _, path := range []string{"/api/v1/incidents", "/api/v1/alerts", "/api/v1/services"} {
		d.CallAs(key.Secret, "GET", path, nil).Status(403)
	}
	d.Call("DELETE", "/api/v1/services/mail/keys/"+key.ID, nil).Status(204)
	d.CallAs(key.Secret, "POST", "/api/v2/alerts", `[]`).Status(401)
}

func TestAContactMethodIsVerifiedByTheCodeThatWasSent(t *testing.T) {
	d := desk(t)
	login := anybody(t, d)
	at := "/api/v1/users/" + login + "/contacts"
	var m api.Method
	d.Call("POST", at+"/methods", map[string]string{"name": "pager", "channel": "webhook", "address": d.Peers.HookURL() + "/pager", "secret": apptest.Secret}).Status(201).Into(&m)
	if m.Secret == "" || m.Verified != nil {
		t.Fatalf("got %+v", m)
	}
	d.Settle()
	d.Call("POST", at+"/methods/pager/test", nil).Status(409)
	d.Call("POST", at+"/methods/pager/verify", map[string]string{"code": "wrong"}).Status(422)
	code := ""
	for _, got := range d.Peers.Hook.Received() {
		if got.Path == "/pager" && got.Code != "" {
			code = got.Code
		}
	}
	d.Call("POST", at+"/methods/pager/verify", map[string]string{"code": code}).Status(204)
	var sent api.Sent
	d.Call("POST", at+"/methods/pager/test", nil).Status(200).Into(&sent)
	d.Settle()
	var message api.Message
	d.Call("GET", "/api/v1/messages/"+sent.Message, nil).Status(200).Into(&message)
	if message.State != "sent" || message.Kind != "test" {
		t.Errorf("got %+v", message)
	}
	d.Call("PUT", at+"/rules", `{"high":[{"method":"pager","after":"1m"}]}`).Status(200)
	var c api.Contacts
	d.Call("GET", at, nil).Status(200).Into(&c)
	if len(c.Rules.High) != 1 || c.Rules.High[0].Method != "pager" {
		t.Errorf("got %+v", c)
	}
	var secret api.Secret
	d.Call("POST", at+"/methods/pager/secret", nil).Status(200).Into(&secret)
	if len(secret.Secret) < 20 || secret.Secret == apptest.Secret {
		t.Errorf("the new secret is %q", secret.Secret)
	}
	d.Call("DELETE", at+"/methods/pager", nil).Status(204)
}

func TestFollowUpsGoFromPromiseToDone(t *testing.T) { each(t, followUpsGoFromPromiseToDone) }

func followUpsGoFromPromiseToDone(t *testing.T, d *apptest.Desk) {
	d.Alert("payments", "QueueDepth", "critical")
	var f api.FollowUp
	body := map[string]any{"title": "Raise the limit", "owner": anybody(t, d), "due": d.Clock.Now().AddDate(0, 0, 7), "incident": "INC-1"}
	d.Call("POST", "/api/v1/follow-ups", body).Status(201).Into(&f)
	if f.Incident == nil || *f.Incident != "INC-1" || f.State != "open" {
		t.Fatalf("got %+v", f)
	}
	at := "/api/v1/follow-ups/" + f.ID
	delete(body, "incident")
	body["title"] = "Raise the limit and tell the vendor"
	d.Call("PUT", at, body).Status(200)
	d.Call("POST", at+"/drop", nil).Status(422) // why?
	d.Call("POST", at+"/done", map[string]string{"note": "raised"}).Status(200)
	d.Call("POST", at+"/done", nil).Status(409)
	d.Call("POST", at+"/reopen", nil).Status(200)
	for query, want := range map[string]int{"": 1, "?state=done": 0, "?state=any": 1, "?incident=INC-1": 1, "?overdue=true": 0} {
		var l list
		if d.Call("GET", "/api/v1/follow-ups"+query, nil).Status(200).Into(&l); len(l.Items) != want {
			t.Errorf("%q: got %d", query, len(l.Items))
		}
	}
}

func TestWhoIsOnCallIsTold(t *testing.T) { each(t, whoIsOnCallIsTold) }

func whoIsOnCallIsTold(t *testing.T, d *apptest.Desk) {
	var now struct{ Items []api.OnCall }
	d.Call("GET", "/api/v1/oncall", nil).Status(200).Into(&now)
	if len(now.Items) < 3 {
		t.Fatalf("got %+v", now)
	}
	roster := "/api/v1/rosters/" + now.Items[0].Roster
	var o api.Override
	d.Call("POST", roster+"/overrides", map[string]any{"to": d.Clock.Now().AddDate(0, 0, 1), "login": anybody(t, d), "note": "swap"}).Status(201).Into(&o)
	d.Call("GET", "/api/v1/oncall", nil).Status(200).Into(&now)
	if p := now.Items[0].People; len(p) != 1 || p[0].Why != "override" || *p[0].Override != o.ID {
		t.Errorf("got %+v", p)
	}
	var plan api.Timetable
	d.Call("GET", roster+"/schedule", nil).Status(200).Into(&plan)
	if len(plan.Shifts) < 2 || len(plan.Overrides) != 1 {
		t.Errorf("got %+v", plan)
	}
	d.Call("DELETE", roster+"/overrides/"+o.ID, nil).Status(204)
	d.Call("GET", roster+"/gaps", nil).Status(200)
	d.Call("GET", "/api/v1/oncall/gaps", nil).Status(200)
}

func TestTheSystemTellsOfItself(t *testing.T) {
	d := desk(t)
	var about api.About
	d.Call("GET", "/api/v1/system", nil).Status(200).Into(&about)
	if !about.Now.Equal(d.Clock.Now()) {
		t.Errorf("got %+v", about)
	}
	var findings api.Findings
	d.Call("GET", "/api/v1/system/findings", nil).Status(200).Into(&findings)
	if len(findings.Items) != 0 {
		t.Errorf("the auditor found %+v", findings)
	}
	var link api.Link
	d.Call("POST", "/api/v1/users/"+anybody(t, d)+"/password-link", nil).Status(201).Into(&link)
	if !strings.HasPrefix(link.URL, d.BaseURL+"/password?code=") {
		t.Errorf("got %+v", link)
	}
	if len(actor.Roles) != 7 {
		t.Error("a role is new: give it a place in these tests")
	}
}

func TestATitleThatCannotBeSeenIsLeftOut(t *testing.T) {
	d := desk(t)
	for path, body := range map[string]string{
		"environments/dark": `{"title":"\u200b"}`, "customers/dark": `{"title":"\u200b"}`, "teams/dark": `{"title":"\u200b","level":"L1"}`,
		"users/dark": `{"title":"\u200b","role":"observer"}`, "services/dark": `{"title":"\u200b","tier":3,"owner":"dark"}`,
		"components/dark": `{"title":"\u200b","layer":"application"}`,
	} {
		if path == "services/dark" {
			d.Call("PUT", "/api/v1/teams/dark", `{"level":"L1"}`).Status(200)
		}
		var got item
		d.Call("PUT", "/api/v1/"+path, body).Status(200).Into(&got)
		if got.Title != "" {
			t.Errorf("%s has the title %+q", path, got.Title)
		}
	}
}

func TestUsersAndTeamsNameWhatExists(t *testing.T) { each(t, usersAndTeamsNameWhatExists) }

func usersAndTeamsNameWhatExists(t *testing.T, d *apptest.Desk) {
	before := events(t, d)
	got := refused(t, d.Call("PUT", "/api/v1/users/ghost", `{"role":"client","customer":"nobody"}`), 422)
	if !strings.Contains(got["customer"], `names "nobody", which does not exist`) {
		t.Errorf("got %v", got)
	}
	got = refused(t, d.Call("PUT", "/api/v1/teams/ghost", `{"level":"L1","hours":"never"}`), 422)
	if !strings.Contains(got["hours"], `names "never", which does not exist`) {
		t.Errorf("got %v", got)
	}
	apply := map[string]any{"documents": []map[string]string{{"file": "a.yaml", "text": "{kind: User, name: ghost, role: client, customer: nobody}"}}}
	refused(t, d.Call("POST", "/api/v1/config/apply", apply), 422)
	if n := events(t, d); n != before {
		t.Errorf("%d events were left behind", n-before)
	}
	d.Call("PUT", "/api/v1/customers/fresh", `{}`).Status(200)
	d.Call("PUT", "/api/v1/users/ghost", `{"role":"client","customer":"fresh"}`).Status(200)
	d.Call("DELETE", "/api/v1/customers/fresh", nil).Status(409)
	refused(t, d.Call("PUT", "/api/v1/users/ghost", `{"role":"client","customer":"nobody"}`), 422)
	d.Call("PUT", "/api/v1/calendars/shop", `{"zone":"UTC","always_open":true}`).Status(200)
	d.Call("PUT", "/api/v1/teams/ghost", `{"level":"L1","hours":"shop"}`).Status(200)
	d.Call("DELETE", "/api/v1/calendars/shop", nil).Status(409)
}
