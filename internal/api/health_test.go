package api_test

import (
	"slices"
	"strings"
	"testing"

	"mainstay/internal/api"
	"mainstay/internal/domain/drawing"
)

func TestHealthIsToldWithItsCauses(t *testing.T) {
	d := desk(t)
	d.Alert("payments", "MQSessionsDown", "critical", "component=payments-mq")
	var h api.ServiceHealth
	d.Call("GET", "/api/v1/services/payments/health", nil).Status(200).Into(&h)
	if h.State != "bad" || len(h.Causes) != 1 || h.Causes[0].Part != "payments-mq" || h.Causes[0].Incident != "INC-1" ||
		h.Causes[0].Path[len(h.Causes[0].Path)-1] != "Message queues for payments" {
		t.Errorf("got %+v", h)
	}
	at := slices.IndexFunc(h.Components, func(p api.PartHealth) bool { return p.Name == "payments-mq" })
	if at < 0 || h.Components[at].State != "bad" || !h.Components[at].Watched || len(h.Components) != 15 {
		t.Errorf("got %+v", h.Components)
	}
	var all struct{ Items []api.ServiceHealth }
	d.Call("GET", "/api/v1/health", nil).Status(200).Into(&all)
	states := map[string]string{}
	for _, one := range all.Items {
		states[one.Name] = one.State
	}
	if states["payments"] != "bad" || states["settlement"] != "bad" || states["market-data"] != "unknown" {
		t.Errorf("got %v", states)
	}
}

func TestWhatIfIsAskedByName(t *testing.T) {
	d := desk(t)
	var loss api.WhatIf
	d.Call("GET", "/api/v1/what-if?down=payments-db,storage", nil).Status(200).Into(&loss)
	if len(loss.Services) < 3 || loss.Services[0].After != "bad" || loss.Services[0].FunctionsLost == nil || *loss.Services[0].FunctionsLost != 100 {
		t.Errorf("got %+v", loss)
	}
	d.Call("GET", "/api/v1/what-if?down=nothing", nil).Status(422)
	d.Call("GET", "/api/v1/what-if", nil).Status(422)
}

func TestADrawingIsReadMovedAndWrittenBack(t *testing.T) {
	d := desk(t)
	const at = "/api/v1/services/payments/drawing"
	one := d.Call("GET", at, nil).Status(200)
	if back := d.Call("PUT", at, one.Body).Status(200); string(back.Body) != string(one.Body) {
		t.Errorf("it became %s", back.Body)
	}
	d.Call("POST", at+"/places", map[string]any{"moves": []drawing.Move{{Component: "payment-engine", X: 480, Y: 320}}}).Status(204)
	var text api.DrawingText
	d.Call("GET", at+"/text", nil).Status(200).Into(&text)
	if !strings.Contains(text.Text, `component payment-engine application "Payment engine" at 480,320`) {
		t.Errorf("got %s", text.Text)
	}
	d.Call("PUT", at+"/text", text).Status(200)
	refused := d.Call("PUT", at+"/text", api.DrawingText{Text: "component payment-engine\nbox"}).Status(422)
	if !strings.Contains(string(refused.Body), "line 2 begins with") {
		t.Errorf("got %s", refused.Body)
	}
	d.Call("POST", at+"/places", map[string]any{"moves": []drawing.Move{{Component: "nothing"}}}).Status(422)
	d.Call("GET", "/api/v1/services/nothing/drawing", nil).Status(404)
}
