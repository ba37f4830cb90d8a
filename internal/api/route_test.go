package api_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/api"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
)

func TestEveryRouteNamesAnActionOfTheMatrix(t *testing.T) {
	own := []string{"GET /api/v1/me", "GET /api/v1/system", "GET /api/v1/config/schema", "GET /api/v1/messages/{id}"}
	seen := map[string]bool{}
	for _, r := range api.Routes() {
		name := r.Method + " " + r.Path
		if seen[name] {
			t.Errorf("%s is registered twice", name)
		}
		seen[name] = true
		if r.About == "" {
			t.Errorf("%s does not say what it does", name)
		}
		if r.Action == "" {
			if !slices.Contains(own, name) {
				t.Errorf("%s takes no action: name one, or list it here as everybody's own", name)
			}
			continue
		}
		if !slices.Contains(people.Actions(), r.Action) {
			t.Errorf("%s takes %q, which is not in the matrix", name, r.Action)
		}
	}
	if len(seen) < 90 {
		t.Errorf("only %d routes", len(seen))
	}
}

// What changes something must not pass for reading.
func TestOnlyReadingIsDoneByGet(t *testing.T) {
	for _, r := range api.Routes() {
		reads := r.Action == "" || strings.HasSuffix(string(r.Action), ".read") || r.Action == people.ConfigExport || r.Action == people.AlertWrite
		if r.Method == http.MethodGet && !reads {
			t.Errorf("GET %s takes %s", r.Path, r.Action)
		}
		if r.Method != http.MethodGet && strings.HasSuffix(string(r.Action), ".read") {
			t.Errorf("%s %s takes only %s", r.Method, r.Path, r.Action)
		}
	}
}

func TestTheDescriptionIsOpenAPIAndNeedsNobody(t *testing.T) {
	w := httptest.NewRecorder()
	api.New(api.Config{Version: "1.2.3"}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	var doc struct {
		OpenAPI string `json:"openapi"`
		Info    struct{ Version string }
		Paths   map[string]map[string]struct{ OperationID, Summary string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v", w.Code, err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") || doc.Info.Version != "1.2.3" {
		t.Errorf("it is OpenAPI %s of version %s", doc.OpenAPI, doc.Info.Version)
	}
	for _, r := range api.Routes() {
		if doc.Paths[r.Path][strings.ToLower(r.Method)].Summary == "" {
			t.Errorf("%s %s is not described", r.Method, r.Path)
		}
	}
}

// Whom the matrix never allows an action is refused before anything is looked at; nobody is
// refused everywhere.
func TestWhoMayNeverIsRefusedBeforeAnythingElse(t *testing.T) {
	h := api.New(api.Config{})
	refused := 0
	for _, r := range api.Routes() {
		if got := status(h, r, actor.Actor{}); got != http.StatusUnauthorized {
			t.Errorf("nobody, %s %s: %d", r.Method, r.Path, got)
		}
		for _, role := range actor.Roles {
			by := actor.Actor{Kind: actor.User, ID: "u1", Name: "Somebody", Role: role, Teams: []string{"t1"}, Customer: "c1"}
			best := people.Target{Owner: by.ID, Teams: by.Teams, Customers: []string{by.Customer}}
			if r.Action == "" || people.Can(by, r.Action, best) {
				continue
			}
			refused++
			if got := status(h, r, by); got != http.StatusForbidden {
				t.Errorf("%s, %s %s: %d", role, r.Method, r.Path, got)
			}
		}
	}
	if refused == 0 {
		t.Error("nobody is refused anything")
	}
}

// A cursor that is none of ours is no way into a list, whatever it decodes to.
func TestForgedCursorsAreRefusedByEveryList(t *testing.T) {
	d := desk(t)
	lists := 0
	for _, r := range api.Routes() {
		if r.Method != "GET" || strings.Contains(r.Path, "{") {
			continue
		}
		for _, forged := range []string{"{}", "null", `{"s":1}`, `{"x":"y"}`, `["a"]`, "7.0", ` "a"`} {
			answer := d.Call("GET", r.Path+"?cursor="+base64.RawURLEncoding.EncodeToString([]byte(forged)), nil)
			if !strings.Contains(string(answer.Body), `"cursor"`) || answer.Code != 422 {
				if r.Path != "/api/v1/config/schema" && r.Path != "/api/v1/config/export" {
					t.Errorf("%s takes %s: %d", r.Path, forged, answer.Code)
				}
				continue
			}
			if strings.Contains(string(answer.Body), "page before") {
				lists++
			}
		}
	}
	if lists < 7*12 {
		t.Errorf("%d refusals of lists: the test does not reach them", lists)
	}
}
