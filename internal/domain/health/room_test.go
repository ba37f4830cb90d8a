package health_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

var (
	admin  = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}
	sender = actor.Actor{Kind: actor.System, ID: "s", Name: "Sender"}
)

// incidents stands for the room above: one incident for each service, with what a test says of it.
type incidents struct{ active map[string]*health.Trouble }

func (i *incidents) OpenOrJoin(_ *db.Tx, o alert.Opening) (string, error) {
	id := "i-" + o.Service.Name
	if i.active[id] == nil {
		i.active[id] = &health.Trouble{ID: id, Key: "INC-" + o.Service.Name, Title: o.Title, Service: o.Service.ID, Severity: o.Severity, Since: o.Detected}
	}
	return id, nil
}
func (i *incidents) AllResolved(_ *db.Tx, id string) error { delete(i.active, id); return nil }
func (i *incidents) StillFires(*db.Tx, string) error       { return nil }
func (i *incidents) Standing(_ *db.Tx, id string) (string, time.Time, error) {
	return id, time.Time{}, nil
}
func (i *incidents) ActiveIn(*db.Tx) (out []health.Trouble, _ error) {
	for _, t := range i.active {
		out = append(out, *t)
	}
	return out, nil
}

// extras are what other rooms would say.
type extras struct {
	seen []health.Sighting
}

func (e *extras) Sightings(*db.Tx) ([]health.Sighting, error) { return e.seen, nil }
func (k *desk) id(component string) (c catalogue.ComponentID) {
	k.do(func(tx *db.Tx) error {
		found, err := catalogue.ComponentByName(tx, component)
		c = found.ID
		return err
	})
	return c
}

// desk is payments (release → engine → queue, and 5 gateways of which 3 must work), and settlement, which
// needs the queue of payments.
type desk struct {
	*testing.T
	*health.Service
	db        *db.DB
	clock     *clock.Fake
	alerts    *alert.Service
	incidents *incidents
	extras    *extras
}

func each(t *testing.T, test func(*desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) { test(open(t, d, c)) })
}

func open(t *testing.T, d *db.DB, c *clock.Fake) *desk {
	t.Helper()
	k := &desk{T: t, db: d, clock: c, incidents: &incidents{map[string]*health.Trouble{}}, extras: &extras{}}
	k.alerts = alert.New(alert.Config{DB: d, Incidents: k.incidents})
	k.Service = health.New(health.Config{DB: d, Incidents: k.incidents, Watchers: []health.Watcher{k.extras}})
	k.do(catalogue.EnsureUnassigned)
	k.do(k.furnish)
	return k
}

func (k *desk) furnish(tx *db.Tx) error {
	if _, err := calendar.New(calendar.Config{DB: k.db}).ApplyIn(tx, admin, "mornings", calendar.Spec{Zone: "UTC", Weekly: []string{"mon-sun 00:00-12:00"}}); err != nil {
		return err
	}
	if _, err := people.New(people.Config{DB: k.db}).ApplyTeamIn(tx, admin, "l2", people.TeamSpec{Level: people.L2}); err != nil {
		return err
	}
	cat := catalogue.New(catalogue.Config{DB: k.db})
	for name, spec := range map[string]catalogue.ServiceSpec{
		"payments": {Tier: 1, Owner: "l2", Functions: []catalogue.Weight{{Name: "send", Percent: 70}, {Name: "enquire", Percent: 30}},
			UserGroups: []catalogue.Weight{{Name: "Americas", Percent: 60}, {Name: "Asia", Percent: 40}}},
		"settlement": {Tier: 2, Owner: "l2", Hours: "mornings"},
		"archive":    {Tier: 4, Owner: "l2"},
	} {
		if _, err := cat.ApplyServiceIn(tx, admin, name, spec); err != nil {
			return err
		}
	}
	part := func(name, layer, service string, needs ...string) catalogue.NamedComponent {
		return catalogue.NamedComponent{Name: name, Spec: catalogue.ComponentSpec{Layer: layer, Service: service, DependsOn: needs}}
	}
	list := []catalogue.NamedComponent{part("release", "business-process", "payments", "engine"), part("queue", "middleware", "payments"),
		part("netting", "application", "settlement", "queue"), part("spare", "machine", "")}
	engine := part("engine", "application", "payments", "queue")
	rules := drawing.Spec{Groups: []drawing.Group{{Name: "gateways", Needs: 3}}, Functions: []drawing.Bearer{{Name: "enquire", Needs: []string{"queue"}}}}
	for _, g := range []string{"g1", "g2", "g3", "g4", "g5"} {
		list = append(list, part(g, "application", "payments"))
		engine.Spec.DependsOn = append(engine.Spec.DependsOn, g)
		rules.Parts = append(rules.Parts, drawing.Part{Component: g, Group: "gateways"})
	}
	for _, done := range cat.ApplyComponentsIn(tx, admin, append(list, engine)) {
		if done.Err != nil {
			return done.Err
		}
	}
	_, err := drawing.New(drawing.Config{DB: k.db, Catalogue: cat}).ApplyIn(tx, admin, "payments", rules)
	return err
}

func (k *desk) do(fn func(*db.Tx) error) {
	k.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.Fatal(err)
	}
}

func (k *desk) send(service, component, severity string, ends time.Time) {
	k.Helper()
	in := alert.In{Labels: map[string]string{"alertname": "Broken", "service": service, "component": component, "severity": severity},
		Annotations: map[string]string{"summary": component + " is broken", "runbook_url": "https://runbooks.bank.example/x"}, Ends: ends}
	if component == "" {
		delete(in.Labels, "component")
		in.Annotations["summary"] = service + " is broken"
	}
	if _, err := k.alerts.Receive(context.Background(), sender, []alert.In{in}); err != nil {
		k.Fatal(err)
	}
}

// maintain plans work on a component for the next two hours.
func (k *desk) maintain(component string) {
	k.Helper()
	k.do(func(tx *db.Tx) error {
		now := tx.Now().UTC()
		_, err := maintenance.New(maintenance.Config{DB: k.db}).ApplyIn(tx, admin, "disks", maintenance.Spec{Title: "New disks", Components: []string{component},
			Starts: now.Format("2006-01-02T15:04"), Lasts: maintenance.Span(2 * time.Hour)})
		return err
	})
}

// fires begins an alert, ends ends it.
func (k *desk) fires(service, component, severity string) {
	k.send(service, component, severity, time.Time{})
}
func (k *desk) ends(service, component, severity string) {
	k.send(service, component, severity, k.clock.Now())
}

func (k *desk) now() *health.Desk {
	k.Helper()
	d, err := k.Desk(context.Background(), admin)
	if err != nil {
		k.Fatal(err)
	}
	return d
}

func (k *desk) wantService(name string, want health.State) health.Of {
	k.Helper()
	of, ok := k.now().Service(name)
	if !ok || of.State != want {
		k.Errorf("%s is %s, want %s", name, of.State.Word(), want.Word())
	}
	return of
}

func (k *desk) wantPart(name string, want health.State) health.Part {
	k.Helper()
	p, ok := k.now().Part(name)
	if !ok || p.Shown() != want {
		k.Errorf("%s is %s, want %s", name, p.Shown().Word(), want.Word())
	}
	return p
}

func TestTroubleGoesUpToEveryServiceThatNeedsThePart(t *testing.T) {
	each(t, func(k *desk) {
		k.wantService("payments", health.Unknown)
		k.wantService("archive", health.Unknown)
		k.fires("payments", "queue", "critical")
		k.wantPart("queue", health.Bad)
		k.wantPart("release", health.Bad)
		k.wantService("payments", health.Bad)
		if of := k.wantService("settlement", health.Bad); len(of.Reasons) != 0 {
			k.Errorf("settlement has reasons of its own: %+v", of.Reasons)
		}
		causes := k.now().CausesOfService("settlement", 5)
		if len(causes) != 1 || strings.Join(causes[0].Path, " > ") != "netting > queue" || causes[0].Reason.Incident != "INC-payments" ||
			causes[0].Reason.Text != "queue is broken" || causes[0].Reason.Procedure != "https://runbooks.bank.example/x" {
			k.Errorf("got %+v", causes)
		}
		k.ends("payments", "queue", "critical")
		k.wantPart("queue", health.OK)
		k.wantPart("release", health.Unknown) // nothing watches it itself
		k.wantService("payments", health.OK)
		k.wantService("settlement", health.OK)
	})
}

func TestAQuorumHoldsThoughAnIncidentIsOpen(t *testing.T) {
	each(t, func(k *desk) {
		k.fires("payments", "queue", "critical")
		k.ends("payments", "queue", "critical")
		for i, g := range []string{"g1", "g2", "g3", "g4", "g5"} {
			k.fires("payments", g, "critical")
			want := []health.State{health.Unknown, health.Unknown, health.Bad, health.Bad, health.Bad}[i]
			if i < 2 { // of the others nobody has ever said anything: not enough are known to work
				k.wantPart("engine", want)
				continue
			}
			k.wantPart("engine", want)
		}
		for i, g := range []string{"g1", "g2", "g3", "g4"} {
			k.ends("payments", g, "critical")
			k.wantService("payments", []health.State{health.Bad, health.Bad, health.Warn, health.OK}[i])
		}
		of := k.wantService("payments", health.OK)
		if !of.Troubled {
			k.Error("its incident is not told")
		}
	})
}

func TestAnIncidentThatNoPartExplainsCountsAsItIs(t *testing.T) {
	each(t, func(k *desk) {
		k.fires("payments", "", "warning")
		k.wantService("payments", health.Warn)
		k.ends("payments", "", "warning")
		k.wantService("payments", health.OK)

		k.incidents.active["p"] = &health.Trouble{ID: "p", Key: "INC-9", Title: "Clients call", Severity: 1, Service: k.wantService("archive", health.Unknown).ID}
		of := k.wantService("archive", health.Bad)
		if len(of.Reasons) != 1 || of.Reasons[0].Text != "Clients call" {
			k.Errorf("got %+v", of.Reasons)
		}
		// A part of nothing that the service needs.
		k.fires("payments", "spare", "critical")
		k.wantService("payments", health.Bad)
	})
}

func TestSilenceOfWhatHasSpokenIsUnknown(t *testing.T) {
	each(t, func(k *desk) {
		k.send("payments", "queue", "critical", k.clock.Now().Add(time.Minute))
		k.clock.Advance(2 * time.Minute)
		k.do(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE alert SET state = 'stale'`)
			return err
		})
		p := k.wantPart("queue", health.Unknown)
		if p.Blind || p.Reasons[0].Note == "" {
			k.Errorf("got %+v", p)
		}
		k.wantPart("engine", health.Unknown)
	})
}

func TestHowATroubleIsTakenGoesUpWithIt(t *testing.T) {
	each(t, func(k *desk) {
		k.fires("payments", "queue", "critical")
		trouble := k.incidents.active["i-payments"]
		for _, c := range []struct {
			name string
			set  func()
			want health.Handling
			note string
		}{
			{"new", func() {}, health.Open, ""},
			{"acknowledged", func() { trouble.Acknowledged, trouble.Holder = true, "Ana Ruiz" }, health.Acknowledged, "acknowledged by Ana Ruiz"},
			{"snoozed", func() { trouble.SnoozedUntil = k.clock.Now().Add(time.Hour) }, health.Snoozed, "snoozed until"},
			{"planned", func() { k.maintain("queue") }, health.Planned, "New disks"},
		} {
			c.set()
			of := k.wantService("payments", health.Bad)
			reason := k.wantPart("queue", health.Bad).Reasons[0]
			if of.Handling != c.want || !strings.Contains(reason.Note, c.note) {
				k.Errorf("%s: payments is %q, the queue %q", c.name, of.Handling, reason.Note)
			}
		}
		delete(k.incidents.active, "i-payments")
		k.clock.Advance(3 * time.Hour)
		if of := k.wantService("payments", health.Warn); of.Handling != health.Restored {
			k.Errorf("restored by a person: %q", of.Handling)
		}
	})
}

func TestWhatFollowsFromAnotherTroubleSaysSo(t *testing.T) {
	each(t, func(k *desk) {
		k.fires("payments", "queue", "critical")
		k.fires("payments", "engine", "critical")
		p := k.wantPart("engine", health.Bad)
		if len(p.Reasons) != 1 || p.Reasons[0].Handling != health.Suppressed || !strings.Contains(p.Reasons[0].Note, "queue fails") {
			k.Errorf("got %+v", p.Reasons)
		}
		if p.Handling != health.Open {
			k.Errorf("the queue, which nobody has, is not what is loudest: %q", p.Handling)
		}
	})
}

func TestWhatChecksSeeCounts(t *testing.T) {
	each(t, func(k *desk) {
		k.extras.seen = []health.Sighting{{Component: k.id("queue"), State: health.OK}, {Component: k.id("engine"), State: health.Unknown, Text: "the agent is silent"}}
		k.wantPart("queue", health.OK)
		if p := k.wantPart("engine", health.Unknown); p.Blind || p.Reasons[0].Text != "the agent is silent" {
			k.Errorf("got %+v", p)
		}
		k.wantService("payments", health.Unknown)
		k.wantService("settlement", health.OK)
	})
}

func TestOutsideOfItsHoursAServiceSaysSo(t *testing.T) {
	each(t, func(k *desk) {
		k.clock.Set(time.Date(2027, 3, 2, 11, 0, 0, 0, time.UTC))
		if of := k.wantService("settlement", health.Unknown); of.Inactive {
			k.Error("it is inactive in its hours")
		}
		k.clock.Set(time.Date(2027, 3, 2, 13, 0, 0, 0, time.UTC))
		of := k.wantService("settlement", health.Unknown)
		if p := k.wantPart("netting", health.Unknown); !of.Inactive || !p.Inactive || !of.Opens.Equal(time.Date(2027, 3, 3, 0, 0, 0, 0, time.UTC)) {
			k.Errorf("got %+v, %+v", of, p)
		}
	})
}

func TestWhatIfSaysWhatTheBusinessLoses(t *testing.T) {
	each(t, func(k *desk) {
		k.fires("payments", "queue", "critical")
		k.ends("payments", "queue", "critical")
		loss, err := k.WhatIf(context.Background(), admin, []string{"queue"})
		if err != nil || len(loss.Services) != 2 || loss.Services[0].Name != "payments" {
			k.Fatalf("got %+v, %v", loss, err)
		}
		p := loss.Services[0]
		if p.Before != health.OK || p.After != health.Bad || health.Lost(p.Functions) != 100 || health.Lost(p.UserGroups) != 100 {
			k.Errorf("got %+v", p)
		}
		loss, err = k.WhatIf(context.Background(), admin, []string{"engine"})
		if err != nil || len(loss.Services) != 1 || health.Lost(loss.Services[0].Functions) != 70 {
			k.Errorf("enquiries need the queue alone: %+v, %v", loss, err)
		}
		k.wantService("payments", health.OK) // nothing has happened
		if _, err := k.WhatIf(context.Background(), admin, []string{"nothing"}); !errs.Is(err, errs.Invalid) {
			k.Errorf("got %v", err)
		}
		if _, err := k.WhatIf(context.Background(), admin, nil); !errs.Is(err, errs.Invalid) {
			k.Errorf("got %v", err)
		}
	})
}

func TestClientsAreToldNothing(t *testing.T) {
	each(t, func(k *desk) {
		client := actor.Actor{Kind: actor.User, ID: "e", Role: actor.Client}
		if _, err := k.Desk(context.Background(), client); !errs.Is(err, errs.Forbidden) {
			k.Errorf("got %v", err)
		}
		narrow := actor.Actor{Kind: actor.Token, ID: "t", Role: actor.Admin, Scopes: []string{"service.read"}}
		if _, err := k.Drawn(context.Background(), narrow, "payments"); !errs.Is(err, errs.Forbidden) {
			k.Errorf("a token without incidents: %v", err)
		}
		if _, err := k.Drawn(context.Background(), admin, "nowhere"); !errs.Is(err, errs.NotFound) {
			k.Errorf("got %v", err)
		}
	})
}
