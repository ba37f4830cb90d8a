package drawing_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

var admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}

// desk is a service with two hosts, an engine and a release, and another service.
type desk struct {
	*testing.T
	*drawing.Service
	db   *db.DB
	team people.TeamID
}

func each(t *testing.T, test func(*desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		cat := catalogue.New(catalogue.Config{DB: d})
		k := &desk{T: t, db: d, Service: drawing.New(drawing.Config{DB: d, Catalogue: cat})}
		k.do(func(tx *db.Tx) error {
			if _, err := people.New(people.Config{DB: d}).ApplyTeamIn(tx, admin, "l2", people.TeamSpec{Level: people.L2}); err != nil {
				return err
			}
			team, err := people.TeamByName(tx, "l2")
			if err != nil {
				return err
			}
			k.team = team.ID
			for _, name := range []string{"payments", "mail"} {
				spec := catalogue.ServiceSpec{Tier: 1, Owner: "l2", Functions: []catalogue.Weight{{Name: "send", Percent: 100}}}
				if _, err := cat.ApplyServiceIn(tx, admin, name, spec); err != nil {
					return err
				}
			}
			list := []catalogue.NamedComponent{
				{Name: "release", Spec: catalogue.ComponentSpec{Layer: "business-process", Service: "payments", DependsOn: []string{"engine"}}},
				{Name: "engine", Spec: catalogue.ComponentSpec{Layer: "application", Service: "payments", DependsOn: []string{"host-1", "host-2", "relay"}}},
				{Name: "host-1", Spec: catalogue.ComponentSpec{Layer: "machine"}},
				{Name: "host-2", Spec: catalogue.ComponentSpec{Layer: "machine"}},
				{Name: "relay", Spec: catalogue.ComponentSpec{Layer: "middleware", Service: "mail", DependsOn: []string{"host-2"}}},
			}
			for _, done := range cat.ApplyComponentsIn(tx, admin, list) {
				if done.Err != nil {
					return done.Err
				}
			}
			return nil
		})
		test(k)
	})
}

func (k *desk) do(fn func(*db.Tx) error) {
	k.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.Fatal(err)
	}
}

func (k *desk) picture() drawing.Picture {
	k.Helper()
	p, err := k.Picture(context.Background(), admin, "payments")
	if err != nil {
		k.Fatal(err)
	}
	return p
}

func (k *desk) text() string {
	k.Helper()
	text, err := k.Text(context.Background(), admin, "payments")
	if err != nil {
		k.Fatal(err)
	}
	return text
}

func TestMovingOnePartMovesNoOther(t *testing.T) {
	each(t, func(k *desk) {
		before := k.picture()
		move := []drawing.Move{{Component: "engine", X: 400, Y: 320}}
		if err := k.MoveParts(context.Background(), admin, "payments", move); err != nil {
			k.Fatal(err)
		}
		after := k.picture()
		for i, p := range after.Parts {
			want := before.Parts[i]
			if p.Name == "engine" {
				want.X, want.Y = 400, 320
			}
			if p.X != want.X || p.Y != want.Y || !p.Fixed {
				k.Errorf("%s stands at %v,%v, want %v,%v", p.Name, p.X, p.Y, want.X, want.Y)
			}
		}
		if err := k.LayOut(context.Background(), admin, "payments"); err != nil {
			k.Fatal(err)
		}
		if again := k.picture(); !reflect.DeepEqual(again.Parts, before.Parts) {
			k.Errorf("laid out again it is another drawing:\n%+v\n%+v", again.Parts, before.Parts)
		}
	})
}

func TestWhoMayChangeTheServiceMovesItsParts(t *testing.T) {
	each(t, func(k *desk) {
		move := []drawing.Move{{Component: "engine", X: 1, Y: 2}}
		back := actor.Actor{Kind: actor.User, ID: "b", Name: "Ben", Role: actor.BackLine, Teams: []string{string(k.team)}}
		if err := k.MoveParts(context.Background(), back, "payments", move); err != nil {
			k.Errorf("its own team: %v", err)
		}
		for name, by := range map[string]actor.Actor{
			"another team": {Kind: actor.User, ID: "c", Role: actor.BackLine, Teams: []string{"other"}},
			"an observer":  {Kind: actor.User, ID: "d", Role: actor.Observer},
		} {
			if err := k.MoveParts(context.Background(), by, "payments", move); !errs.Is(err, errs.Forbidden) {
				k.Errorf("%s: %v", name, err)
			}
			if err := k.PutText(context.Background(), by, "payments", ""); !errs.Is(err, errs.Forbidden) {
				k.Errorf("%s writes text: %v", name, err)
			}
		}
		client := actor.Actor{Kind: actor.User, ID: "e", Role: actor.Client}
		if _, err := k.Picture(context.Background(), client, "payments"); !errs.Is(err, errs.Forbidden) {
			k.Errorf("a client: %v", err)
		}
		for _, bad := range []drawing.Move{{Component: "nothing"}, {Component: "engine", X: 1e9}} {
			if err := k.MoveParts(context.Background(), admin, "payments", []drawing.Move{bad}); !errs.Is(err, errs.Invalid) {
				k.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

func TestWhatADrawingNamesMustBeThere(t *testing.T) {
	each(t, func(k *desk) {
		for want, spec := range map[string]drawing.Spec{
			`parts[0].component names "nothing"`:              {Parts: []drawing.Part{{Component: "nothing"}}},
			`parts[0].group names "g", which is none`:         {Parts: []drawing.Part{{Component: "engine", Group: "g"}}},
			`groups[0].needs must be 1 to 0`:                  {Groups: []drawing.Group{{Name: "g", Needs: 2}}},
			`links[0] says that release needs host-1`:         {Links: []drawing.Link{{From: "release", To: "host-1", Weight: 50}}},
			`links[0].weight must be 1 to 100`:                {Links: []drawing.Link{{From: "engine", To: "host-1"}}},
			`quorums[0].of[0] says that release needs host-1`: {Quorums: []drawing.Quorum{{Component: "release", Needs: 1, Of: []string{"host-1"}}}},
			`functions[0].name names "fly"`:                   {Functions: []drawing.Bearer{{Name: "fly", Needs: []string{"engine"}}}},
		} {
			err := k.Put(context.Background(), admin, "payments", spec)
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) {
				k.Errorf("got %v, want %s", err, want)
			}
		}
		if err := k.Put(context.Background(), admin, "nowhere", drawing.Spec{}); !errs.Is(err, errs.NotFound) {
			k.Errorf("no such service: %v", err)
		}
	})
}

func TestAnExportAppliedAgainChangesNothing(t *testing.T) {
	each(t, func(k *desk) {
		spec := drawing.Spec{TwoColours: true, Groups: []drawing.Group{{Name: "hosts", Needs: 1}},
			Parts: []drawing.Part{{Component: "host-1", Group: "hosts", X: new(1.5), Y: new(-2.0)}, {Component: "host-2", Group: "hosts"}, {Component: "release", Weight: 30}},
			Links: []drawing.Link{{From: "engine", To: "relay", Weight: 20}}, Quorums: []drawing.Quorum{{Component: "engine", Needs: 1, Of: []string{"host-1", "host-2"}}},
			Functions: []drawing.Bearer{{Name: "send", Needs: []string{"release"}}}}
		if err := k.Put(context.Background(), admin, "payments", spec); err != nil {
			k.Fatal(err)
		}
		k.do(func(tx *db.Tx) error {
			list, err := k.ExportIn(tx, admin)
			if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0].Spec, spec) {
				k.Errorf("exported %+v, %v", list, err)
			}
			changed, err := k.ApplyIn(tx, admin, "payments", list[0].Spec)
			if changed {
				k.Error("it changed something")
			}
			return err
		})
		// As text, too.
		before := k.text()
		if err := k.PutText(context.Background(), admin, "payments", before); err != nil {
			k.Fatal(err)
		}
		if after := k.text(); after != before {
			k.Errorf("as text it became\n%s\nfrom\n%s", after, before)
		}
	})
}

func TestATextMakesComponentsAndTheirLinks(t *testing.T) {
	each(t, func(k *desk) {
		text := strings.Replace(k.text(), "link engine -> host-1\n", "component cache middleware \"Price cache\" at 8,16\nlink engine -> cache\n", 1)
		if err := k.PutText(context.Background(), admin, "payments", text); err != nil {
			k.Fatal(err)
		}
		p := k.picture()
		at := p.Index()
		cache := p.Parts[at["cache"]]
		if cache.Title != "Price cache" || cache.ServiceName != "payments" || cache.X < 8 || !cache.Fixed {
			k.Errorf("got %+v", cache)
		}
		links := map[string]bool{}
		for _, l := range p.Lines {
			links[p.Parts[l.From].Name+" "+p.Parts[l.To].Name] = true
		}
		if links["engine host-1"] || !links["engine cache"] || !links["engine host-2"] || !links["relay host-2"] {
			k.Errorf("links are %v", links)
		}
	})
}

func TestATextChangesNothingThatIsNotItsOwn(t *testing.T) {
	each(t, func(k *desk) {
		before := k.text()
		for want, text := range map[string]string{
			`line 1 gives relay other links than it has, but it belongs to the service mail`: "component relay\n",
			`line 1 makes the component "new": say in which layer`:                           "component new\n",
			`line 1 says that engine is in the layer machine`:                                "component engine machine\n",
			`line 2: a depends_on goes in a circle`:                                          "component b machine\ncomponent a machine\nlink a -> b\nlink b -> a\n",
			`line 1: parts[0].group names "g"`:                                               "component engine in g\n",
		} {
			if strings.Contains(want, "relay") {
				text += "component host-2\n"
			}
			err := k.PutText(context.Background(), admin, "payments", text)
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) {
				k.Errorf("%q: got %v, want %s", text, err, want)
			}
		}
		if after := k.text(); after != before {
			k.Errorf("refused texts changed the drawing to\n%s", after)
		}
	})
}
