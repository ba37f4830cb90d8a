package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/edge"
)

// What is wrong is named, nothing is half stored, and the server goes on.
func TestBadInputIsNamedAndLeavesNothing(t *testing.T) {
	d := desk(t)
	d.Alert("payments", "QueueDepth", "critical")
	before := events(t, d)
	const open = "/api/v1/incidents"
	fields := func(more string) string { return `{"service":"mail","title":"Slow","severity":3` + more + `}` }
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		field, says              string
	}{
		{"malformed JSON", "POST", open, "{\n \"service\": \"mail\",,\n}", 400, "body", "at line 2, column 20"},
		{"two values", "POST", open, "{} {}", 400, "body", "line 1"},
		{"nothing at all", "POST", open, "", 400, "", ""},
		{"an unknown field", "POST", open, fields(`,"colour":"red"`), 422, "colour", "is not a field here: leave it out"},
		{"a field twice", "POST", open, fields(`,"title":"b"`), 400, "title", "twice"},
		{"a missing field", "POST", open, `{"service":"mail","severity":3}`, 422, "title", "is required"},
		{"a text for a number", "POST", open, `{"service":"mail","title":"a","severity":"high"}`, 422, "severity", "must be"},
		{"a fraction for a whole number", "POST", open, `{"service":"mail","title":"a","severity":1.5}`, 422, "severity", "must be a whole number"},
		{"a number beyond all", "POST", open, `{"service":"mail","title":"a","severity":1e300}`, 422, "severity", "must be a whole number"},
		{"a number beyond all that floats", "POST", open, `{"service":"mail","title":"a","severity":1e999}`, 400, "severity", "must be a number"},
		{"a whole number in other words", "POST", open, `{"service":"mail","title":"a","severity":1.0}`, 422, "severity", "must be a whole number"},
		{"a number beyond all, further in", "PUT", "/api/v1/services/mail", `{"tier":1,"owner":"payments-l2","functions":[{"name":"a","percent":1e300}]}`, 422, "functions[0].percent", "must be a whole number"},
		{"a length of time that is none", "PUT", "/api/v1/policies/p", `{"response":{"steps":[{"after":"soon","targets":[]}]}}`, 422, "response.steps[0].after", "must be"},
		{"a number for a text", "POST", open, `{"service":7,"title":"a","severity":1}`, 422, "service", "must be a text"},
		{"an array for an object", "POST", open, `[1]`, 422, "body", "must be an object"},
		{"a severity out of range", "POST", open, `{"service":"mail","title":"a","severity":9}`, 422, "severity", "1 (worst) to 4"},
		{"a service that does not exist", "POST", open, `{"service":"nowhere","title":"a","severity":1}`, 422, "service", "nowhere"},
		{"NUL in a text", "POST", open, fields(`,"description":"a\u0000b"`), 400, "description", "NUL"},
		{"invalid UTF-8", "POST", open, fields(`,"description":"` + "\xff\xfe" + `"`), 400, "description", "UTF-8"},
		{"a control character in a line", "POST", open, `{"service":"mail","title":"a\u001bb","severity":3}`, 422, "title", ""},
		{"a title without an end", "POST", open, `{"service":"mail","title":"` + strings.Repeat("a", 5000) + `","severity":3}`, 422, "title", "at most"},
		{"a title that cannot be seen", "POST", open, `{"service":"mail","title":"\u200b\u2060\ufe0f","severity":3}`, 422, "title", "must not be empty"},
		{"a comment that cannot be seen", "POST", open + "/INC-1/comments", `{"text":"\u200b\n"}`, 422, "text", "must not be empty"},
		{"a reason that cannot be seen", "POST", open + "/INC-1/snooze", `{"for":"5m","reason":"\u2800"}`, 422, "reason", "must not be empty"},
		{"a token's name that cannot be seen", "POST", "/api/v1/tokens", `{"name":"\u200b"}`, 422, "name", "is required"},
		{"a key's label that cannot be seen", "POST", "/api/v1/services/mail/keys", `{"label":"\ufeff"}`, 422, "label", "is required"},
		{"a follow-up's title that cannot be seen", "POST", "/api/v1/follow-ups", `{"title":"\u00ad","owner":"b","due":"2026-12-01T00:00:00Z"}`, 422, "title", "is required"},
		{"a contact's name that cannot be seen", "PUT", "/api/v1/customers/c", `{"contacts":[{"name":"\u3164"}]}`, 422, "contacts[0].name", "is required"},
		{"a link's title that cannot be seen", "PUT", "/api/v1/components/c", `{"layer":"application","links":[{"title":"\u200d","url":"https://a.example"}]}`, 422, "links[0].title", "is required"},
		{"year 9999", "POST", open, fields(`,"detected":"9999-12-31T23:59:59Z"`), 422, "detected", "from 1970 to 2199"},
		{"year 1066", "POST", open, fields(`,"detected":"1066-10-14T09:00:00Z"`), 422, "detected", "from 1970 to 2199"},
		{"no time", "POST", open, fields(`,"detected":"yesterday"`), 422, "detected", "must be a time such as"},
		{"year 1 of an incident", "POST", open, fields(`,"detected":"0001-01-01T00:00:00Z"`), 422, "detected", "from 1970 to 2199"},
		{"year 1 of a token", "POST", "/api/v1/tokens", `{"name":"for ever","expires":"0001-01-01T00:00:00Z"}`, 422, "expires", "from 1970 to 2199"},
		{"a token that has expired", "POST", "/api/v1/tokens", `{"name":"late","expires":"1999-01-01T00:00:00Z"}`, 422, "expires", "in the future"},
		{"a token that expires now", "POST", "/api/v1/tokens", `{"name":"now","expires":"` + d.Clock.Now().Format(time.RFC3339Nano) + `"}`, 422, "expires", "in the future"},
		{"year 1 of a snooze", "POST", open + "/INC-1/snooze", `{"until":"0001-01-01T00:00:00Z","for":"5m","reason":"x"}`, 422, "until", "from 1970 to 2199"},
		{"year 1 of a follow-up", "POST", "/api/v1/follow-ups", `{"title":"a","owner":"b","due":"0001-01-01T00:00:00Z"}`, 422, "due", "from 1970 to 2199"},
		{"year 1 of an override", "POST", "/api/v1/rosters/service-desk/overrides", `{"login":"b","from":"0001-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z"}`, 422, "from", "from 1970 to 2199"},
		{"year 1 of a plan", "GET", "/api/v1/rosters/service-desk/schedule?from=0001-01-01T00:00:00Z", "", 422, "from", "from 1970 to 2199"},
		{"a plan from no time", "GET", "/api/v1/rosters/service-desk/schedule?from=monday", "", 422, "from", "must be a time such as"},
		{"year 1 of a review", "PUT", "/api/v1/teams/t", `{"level":"L1","review_by":"0001-01-01"}`, 422, "review_by", "from 1970 to 2199"},
		{"deep nesting", "POST", open, fields(`,"description":` + strings.Repeat("[", 500) + strings.Repeat("]", 500)), 400, "", ""},
		{"a million fields", "POST", open, manyFields(100_000), 400, "body", "more than 10000 members"},
		{"over a megabyte", "POST", open, fields(`,"description":"` + strings.Repeat("a", 2_000_000) + `"`), 413, "", ""},
		{"30 MB", "POST", open, fields(`,"description":"` + strings.Repeat("a", 30_000_000) + `"`), 413, "", ""},
		{"an unknown parameter", "GET", open + "?colour=red", "", 422, "colour", "is not a parameter"},
		{"a wrong parameter", "GET", open + "?limit=many", "", 422, "limit", "must be a whole number"},
		{"a limit out of range", "GET", open + "?limit=100000", "", 422, "limit", "must be 500 or less"},
		{"a status that there is not", "GET", open + "?status=half-open", "", 422, "status[0]", "must be one of open, acknowledged"},
		{"a foreign cursor", "GET", open + "?cursor=abc", "", 422, "cursor", ""},
		{"NUL in a parameter", "GET", open + "?q=%00", "", 400, "q", "NUL"},
		{"invalid UTF-8 in a parameter", "GET", open + "?q=%ff", "", 400, "q", "UTF-8"},
		{"NUL in a path", "GET", "/api/v1/services/%00", "", 400, "path", "NUL"},
		{"no key", "POST", open + "/17x/acknowledge", "", 404, "", ""},
		{"a key without an incident", "POST", open + "/INC-99999999999999999999/acknowledge", "", 404, "", ""},
		{"nothing there", "GET", "/api/v1/nothing", "", 404, "", ""},
		{"another method", "PATCH", open, "", 405, "", ""},
		{"a snooze of no time", "POST", open + "/INC-1/snooze", `{"for":"soon","reason":"x"}`, 422, "for", "soon"},
		{"a snooze without a reason", "POST", open + "/INC-1/snooze", `{"for":"5m","reason":""}`, 422, "reason", ""},
		{"an escalation to nobody", "POST", open + "/INC-1/escalate", `{"to":{"person":"nobody-here"}}`, 422, "", ""},
		{"an escalation to two", "POST", open + "/INC-1/escalate", `{"to":{"person":"a","team":"b"}}`, 422, "", ""},
		{"another name than the path's", "PUT", "/api/v1/environments/a", `{"name":"b"}`, 422, "name", `must be "a"`},
		{"a name that is none", "PUT", "/api/v1/environments/A%20b", `{}`, 422, "name", "lower-case"},
		{"YAML that is none", "POST", "/api/v1/config/apply", `{"documents":[{"file":"a.yaml","text":"kind: [\n"}]}`, 422, "", ""},
		{"an unknown kind", "POST", "/api/v1/config/apply", `{"documents":[{"file":"a.yaml","text":"kind: Colour\nname: red\n"}]}`, 422, "a.yaml:1:7 kind", "is not a kind"},
		{"no documents", "POST", "/api/v1/config/apply", `{"document":[]}`, 422, "document", "is not a field here"},
		{"a document of nothing but blanks", "POST", "/api/v1/config/apply", " \n", 400, "body", "empty"},
		{"documents left out", "POST", "/api/v1/config/apply", `{}`, 422, "documents", "is required"},
		{"documents that are null", "POST", "/api/v1/config/apply", `{"documents":null}`, 422, "documents", "at least one"},
		{"an empty list of documents", "POST", "/api/v1/config/apply", `{"documents":[]}`, 422, "documents", "at least one"},
		{"documents that are no list", "POST", "/api/v1/config/apply", `{"documents":"x"}`, 422, "documents", "must be a list"},
		{"a document that is a number", "POST", "/api/v1/config/apply", `{"documents":[1e300]}`, 422, "documents[0]", "must be an object"},
		{"a document without text", "POST", "/api/v1/config/apply", `{"documents":[{"file":"a.yaml"}]}`, 422, "documents[0].text", "is required"},
		{"a dry run perhaps", "POST", "/api/v1/config/apply?dry_run=perhaps", `{"documents":[{"file":"a","text":""}]}`, 422, "dry_run", "true or false"},
		{"a plan of a thousand years", "GET", "/api/v1/rosters/service-desk/schedule?from=2026-01-01T00:00:00Z&to=2199-01-01T00:00:00Z", "", 422, "to", "400 days"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := any(c.body)
			if c.body == "" {
				body = nil
			}
			got := refused(t, d.Call(c.method, c.path, body), c.status)
			if c.field == "" {
				return
			}
			if message, ok := got[c.field]; !ok || !strings.Contains(message, c.says) {
				t.Errorf("got %v, want %q with %q", got, c.field, c.says)
			}
		})
	}
	if n := events(t, d); n != before {
		t.Errorf("%d events were left behind", n-before)
	}
	d.Call("GET", "/readyz", nil).Status(200)
}

func TestABodyThatIsNoJSONIsRefused(t *testing.T) {
	d := desk(t)
	req, err := http.NewRequest("POST", "http://"+d.Addr()+"/api/v1/incidents", strings.NewReader("service=mail"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apptest.Token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var p edge.Problem
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil || answer.StatusCode != http.StatusUnsupportedMediaType ||
		answer.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(p.Detail, "Content-Type: application/json") {
		t.Errorf("%s %v %+v %v", answer.Status, answer.Header, p, err)
	}
}

func manyFields(n int) string {
	var b strings.Builder
	b.WriteString(`{"a":1`)
	for i := range n {
		fmt.Fprintf(&b, `,"f%d":1`, i)
	}
	return b.String() + "}"
}
