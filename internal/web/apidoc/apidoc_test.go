package apidoc_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/web/apidoc"
	"mainstay/internal/web/pagetest"
)

// harbour is an OpenAPI document with one of everything that the page reads.
const harbour = `{"openapi": "3.1.0", "info": {"title": "Harbour", "version": "7"}, "paths": {
	"/api/v1/ships/{name}": {
		"get": {"operationId": "getShip", "summary": "Get a ship", "description": "Needs ` + "`ship.read`" + `.", "tags": ["ships"],
			"parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}},
				{"name": "state", "in": "query", "description": "Only these.", "schema": {"type": ["array", "null"], "items": {"type": "string", "enum": ["at sea", "in port"]}}}],
			"responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ship"}}}}, "default": {"description": "Error"}}},
		"put": {"operationId": "putShip", "summary": "Change a ship", "tags": ["ships"],
			"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ship"}}}},
			"responses": {"204": {"description": "No Content"}}}},
	"/api/v1/cargo": {"post": {"operationId": "postCargo", "summary": "Load a file", "tags": ["cargo"],
		"requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object"}}}}, "responses": {"201": {"description": "Created"}}}}},
	"components": {"schemas": {
		"Ship": {"type": "object", "required": ["name", "length"], "properties": {
			"arrives": {"type": ["string", "null"], "format": "date-time", "description": "When it is expected."},
			"length": {"type": "integer"}, "name": {"type": "string", "examples": ["Captain's Pride"]},
			"crew": {"type": "array", "items": {"$ref": "#/components/schemas/Sailor"}}}},
		"Sailor": {"type": "object", "properties": {"rank": {"type": "string", "enum": ["captain", "cook"]}, "deputy": {"$ref": "#/components/schemas/Sailor"}}}}}}`

var reader = actor.Actor{Kind: actor.User, ID: "u", Name: "Ana Ruiz", Role: actor.Observer}

func open(t *testing.T, document string, err error) pagetest.Page {
	t.Helper()
	c := apidoc.Config{BaseURL: "https://desk.example", Document: func() ([]byte, error) { return []byte(document), err }}
	now := clock.NewFake(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))
	return pagetest.New(t, now, apidoc.Routes(c)...).Get(reader, "/api/docs")
}

func TestReferenceListsEveryOperationByNoun(t *testing.T) {
	page := open(t, harbour, nil).Want(http.StatusOK)
	page.WantText("version 7")
	page.One("#cargo").WantText("POST /api/v1/cargo Load a file")
	page.One("#ships").WantText("GET /api/v1/ships/{name} Get a ship", "PUT /api/v1/ships/{name} Change a ship")
	page.One(".api-nav").WantText("cargo 1 ships 2")
}

func TestOperationTellsItsParametersItsAnswerAndHowToCallIt(t *testing.T) {
	call := open(t, harbour, nil).Want(http.StatusOK).One("#getShip")
	call.WantText("Needs ship.read.", "name path string required", "state query list of at sea | in port Only these.",
		"Answer 200 OK, application/json", "arrives date-time or null When it is expected.", "crew list of object", "crew[].rank captain | cook",
		`curl https://desk.example/api/v1/ships/NAME \ -H "Authorization: Bearer $MAINSTAY_TOKEN"`)
	call.WantNoText("Error")
}

func TestExamplesAreWhatTheSchemaAsksFor(t *testing.T) {
	page := open(t, harbour, nil).Want(http.StatusOK)
	answer := page.One("#getShip").One(".api-fields-and-example").One(".code").Text()
	var ship struct {
		Name, Arrives string
		Length        int
		Crew          []struct{ Rank string }
	}
	if err := json.Unmarshal([]byte(answer), &ship); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	if ship.Name != "Captain's Pride" || ship.Length != 1 || len(ship.Crew) != 1 || ship.Crew[0].Rank != "captain" || ship.Arrives == "" {
		t.Errorf("the example is %+v", ship)
	}
	// A body needs only what is required, and survives the shell.
	page.One("#putShip").WantText(`curl -X PUT https://desk.example/api/v1/ships/NAME`, `--json '{ "length": 1, "name": "Captain'\''s Pride" }'`)
	page.One("#postCargo").WantText("Body, multipart/form-data", "-F file=@screenshot.png")
}

func TestDocumentThatCannotBeReadIsAnError(t *testing.T) {
	for document, err := range map[string]error{"": errors.New("broken"), `{"paths": 3}`: nil} {
		if page := open(t, document, err); page.Status != http.StatusInternalServerError {
			t.Errorf("%q answers %d: %v", document, page.Status, page.Err)
		}
	}
}
