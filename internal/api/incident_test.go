package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/api"
	"mainstay/internal/apptest"
	"mainstay/internal/base/page"
)

func TestAnIncidentGoesFromAlertToClosed(t *testing.T) { each(t, anIncidentGoesFromAlertToClosed) }

func anIncidentGoesFromAlertToClosed(t *testing.T, d *apptest.Desk) {
	d.Alert("payments", "QueueDepth", "critical")

	var found list
	d.Call("GET", "/api/v1/incidents", nil).Status(200).Into(&found)
	if len(found.Items) != 1 || found.Next != nil || found.Items[0].Key != "INC-1" || found.Items[0].Status != "open" || found.Items[0].Severity != 1 {
		t.Fatalf("got %+v", found)
	}
	var i api.IncidentDetail
	d.Call("GET", "/api/v1/incidents/INC-1", nil).Status(200).Into(&i)
	if i.Service != "payments" || i.Source != "alert" || i.Assignee != nil || i.Acknowledged != nil || i.Alerts != 1 ||
		i.Clocks.Response.State != "running" || i.Clocks.Resolution.Next == nil || i.URL != d.BaseURL+"/incidents/INC-1" {
		t.Errorf("got %+v", i)
	}
	d.Call("POST", "/api/v1/incidents/INC-1/acknowledge", nil).Status(200).Into(&i)
	if i.Status != "acknowledged" || i.Acknowledged == nil || *i.AcknowledgedBy != "token bootstrap" {
		t.Errorf("got %+v", i)
	}
	before := events(t, d)
	d.Call("POST", "/api/v1/incidents/INC-1/acknowledge", nil).Status(200) // twice is no error
	if n := events(t, d); n != before {
		t.Errorf("acknowledging twice left %d events", n-before)
	}
	d.Call("POST", "/api/v1/incidents/inc-1/comments", map[string]string{"text": "Looking at the queue"}).Status(200)
	d.Call("POST", "/api/v1/incidents/INC-1/investigate", nil).Status(200)
	d.Call("POST", "/api/v1/incidents/INC-1/close", nil).Status(409) // not restored yet
	d.Call("POST", "/api/v1/incidents/INC-1/restore", map[string]any{"reason": "restarted the channel", "alerts_ended": true}).Status(200).Into(&i)
	if i.Status != "restored" || i.Restored == nil {
		t.Errorf("got %+v", i)
	}
	d.Call("POST", "/api/v1/incidents/INC-1/close", nil).Status(200)

	var timeline page.List[api.Event]
	d.Call("GET", "/api/v1/incidents/INC-1/timeline", nil).Status(200).Into(&timeline)
	var kinds, story []string
	for _, e := range timeline.Items {
		story = append(story, e.Text)
		if strings.HasPrefix(e.Kind, "incident.") {
			kinds = append(kinds, e.Kind)
		}
	}
	want := []string{"incident.opened", "incident.acknowledged", "incident.commented", "incident.investigating", "incident.restored", "incident.closed"}
	if !slices.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
	for _, sentence := range []string{"token bootstrap commented: Looking at the queue", "token bootstrap restored: both clocks ended — restarted the channel"} {
		if !slices.Contains(story, sentence) {
			t.Errorf("no %q in %q", sentence, story)
		}
	}
	var messages list
	d.Call("GET", "/api/v1/messages?incident=INC-1", nil).Status(200).Into(&messages)
	if len(messages.Items) == 0 || *messages.Items[0].Incident != "INC-1" {
		t.Errorf("got %+v", messages)
	}
	var alerts list
	d.Call("GET", "/api/v1/alerts?q=queue&service=payments", nil).Status(200).Into(&alerts)
	if len(alerts.Items) != 1 || *alerts.Items[0].Incident != "INC-1" {
		t.Fatalf("got %+v", alerts)
	}
	d.Call("POST", "/api/v1/alerts/"+alerts.Items[0].ID+"/verdict", map[string]string{"verdict": "useful"}).Status(204)
}

func TestEveryActOnAnIncidentHasItsRoute(t *testing.T) { each(t, everyActOnAnIncidentHasItsRoute) }

func everyActOnAnIncidentHasItsRoute(t *testing.T, d *apptest.Desk) {
	open := func() string {
		var i item
		d.Call("POST", "/api/v1/incidents", map[string]any{"service": "mail", "title": "Mail is slow", "severity": 3}).Status(201).Into(&i)
		return "/api/v1/incidents/" + i.Key
	}
	first, second := open(), open()
	key := strings.TrimPrefix(second, "/api/v1/incidents/")
	login := anybody(t, d)
	for _, c := range []struct {
		act  string
		body any
	}{
		{"assign", map[string]string{"login": login}},
		{"role", map[string]string{"role": "scribe", "login": login}},
		{"severity", map[string]any{"severity": 2, "reason": "more users"}},
		{"rename", map[string]string{"title": "Mail is very slow"}},
		{"link", map[string]string{"other": key}},
		{"snooze", map[string]string{"for": "30m", "reason": "vendor at work"}},
		{"escalate", map[string]any{"to": map[string]string{"person": login}, "reason": "help"}},
		{"stop-clock", map[string]string{"clock": "response", "reason": "all are here"}},
		{"restore", nil},
		{"reopen", map[string]string{"reason": "slow again"}},
		{"assign", map[string]string{"login": login}}, // reopened, nobody has it
		{"merge", map[string]string{"into": key}},
	} {
		d.Call("POST", first+"/"+c.act, c.body).Status(200)
	}
	var i api.IncidentDetail
	d.Call("GET", first, nil).Status(200).Into(&i)
	if i.Status != "closed" || *i.MergedInto != key || *i.Assignee != login || i.Roles["scribe"] != login ||
		i.Title != "Mail is very slow" || !slices.Contains(i.Linked, key) {
		t.Errorf("got %+v", i)
	}
}

func anybody(t *testing.T, d *apptest.Desk) string {
	t.Helper()
	var users list
	d.Call("GET", "/api/v1/users?limit=1", nil).Status(200).Into(&users)
	return users.Items[0].Name
}

func TestSeveralIncidentsHaveAnOutcomeEach(t *testing.T) {
	d := desk(t)
	d.Alert("payments", "QueueDepth", "critical")
	d.Alert("mail", "HostDown", "critical")
	var out page.List[api.Outcome]
	body := map[string]any{"keys": []string{"INC-1", "INC-77", "INC-2"}}
	d.Call("POST", "/api/v1/incidents/bulk/acknowledge", body).Status(200).Into(&out)
	if len(out.Items) != 3 || out.Items[0].Incident.Status != "acknowledged" || out.Items[2].Incident.Status != "acknowledged" {
		t.Fatalf("got %+v", out)
	}
	if p := out.Items[1].Problem; p == nil || p.Status != 404 || out.Items[1].Incident != nil {
		t.Errorf("got %+v", out.Items[1])
	}
	d.Call("POST", "/api/v1/incidents/bulk/restore", body).Status(200).Into(&out)
	if out.Items[2].Incident.Status != "restored" {
		t.Errorf("got %+v", out.Items[2])
	}
}

func TestListsGoOnFromTheirCursor(t *testing.T) { each(t, listsGoOnFromTheirCursor) }

func listsGoOnFromTheirCursor(t *testing.T, d *apptest.Desk) {
	for range 5 {
		d.Call("POST", "/api/v1/incidents", map[string]any{"service": "mail", "title": "Mail is slow", "severity": 3}).Status(201)
	}
	for _, sort := range []string{"", "&sort=newest"} {
		seen := []string{}
		cursor := ""
		for {
			var l list
			d.Call("GET", "/api/v1/incidents?limit=2&active=true&status=open&severity=3&service=mail&q=slow"+sort+cursor, nil).Status(200).Into(&l)
			for _, i := range l.Items {
				seen = append(seen, i.Key)
			}
			if l.Next == nil {
				break
			}
			cursor = "&cursor=" + *l.Next
		}
		want := []string{"INC-1", "INC-2", "INC-3", "INC-4", "INC-5"}
		if sort != "" {
			slices.Reverse(want)
		}
		if !slices.Equal(seen, want) {
			t.Errorf("%s: got %v", sort, seen)
		}
	}
}

func TestAttachmentsComeBackAsTheyWereAndAreNeverShown(t *testing.T) {
	d := desk(t)
	d.Alert("payments", "QueueDepth", "critical")
	page := []byte("<script>alert(1)</script>")
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "../evil \"page\".html")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(page)
	_ = w.Close()
	send := func(body []byte, contentType string) *http.Response {
		req, err := http.NewRequest("POST", "http://"+d.Addr()+"/api/v1/incidents/INC-1/attachments", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", "Bearer "+apptest.Token)
		answer, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	if got := send(form.Bytes(), w.FormDataContentType()); got.StatusCode != 201 {
		b, _ := io.ReadAll(got.Body)
		t.Fatalf("%s: %s", got.Status, b)
	}
	for name, body := range map[string][]byte{"cut off": form.Bytes()[:form.Len()/2], "empty": nil} {
		if got := send(body, w.FormDataContentType()); got.StatusCode != 400 && got.StatusCode != 422 {
			t.Errorf("%s: %s", name, got.Status)
		}
	}
	if got := send([]byte("x"), "text/plain"); got.StatusCode != 400 {
		t.Errorf("no form: %s", got.Status)
	}
	var files struct{ Items []api.Attachment }
	d.Call("GET", "/api/v1/incidents/INC-1/attachments", nil).Status(200).Into(&files)
	if len(files.Items) != 1 || files.Items[0].Size != int64(len(page)) || strings.Contains(files.Items[0].Name, "/") {
		t.Fatalf("got %+v", files)
	}
	req, _ := http.NewRequest("GET", "http://"+d.Addr()+"/api/v1/incidents/INC-1/attachments/"+files.Items[0].ID, nil)
	req.Header.Set("Authorization", "Bearer "+apptest.Token)
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, _ := io.ReadAll(answer.Body)
	if !bytes.Equal(got, page) || answer.Header.Get("Content-Type") != "application/octet-stream" ||
		!strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment") || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%q %v", got, answer.Header)
	}
	d.Call("GET", "/api/v1/incidents/INC-1/attachments/nothing", nil).Status(404)
	if !json.Valid(d.Call("GET", "/api/v1/incidents/INC-1/timeline", nil).Body) {
		t.Error("the timeline is no JSON")
	}
}
