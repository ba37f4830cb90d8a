package notify_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/secret"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

func TestMethodIsUsedOnlyAfterItsCodeWasConfirmed(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx, ana := context.Background(), k.as("ana")
		m, key, err := k.AddMethod(ctx, ana, "ana", notify.MethodSpec{Channel: outbox.Webhook, Address: hookAddress})
		if err != nil || m.Name != "webhook" || len(key) < 20 || m.Usable() {
			t.Fatalf("%+v, secret %q, %v", m, key, err)
		}
		if stored, err := k.Secret(ctx, string(m.ID)); err != nil || stored != key {
			t.Fatalf("the sender gets %q, %v", stored, err)
		}
		k.run()
		arrived := k.world.at(hookAddress)
		if len(arrived) != 1 || arrived[0].Kind != outbox.VerifyKind || arrived[0].Content.Code == "" {
			t.Fatalf("%+v", arrived)
		}
		if p := k.page("ana"); p.State != notify.Exhausted {
			t.Fatal("the address was used before it was verified")
		}
		if err := k.Verify(ctx, ana, "ana", "webhook", "aaaa-aaaa"); !errs.Is(err, errs.Invalid) {
			t.Fatalf("a wrong code gave %v", err)
		}
		code := strings.ToUpper(arrived[0].Content.Code)
		if err := k.Verify(ctx, ana, "ana", "webhook", " "+code+" "); err != nil {
			t.Fatal(err)
		}
		p := k.page("ana")
		k.run()
		k.expect(p, notify.Delivered)
		if got := k.timeline(notify.Record(k.id("ana").ID)); got != "contacts.changed contacts.verified" {
			t.Fatalf("events: %s", got)
		}
	})
}

func TestMethodIsConfirmedByItsLinkButNotByOpeningIt(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx := context.Background()
		if _, _, err := k.AddMethod(ctx, k.as("ana"), "ana", notify.MethodSpec{Channel: outbox.Mail, Address: mailAddress}); err != nil {
			t.Fatal(err)
		}
		k.run()
		link := k.world.at(mailAddress)[0].Content.URL
		token, ok := strings.CutPrefix(link, "https://desk.example/verify/")
		if !ok {
			t.Fatalf("link %q", link)
		}
		m, u, err := k.MethodOfLink(ctx, token)
		if err != nil || m.Address != mailAddress || u.Login != "ana" || m.Usable() {
			t.Fatalf("%+v %+v %v", m, u, err)
		}
		if _, err := k.VerifyLink(ctx, token[:len(token)-1]+"0"); err == nil {
			t.Fatal("a changed link confirmed")
		}
		if _, err := k.VerifyLink(ctx, token); err != nil {
			t.Fatal(err)
		}
		c, err := k.Contacts(ctx, k.as("ana"), "ana")
		if err != nil || !c.Methods[0].Usable() {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

func TestCodesExpireRunOutAndAreNotSentTooOften(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx, ana := context.Background(), k.as("ana")
		if _, _, err := k.AddMethod(ctx, ana, "ana", notify.MethodSpec{Channel: outbox.Mail, Address: mailAddress}); err != nil {
			t.Fatal(err)
		}
		code := func() string {
			k.run()
			all := k.world.at(mailAddress)
			return all[len(all)-1].Content.Code
		}
		first := code()
		if err := k.SendCode(ctx, ana, "ana", "mail"); !errs.Is(err, errs.Conflict) {
			t.Fatalf("a second code at once: %v", err)
		}
		k.clock.Advance(25 * time.Hour)
		if err := k.Verify(ctx, ana, "ana", "mail", first); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "expired") {
			t.Fatalf("an old code: %v", err)
		}
		if err := k.SendCode(ctx, ana, "ana", "mail"); err != nil {
			t.Fatal(err)
		}
		second := code()
		for range 10 {
			if err := k.Verify(ctx, ana, "ana", "mail", first); !errs.Is(err, errs.Invalid) {
				t.Fatalf("the code before: %v", err)
			}
		}
		if err := k.Verify(ctx, ana, "ana", "mail", second); !errs.Is(err, errs.Conflict) {
			t.Fatalf("guessing is not bounded: %v", err)
		}
		k.clock.Advance(time.Minute)
		if err := k.SendCode(ctx, ana, "ana", "mail"); err != nil {
			t.Fatal(err)
		}
		if err := k.Verify(ctx, ana, "ana", "mail", code()); err != nil {
			t.Fatal(err)
		}
		if err := k.SendCode(ctx, ana, "ana", "mail"); !errs.Is(err, errs.Conflict) {
			t.Fatalf("a code for a verified method: %v", err)
		}
	})
}

func TestAnotherAddressMustBeVerifiedAgain(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail()}})
		moved := mail()
		moved.Address, moved.Verified = "elsewhere@bank.example", false
		if _, err := k.Apply(context.Background(), k.as("ana"), "ana", notify.Spec{Methods: []notify.MethodSpec{moved}}); err != nil {
			t.Fatal(err)
		}
		if p := k.page("ana"); p.State != notify.Exhausted {
			t.Fatal("the new address was used unverified")
		}
		k.run()
		if got := k.world.at("elsewhere@bank.example"); len(got) != 1 || got[0].Kind != outbox.VerifyKind {
			t.Fatalf("%+v", got)
		}
	})
}

func TestOnlyAnAdminVouchesAndTheEventSaysSo(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, err := k.Apply(context.Background(), k.as("ana"), "ana", notify.Spec{Methods: []notify.MethodSpec{mail()}})
		if f := errs.FieldsOf(err); len(f) != 1 || f[0].Path != "methods[0].verified" {
			t.Fatalf("%v", err)
		}
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail()}})
		record := notify.Record(k.id("ana").ID)
		k.do(func(tx *db.Tx) error {
			events, err := ledger.Timeline(tx, record)
			if err != nil {
				return err
			}
			var c notify.Changed
			if err := events[0].Into(&c); err != nil {
				return err
			}
			if !c.Methods[0].Vouched || c.Methods[0].Address.Address != "a…@bank.example" || events[0].Actor.Name != "token root" {
				t.Errorf("%+v by %s", c, events[0].Actor.Name)
			}
			return nil
		})
	})
}

func TestApplyingTwiceOrApplyingTheExportChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx := context.Background()
		spec := notify.Spec{
			Methods: []notify.MethodSpec{mail(), hook(), {Name: "new", Channel: outbox.Mail, Address: "new@bank.example"}},
			Rules:   notify.RulesSpec{High: []notify.RuleSpec{rule("mail", 0), rule("hook", 90*time.Second)}, Low: []notify.RuleSpec{rule("mail", 0)}},
		}
		if changed, err := k.Apply(ctx, root, "ana", spec); err != nil || !changed {
			t.Fatalf("first: %v %v", changed, err)
		}
		if changed, err := k.Apply(ctx, root, "ana", spec); err != nil || changed {
			t.Fatalf("second: %v %v", changed, err)
		}
		var all []notify.Named
		k.do(func(tx *db.Tx) (err error) {
			all, err = k.ExportIn(tx, root)
			return err
		})
		if len(all) != 1 || all[0].Name != "ana" {
			t.Fatalf("%+v", all)
		}
		text, err := json.Marshal(all)
		if err != nil || strings.Contains(string(text), "a long secret") || !strings.Contains(string(text), `"secret":"kept"`) ||
			!strings.Contains(string(text), `"after":"1m30s"`) {
			t.Fatalf("%s, %v", text, err)
		}
		if changed, err := k.Apply(ctx, root, "ana", all[0].Spec); err != nil || changed {
			t.Fatalf("the export changed something: %v %v", changed, err)
		}
		k.do(func(tx *db.Tx) error {
			events, err := ledger.Timeline(tx, notify.Record(userID(t, tx, "ana")))
			if len(events) != 1 || strings.Contains(string(events[0].Payload), "secret") {
				t.Errorf("%d events, the first %s", len(events), events[0].Payload)
			}
			return err
		})
	})
}

func userID(t *testing.T, tx *db.Tx, login string) people.UserID {
	t.Helper()
	u, err := people.UserByLogin(tx, login)
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func TestSecretsAreKeptReplacedAndRotated(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx := context.Background()
		current := func() string {
			c, err := k.Contacts(ctx, root, "ana")
			if err != nil {
				t.Fatal(err)
			}
			plain, err := k.Secret(ctx, string(c.Methods[0].ID))
			if err != nil {
				t.Fatal(err)
			}
			return plain
		}
		h := hook()
		h.Secret = notify.Kept
		_, err := k.Apply(ctx, root, "ana", notify.Spec{Methods: []notify.MethodSpec{h}})
		if f := errs.FieldsOf(err); len(f) != 1 || f[0].Path != "methods[0].secret" {
			t.Fatalf("nothing to keep, but %v", err)
		}
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{hook()}})
		if current() != "a long secret" {
			t.Fatal("not stored")
		}
		h.Address = "https://elsewhere.bank.example/"
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{h}})
		if current() != "a long secret" {
			t.Fatal("not kept")
		}
		h.Secret = "another secret"
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{h}})
		if current() != "another secret" {
			t.Fatal("not replaced")
		}
		fresh, err := k.NewSecret(ctx, k.as("ana"), "ana", "hook")
		if err != nil || fresh != current() || fresh == "another secret" {
			t.Fatalf("rotated to %q, %v", fresh, err)
		}
		if _, err := k.Secret(ctx, "no-such-method"); !errs.Is(err, errs.NotFound) {
			t.Fatalf("%v", err)
		}
	})
}

func TestBadContactsNameTheFieldAtFault(t *testing.T) {
	cases := map[string]struct {
		spec  notify.Spec
		field string
	}{
		"name":            {notify.Spec{Methods: []notify.MethodSpec{{Name: "My Mail", Channel: outbox.Mail, Address: mailAddress}}}, "methods[0].name"},
		"channel":         {notify.Spec{Methods: []notify.MethodSpec{{Name: "m", Channel: "pigeon", Address: "loft"}}}, "methods[0].channel"},
		"mail address":    {notify.Spec{Methods: []notify.MethodSpec{{Name: "m", Channel: outbox.Mail, Address: "Ana <ana@bank.example>"}}}, "methods[0].address"},
		"header in mail":  {notify.Spec{Methods: []notify.MethodSpec{{Name: "m", Channel: outbox.Mail, Address: "ana@bank.example\r\nBcc: x@y.example"}}}, "methods[0].address"},
		"URL":             {notify.Spec{Methods: []notify.MethodSpec{{Name: "m", Channel: outbox.Webhook, Address: "ftp://x.example"}}}, "methods[0].address"},
		"empty URL":       {notify.Spec{Methods: []notify.MethodSpec{{Name: "m", Channel: outbox.Webhook}}}, "methods[0].address"},
		"password in URL": {notify.Spec{Methods: []notify.MethodSpec{{Name: "m", Channel: outbox.Webhook, Address: "https://u:p@x.example"}}}, "methods[0].address"},
		"short secret":    {notify.Spec{Methods: []notify.MethodSpec{{Name: "m", Channel: outbox.Webhook, Address: hookAddress, Secret: "short"}}}, "methods[0].secret"},
		"secret of mail":  {notify.Spec{Methods: []notify.MethodSpec{{Name: "m", Channel: outbox.Mail, Address: mailAddress, Secret: "long enough"}}}, "methods[0].secret"},
		"twice":           {notify.Spec{Methods: []notify.MethodSpec{mail(), mail()}}, "methods[1].name"},
		"unknown method":  {notify.Spec{Rules: notify.RulesSpec{Low: []notify.RuleSpec{rule("none", 0)}}}, "rules.low[0].method"},
		"negative delay":  {notify.Spec{Methods: []notify.MethodSpec{mail()}, Rules: notify.RulesSpec{High: []notify.RuleSpec{rule("mail", -time.Second)}}}, "rules.high[0].after"},
		"order":           {notify.Spec{Methods: []notify.MethodSpec{mail()}, Rules: notify.RulesSpec{High: []notify.RuleSpec{rule("mail", time.Minute), rule("mail", 0)}}}, "rules.high[1].after"},
		"too many":        {notify.Spec{Methods: make([]notify.MethodSpec, 11)}, "methods"},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, c)
		for name, tc := range cases {
			_, err := k.Apply(context.Background(), root, "ana", tc.spec)
			fields := errs.FieldsOf(err)
			if !errs.Is(err, errs.Invalid) || len(fields) == 0 || fields[0].Path != tc.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := k.Apply(context.Background(), root, "nobody", notify.Spec{}); !errs.Is(err, errs.NotFound) {
			t.Errorf("unknown person: %v", err)
		}
	})
}

func TestDelaysAreWrittenAsTheyWereRead(t *testing.T) {
	for _, s := range []string{"0s", "90s", "1m", "1m30s", "1h", "1h30m"} {
		var d notify.Delay
		if err := d.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		got, err := d.MarshalText()
		if want := strings.ReplaceAll(s, "90s", "1m30s"); err != nil || string(got) != want {
			t.Errorf("%s became %s, %v", s, got, err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		want := notify.Delay(time.Duration(rapid.IntRange(0, 86400).Draw(r, "seconds")) * time.Second)
		text, err := want.MarshalText()
		var got notify.Delay
		if err := got.UnmarshalText(text); err != nil || got != want {
			r.Fatalf("%v became %s became %v: %v", want, text, got, err)
		}
		if err != nil {
			r.Fatal(err)
		}
	})
	var d notify.Delay
	for _, bad := range []string{"", "soon", "1.5", "100ms", "5"} {
		if d.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestPeopleMindTheirOwnContactsOnly(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx := context.Background()
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail()}})
		k.user("ben", people.UserSpec{Role: actor.BackLine})
		k.user("sam", people.UserSpec{Role: actor.SupportManager})
		cases := []struct {
			by          string
			read, write errs.Kind // Internal stands for allowed
		}{{"ben", errs.Forbidden, errs.Forbidden}, {"sam", errs.Internal, errs.Forbidden}, {"ana", errs.Internal, errs.Internal}}
		for _, tc := range cases {
			by := k.as(tc.by)
			_, read := k.Contacts(ctx, by, "ana")
			_, _, add := k.AddMethod(ctx, by, "ana", notify.MethodSpec{Channel: outbox.Mail, Address: tc.by + "@x.example"})
			_, test := k.Test(ctx, by, "ana", "mail")
			rules := k.SetRules(ctx, by, "ana", notify.RulesSpec{High: []notify.RuleSpec{rule("mail", 0)}})
			for what, got := range map[string]error{"read": read, "add": add, "test": test, "rules": rules} {
				want := tc.write
				if what == "read" {
					want = tc.read
				}
				if allowed := want == errs.Internal; allowed != (got == nil) || !allowed && !errs.Is(got, want) {
					t.Errorf("%s may %s: %v", tc.by, what, got)
				}
			}
			if _, err := k.Contacts(ctx, by, "nobody"); err == nil || tc.by == "ben" && !errs.Is(err, errs.Forbidden) {
				t.Errorf("%s learns who exists: %v", tc.by, err)
			}
		}
		k.do(func(tx *db.Tx) error {
			if _, err := k.ExportIn(tx, actorOf(tx, t, "ben")); !errs.Is(err, errs.Forbidden) {
				t.Errorf("ben may export: %v", err)
			}
			return nil
		})
	})
}

func actorOf(tx *db.Tx, t *testing.T, login string) actor.Actor {
	t.Helper()
	u, err := people.UserByLogin(tx, login)
	if err != nil {
		t.Fatal(err)
	}
	return u.Actor()
}

func TestRemovingAMethodTakesItsRulesAlongAndTellsWhatIsLeft(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx, ana := context.Background(), k.as("ana")
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail(), hook()},
			Rules: notify.RulesSpec{High: []notify.RuleSpec{rule("hook", 0), rule("mail", time.Minute)}}})
		if left, err := k.RemoveMethod(ctx, ana, "ana", "hook"); err != nil || left != 1 {
			t.Fatalf("%d left, %v", left, err)
		}
		c, err := k.Contacts(ctx, ana, "ana")
		if err != nil || len(c.Methods) != 1 || len(c.Rules[notify.High]) != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
		if left, err := k.RemoveMethod(ctx, ana, "ana", "mail"); err != nil || left != 0 {
			t.Fatalf("%d left, %v", left, err)
		}
		if _, err := k.RemoveMethod(ctx, ana, "ana", "mail"); !errs.Is(err, errs.NotFound) {
			t.Fatalf("%v", err)
		}
	})
}

func TestTestButtonShowsTheResult(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx, ana := context.Background(), k.as("ana")
		unverified := notify.MethodSpec{Name: "new", Channel: outbox.Mail, Address: "new@bank.example"}
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail(), unverified}})
		sent, err := k.Test(ctx, ana, "ana", "mail")
		if err != nil {
			t.Fatal(err)
		}
		k.run()
		if m, err := k.Message(ctx, ana, sent); err != nil || m.State != outbox.Sent || m.Kind != outbox.TestKind {
			t.Fatalf("%+v %v", m, err)
		}
		k.world.answer(mailAddress, refuses(gone))
		sent, err = k.Test(ctx, ana, "ana", "mail")
		if err != nil {
			t.Fatal(err)
		}
		k.run()
		if m, err := k.Message(ctx, ana, sent); err != nil || m.State != outbox.Failed || m.Reason != "550 no such mailbox" {
			t.Fatalf("%+v %v", m, err)
		}
		if _, err := k.Test(ctx, ana, "ana", "new"); !errs.Is(err, errs.Conflict) {
			t.Fatalf("an unverified address: %v", err)
		}
	})
}

func TestHistoryHidesWhatLetsOneActAsTheReader(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		ctx := context.Background()
		k.user("ben", people.UserSpec{Role: actor.BackLine})
		k.user("cli", people.UserSpec{Role: actor.Client, Customer: "bank-b"})
		k.contacts("ana", notify.Spec{Methods: []notify.MethodSpec{mail(), {Name: "new", Channel: outbox.Mail, Address: "new@bank.example"}}})
		k.page("ana")
		k.page("ana", func(in *notify.PageIn) { in.About = ledger.Record{Kind: "incident", ID: "another"} })
		k.run()
		list, err := k.Messages(ctx, k.as("ben"), notify.Filter{}, page.Request{Limit: 2})
		if err != nil || len(list.Items) != 2 || list.Next == nil {
			t.Fatalf("%+v, %v", list, err)
		}
		rest, err := k.Messages(ctx, k.as("ben"), notify.Filter{}, page.Request{Limit: 2, Cursor: *list.Next})
		if err != nil || len(rest.Items) != 1 || rest.Next != nil {
			t.Fatalf("%+v, %v", rest, err)
		}
		for _, m := range append(list.Items, rest.Items...) {
			shown := m.Content.AckURL + m.Content.Code + m.Dedup
			if m.Kind == outbox.VerifyKind {
				shown += m.Content.Text + m.Content.URL
			}
			if shown != "" || strings.Contains(m.Address, "ana@") || strings.Contains(m.Address, "new@") {
				t.Errorf("%+v", m)
			}
		}
		about, err := k.Messages(ctx, k.as("ana"), notify.Filter{Incident: incident.ID, State: outbox.Sent}, page.Request{})
		if err != nil || len(about.Items) != 1 || about.Items[0].Address != mailAddress {
			t.Fatalf("%+v, %v", about, err)
		}
		if _, err := k.Messages(ctx, k.as("cli"), notify.Filter{}, page.Request{}); !errs.Is(err, errs.Forbidden) {
			t.Fatalf("a client: %v", err)
		}
	})
}

func TestAckLinkWorksForOnePersonOneIncidentAndOneDay(t *testing.T) {
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	s := notify.New(notify.Config{Box: box})
	now := dbtest.Start
	what := notify.AckFor{Incident: "incident-1", Opening: 40}
	path := s.AckLink("user-1", what, now.Add(notify.AckLinkLife))
	token, ok := strings.CutPrefix(path, "/a/")
	if !ok || len(path) > 130 {
		t.Fatalf("path %q", path)
	}
	user, parsed, err := s.ParseAckLink(token, now.Add(notify.AckLinkLife-time.Second))
	if err != nil || user != "user-1" || parsed != what {
		t.Fatalf("%s %+v %v", user, parsed, err)
	}
	if _, _, err := s.ParseAckLink(token, now.Add(notify.AckLinkLife)); !errs.Is(err, errs.Unauthenticated) || !strings.Contains(err.Error(), "expired") {
		t.Fatalf("after its time: %v", err)
	}
	for _, bad := range []string{"", "a.b.c.d", token + "x", strings.Replace(token, "user-1", "user-2", 1), strings.Replace(token, "incident-1", "incident-2", 1),
		strings.Replace(token, ".14.", ".15.", 1)} {
		if _, _, err := s.ParseAckLink(bad, now); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAddressesAreMasked(t *testing.T) {
	for address, want := range map[string]string{
		"ana@bank.example": "a…@bank.example", "élan@bank.example": "é…@bank.example", "@bank.example": "…", "nothing": "…", "": "…",
	} {
		if got := notify.Mask(outbox.Mail, address); got != want {
			t.Errorf("%q became %q", address, got)
		}
	}
	for address, want := range map[string]string{
		hookAddress: "https://hooks.bank.example/…", "http://127.0.0.1:8080/x": "http://127.0.0.1:8080/…", ":": "…",
	} {
		if got := notify.Mask(outbox.Webhook, address); got != want {
			t.Errorf("%q became %q", address, got)
		}
	}
}

func TestTimesAreWrittenForTheReader(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for zone, want := range map[string]string{
		"Europe/London": "Wed 1 Jul 13:00 BST", "Asia/Tokyo": "Wed 1 Jul 21:00 JST", "Asia/Singapore": "Wed 1 Jul 20:00 UTC+8",
		"Asia/Kathmandu": "Wed 1 Jul 17:45 UTC+5:45", "America/Sao_Paulo": "Wed 1 Jul 09:00 UTC-3", "No/Where": "Wed 1 Jul 12:00 UTC", "": "Wed 1 Jul 12:00 UTC",
	} {
		if got := notify.When(at, zone); got != want {
			t.Errorf("%s: %s", zone, got)
		}
	}
}
