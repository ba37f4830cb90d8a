package source_test

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/domain/source/mask"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
)

var admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}

// shelf keeps lines in memory and is as full as a test says.
type shelf struct {
	rows     []signal.Row
	classes  []signal.Class // one a call
	pressure float64
	err      error
}

func (s *shelf) AppendAs(_ context.Context, class signal.Class, rows []signal.Row) error {
	s.classes = append(s.classes, class)
	if s.err == nil {
		s.rows = append(s.rows, rows...)
	}
	return s.err
}

func (s *shelf) Pressure() float64 { return s.pressure }

// desk is the room with two services of two teams.
type desk struct {
	*testing.T
	*source.Service
	db              *db.DB
	clock           *clock.Fake
	shelf           *shelf
	payments, infra people.TeamID
}

type noPolicies struct{}

func (noPolicies) Exists(*db.Tx, string) (bool, error) { return true, nil }

func newDesk(t *testing.T, d *db.DB, c *clock.Fake) *desk {
	t.Helper()
	k := &desk{T: t, db: d, clock: c, shelf: &shelf{}}
	k.restart()
	k.payments, k.infra = k.team("payments-l2"), k.team("infra-l2")
	services := catalogue.New(catalogue.Config{DB: d, Policies: noPolicies{}})
	k.do(catalogue.EnsureUnassigned)
	for name, owner := range map[string]string{"payments": "payments-l2", "mail": "infra-l2"} {
		k.do(func(tx *db.Tx) error {
			_, err := services.ApplyServiceIn(tx, admin, name, catalogue.ServiceSpec{Tier: 2, Owner: owner})
			return err
		})
	}
	k.do(k.EnsureDirect)
	return k
}

// restart is a new process on the same database.
func (k *desk) restart() {
	k.Helper()
	k.Service = source.New(source.Config{DB: k.db, Store: k.shelf, Clock: k.clock})
	k.must(k.Load(k.Context()))
}

func (k *desk) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

func (k *desk) do(fn func(*db.Tx) error) { k.Helper(); k.must(k.db.Do(k.Context(), fn)) }

func (k *desk) team(name string) (id people.TeamID) {
	k.Helper()
	k.do(func(tx *db.Tx) error {
		if _, err := people.New(people.Config{DB: k.db}).ApplyTeamIn(tx, admin, name, people.TeamSpec{Level: people.L2}); err != nil {
			return err
		}
		t, err := people.TeamByName(tx, name)
		id = t.ID
		return err
	})
	return id
}

func (k *desk) put(name string, spec source.Spec) source.Source {
	k.Helper()
	src, err := k.Put(k.Context(), admin, source.In{Name: name, Spec: spec})
	k.must(err)
	return src
}

func (k *desk) from(name string) source.Sender {
	k.Helper()
	from, err := k.SenderFor(k.Context(), admin, name)
	k.must(err)
	return from
}

func (k *desk) take(from source.Sender, rows ...signal.Row) source.Receipt {
	k.Helper()
	out, err := k.Receive(k.Context(), from, rows)
	k.must(err)
	return out
}

// send sends one line of n bytes: 4 of its name, the rest of its value.
func (k *desk) send(name string, n int) error {
	k.Helper()
	_, err := k.Receive(k.Context(), k.from(name), []signal.Row{{Fields: []signal.Field{{Name: "_msg", Value: strings.Repeat("x", n-4)}}}})
	return err
}

func (k *desk) kinds(r ledger.Record) (kinds []string) {
	k.Helper()
	k.do(func(tx *db.Tx) error {
		events, err := ledger.Timeline(tx, r)
		kinds = nil
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	return kinds
}

func each(t *testing.T, test func(k *desk)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) { test(newDesk(t, d, c)) })
}

func TestAKeySendsForItsSourceUntilItIsRevoked(t *testing.T) {
	each(t, func(k *desk) {
		src := k.put("app", source.Spec{Service: "payments"})
		k.put("other", source.Spec{})
		secret, key, err := k.CreateKey(k.Context(), admin, "app", " agents ")
		if err != nil || !strings.HasPrefix(secret, "msk_") || key.Label != "agents" || key.Hint != secret[len(secret)-4:] {
			k.Fatalf("%q %+v %v", secret, key, err)
		}
		from, err := k.Sender(k.Context(), secret)
		k.must(err)
		if from.Source.Name != "app" || from.By.Kind != actor.Source {
			k.Fatalf("%+v", from)
		}
		if people.Can(from.By, people.LogRead, people.Target{}) || people.Can(from.By, people.SourceRead, people.Target{}) {
			k.Error("a key may do more than send")
		}
		k.take(from, signal.Row{Fields: []signal.Field{{Name: "_msg", Value: "x"}}})
		if got := k.shelf.rows[0]; got.Get("source") != "app" || got.Get("service") != "payments" {
			k.Errorf("%v", got)
		}
		_, err = k.Step(k.Context())
		k.must(err)
		if keys, err := k.Keys(k.Context(), admin, "app"); err != nil || len(keys) != 1 || keys[0].Used.IsZero() {
			k.Errorf("%+v %v", keys, err)
		}
		if err := k.RevokeKey(k.Context(), admin, "other", key.ID); !errs.Is(err, errs.NotFound) {
			k.Errorf("the key of another source: %v", err)
		}
		for range 2 { // a second time does nothing
			k.must(k.RevokeKey(k.Context(), admin, "app", key.ID))
		}
		for _, s := range []string{secret, "msk_" + strings.Repeat("a", 32), "msk_", "", "mst_x"} {
			if _, err := k.Sender(k.Context(), s); !errs.Is(err, errs.Unauthenticated) {
				k.Errorf("%q: %v", s, err)
			}
		}
		if got := k.kinds(source.KeyRecord(key.ID)); !slices.Equal(got, []string{"source-key.created", "source-key.revoked"}) {
			k.Errorf("%v", got)
		}
		if got := k.kinds(source.Record(src.ID)); !slices.Contains(got, "source.created") {
			k.Errorf("%v", got)
		}
	})
}

func TestAKeyThatAnotherNodeRevokedEndsWithinSeconds(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{})
		secret, key, err := k.CreateKey(k.Context(), admin, "app", "agents")
		k.must(err)
		_, err = k.Sender(k.Context(), secret)
		k.must(err)
		node := source.New(source.Config{DB: k.db, Store: k.shelf, Clock: k.clock})
		k.must(node.RevokeKey(k.Context(), admin, "app", key.ID))
		k.clock.Advance(5 * time.Second)
		if _, err := k.Sender(k.Context(), secret); !errs.Is(err, errs.Unauthenticated) {
			k.Errorf("%v", err)
		}
	})
}

func TestSyslogBelongsToTheNarrowestNetwork(t *testing.T) {
	each(t, func(k *desk) {
		k.put("all", source.Spec{Addresses: []string{"10.0.0.0/8", "2001:db8::/32"}})
		k.put("office", source.Spec{Addresses: []string{"10.1.0.0/16"}})
		k.put("router", source.Spec{Addresses: []string{"10.1.2.3"}})
		for peer, want := range map[string]string{
			"10.1.2.3": "router", "10.1.2.4": "office", "10.2.0.1": "all", "::ffff:10.1.2.3": "router", "2001:db8::1": "all", "192.0.2.1": "",
		} {
			from, err := k.SenderAt(k.Context(), netip.MustParseAddr(peer))
			if want == "" {
				if !errs.Is(err, errs.Forbidden) {
					k.Errorf("%s: %v", peer, err)
				}
			} else if err != nil || from.Source.Name != want {
				k.Errorf("%s: %q %v, want %q", peer, from.Source.Name, err, want)
			}
		}
	})
}

func TestOneSourceMayTakeEverybodyWhomNoOtherNames(t *testing.T) {
	each(t, func(k *desk) {
		k.put("rest", source.Spec{Addresses: []string{"0.0.0.0/0", "::/0"}})
		k.put("office", source.Spec{Addresses: []string{"10.0.0.0/8"}})
		k.put("relay", source.Spec{Addresses: []string{"10.1.2.3", "2001:db8::1"}})
		for peer, want := range map[string]string{"10.1.2.3": "relay", "10.1.2.4": "office", "192.0.2.7": "rest", "::ffff:192.0.2.7": "rest",
			"::ffff:10.1.2.3": "relay", "2001:db8::1": "relay", "2001:db8::2": "rest", "fe80::1%eth0": "rest"} {
			if from, err := k.SenderAt(k.Context(), netip.MustParseAddr(peer)); err != nil || from.Source.Name != want {
				k.Errorf("%s: %q %v, want %q", peer, from.Source.Name, err, want)
			}
		}
	})
}

func TestADaysLimitHoldsAcrossARestartAndEndsAtMidnightUTC(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{DailyLimit: "1KB"})
		k.must(k.send("app", 600))
		_, err := k.Step(k.Context())
		k.must(err)
		k.restart()
		k.clock.Advance(14*time.Hour + 30*time.Minute) // 23:30
		wait, ok := errors.AsType[*source.Wait](k.send("app", 600))
		if !ok || wait.For != 30*time.Minute || !errs.Is(wait, errs.Unavailable) {
			k.Fatalf("%v", wait)
		}
		k.must(k.send("app", 400)) // to the last byte
		k.must(k.send("direct", 5000))
		k.clock.Advance(30 * time.Minute)
		k.must(k.send("app", 1000))
		_, err = k.Step(k.Context())
		k.must(err)
		hours, err := k.Volume(k.Context(), admin, "app", dbtest.Start, dbtest.Start.Add(24*time.Hour))
		k.must(err)
		got := map[int]source.Hour{}
		for _, h := range hours {
			if h.Lines+h.Refused > 0 {
				got[h.At.Hour()] = h
			}
		}
		if len(hours) != 24 || len(got) != 3 || got[9].Bytes != 600 || got[23].Bytes != 400 || got[23].Refused != 1 || got[0].Bytes != 1000 {
			k.Errorf("%+v", got)
		}
	})
}

func TestSourcesOfLowPriorityWaitFirst(t *testing.T) {
	each(t, func(k *desk) {
		for _, p := range []source.Priority{source.High, source.Normal, source.Low} {
			k.put(string(p), source.Spec{Priority: p})
		}
		for _, c := range []struct {
			full  float64
			waits []string
		}{{0.4, nil}, {0.6, []string{"low"}}, {0.9, []string{"low", "normal"}}} {
			k.shelf.pressure = c.full
			for _, name := range []string{"high", "normal", "low"} {
				wait, waits := errors.AsType[*source.Wait](k.send(name, 10))
				if waits != slices.Contains(c.waits, name) || waits && wait.For <= 0 {
					k.Errorf("%s at %v: %v", name, c.full, wait)
				}
			}
		}
		k.shelf.err = errs.Unavailablef("full")
		if _, ok := errors.AsType[*source.Wait](k.send("high", 10)); !ok {
			k.Error("a full disk does not say when to come again")
		}
	})
}

func TestWhatASourceSentIsCountedOnce(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{})
		_, _, err := k.CreateKey(k.Context(), admin, "app", "one")
		k.must(err)
		k.must(k.send("app", 100))
		k.take(k.from("app"),
			signal.Row{Fields: []signal.Field{{Name: "_msg", Value: "x"}}, Fault: "bad"},
			signal.Row{Time: k.clock.Now().AddDate(1, 0, 0), Fields: []signal.Field{{Name: "_msg", Value: "x"}}},
		)
		want := source.Hour{At: dbtest.Start.Truncate(24 * time.Hour), Lines: 3, Bytes: 100 + 5 + 5, Unparsed: 1, Misdated: 1}
		for _, written := range []bool{false, true, true} { // waiting, written, and after a restart
			list, err := k.Traffic(k.Context(), admin)
			k.must(err)
			i := slices.IndexFunc(list, func(t source.Traffic) bool { return t.Name == "app" })
			if got := list[i]; got.Today != want || !got.Last.Equal(dbtest.Start) || got.Keys != 1 {
				k.Errorf("written %v: %+v", written, got)
			}
			if written {
				k.restart()
			}
			_, err = k.Step(k.Context())
			k.must(err)
		}
	})
}

func TestWhenTheLastLineArrivedIsKnownToTheInstantAfterARestart(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{})
		k.put("quiet", source.Spec{})
		for range 2 { // the hour is made, and added to
			k.clock.Advance(7 * time.Minute)
			k.must(k.send("app", 10))
			_, err := k.Step(k.Context())
			k.must(err)
		}
		k.clock.Advance(3 * time.Hour)
		k.restart()
		list, err := k.Traffic(k.Context(), admin)
		k.must(err)
		for _, got := range list {
			if want := dbtest.Start.Add(14 * time.Minute); got.Name == "app" && !got.Last.Equal(want) {
				k.Errorf("the last line arrived at %s, want %s", got.Last, want)
			}
			if got.Name == "quiet" && !got.Last.IsZero() {
				k.Errorf("a line of nobody: %s", got.Last)
			}
		}
	})
}

func TestALimitThatKeepsLinesOutIsToldUntilItIsChangedOrTheDayEnds(t *testing.T) {
	each(t, func(k *desk) {
		want := func(why string, names ...string) {
			k.Helper()
			_, err := k.Step(k.Context())
			k.must(err)
			if got, err := k.Limited(k.Context()); err != nil || !slices.Equal(got, names) {
				k.Errorf("%s: %v %v, want %v", why, got, err, names)
			}
		}
		k.put("app", source.Spec{DailyLimit: "50KB"})
		k.put("free", source.Spec{})
		k.clock.Advance(time.Minute)
		k.must(k.send("app", 8_000))
		want("nothing is refused")
		if k.send("app", 60_000) == nil {
			k.Error("the limit does not hold")
		}
		want("a request was refused", "app")
		k.clock.Advance(time.Minute)
		k.put("app", source.Spec{DailyLimit: "80KB"})
		want("the limit was raised")
		k.clock.Advance(time.Minute)
		if k.send("app", 90_000) == nil {
			k.Error("the limit does not hold")
		}
		want("it is too low still", "app")
		k.clock.Advance(24 * time.Hour)
		want("the day is over")
	})
}

func TestASourceComesBackFromItsExportUnchanged(t *testing.T) {
	each(t, func(k *desk) {
		spec := source.Spec{Title: "The app", Service: "payments", Parse: source.Logfmt, Zone: "Europe/London", Addresses: []string{"10.0.0.0/8"},
			DailyLimit: "1.5GiB", Priority: source.High, Mask: []mask.Mask{{What: "card"}, {Regexp: `ACC-(\d+)`, Replace: "#"}},
			Extract: []source.Extract{{Regexp: `(?P<order>ORD-\d+)`}, {From: "body", Format: source.JSON}, {Pattern: "user=<user> "}}}
		k.put("app", spec)
		k.put("quiet", source.Spec{Title: "quiet", Zone: "UTC", Parse: source.Auto, Priority: source.Normal})
		export := func() (list []source.Named) {
			k.do(func(tx *db.Tx) (err error) { list, err = k.ExportIn(tx, admin); return err })
			return list
		}
		list := export()
		if want := []source.Named{{Name: "app", Spec: spec}, {Name: "quiet"}}; !reflect.DeepEqual(list, want) {
			k.Fatalf("%+v", list)
		}
		for _, n := range list {
			k.do(func(tx *db.Tx) error {
				changed, err := k.ApplyIn(tx, admin, n.Name, n.Spec)
				if changed {
					k.Errorf("%s has changed", n.Name)
				}
				return err
			})
		}
		k.put(source.Direct, source.Spec{Description: "mine"})
		if got := export(); len(got) != 3 || got[1].Name != source.Direct {
			k.Errorf("%+v", got)
		}
	})
}

func TestWhoWritesForATeamChangesItsSourcesOnly(t *testing.T) {
	each(t, func(k *desk) {
		lead := actor.Actor{Kind: actor.User, ID: "l", Name: "Lea Lead", Role: actor.BackLine, Teams: []string{string(k.payments)}}
		k.put("mail", source.Spec{Service: "mail"})
		put := func(name, service string) error {
			_, err := k.Put(k.Context(), lead, source.In{Name: name, Spec: source.Spec{Service: service}})
			return err
		}
		k.must(put("app", "payments"))
		secret, key, err := k.CreateKey(k.Context(), lead, "app", "agents")
		if err != nil || secret == "" {
			k.Fatal(err)
		}
		k.must(k.RevokeKey(k.Context(), lead, "app", key.ID))
		for what, err := range map[string]error{
			"a source of another team":   put("mail", "mail"),
			"taking one over":            put("mail", "payments"),
			"giving one away":            put("app", "mail"),
			"one of no service":          put("free", ""),
			"a key of another's":         second(k.CreateKey(k.Context(), lead, "mail", "x")),
			"deleting another's":         k.Delete(k.Context(), lead, "mail"),
			"revoking a key of nobody's": k.RevokeKey(k.Context(), lead, "mail", key.ID),
		} {
			if !errs.Is(err, errs.Forbidden) {
				k.Errorf("%s: %v", what, err)
			}
		}
		k.must(k.Delete(k.Context(), lead, "app"))
		observer := actor.Actor{Kind: actor.User, ID: "o", Name: "Ola", Role: actor.Observer}
		if _, err := k.Try(k.Context(), observer, "x", source.Spec{}, nil); !errs.Is(err, errs.Forbidden) {
			k.Errorf("an observer tries: %v", err)
		}
		client := actor.Actor{Kind: actor.User, ID: "c", Name: "Cli", Role: actor.Client}
		if _, err := k.Traffic(k.Context(), client); !errs.Is(err, errs.Forbidden) {
			k.Errorf("a client sees sources: %v", err)
		}
	})
}

func second(_ string, _ source.Key, err error) error { return err }

func TestADeletedSourceTakesItsKeysAndCountsWithIt(t *testing.T) {
	each(t, func(k *desk) {
		src := k.put("app", source.Spec{})
		secret, _, err := k.CreateKey(k.Context(), admin, "app", "agents")
		k.must(err)
		k.must(k.send("app", 100))
		_, err = k.Step(k.Context())
		k.must(err)
		k.must(k.send("app", 100)) // counted after it has gone
		k.must(k.Delete(k.Context(), admin, "app"))
		if _, err := k.Sender(k.Context(), secret); !errs.Is(err, errs.Unauthenticated) {
			k.Errorf("its key works: %v", err)
		}
		_, err = k.Step(k.Context())
		k.must(err)
		k.do(func(tx *db.Tx) error {
			n, err := db.One(tx, db.Value[int64], `SELECT (SELECT count(*) FROM source_key) + (SELECT count(*) FROM source_hour)`)
			if n != 0 {
				k.Errorf("%d rows are left", n)
			}
			return err
		})
		if got := k.kinds(source.Record(src.ID)); got[len(got)-1] != "source.deleted" {
			k.Errorf("%v", got)
		}
		if err := k.Delete(k.Context(), admin, source.Direct); !errs.Is(err, errs.Conflict) {
			k.Errorf("the direct source: %v", err)
		}
	})
}

func TestAnEditOfWhatSomebodyElseChangedIsRefused(t *testing.T) {
	each(t, func(k *desk) {
		src := k.put("app", source.Spec{})
		k.put("app", source.Spec{Title: "Theirs"})
		_, err := k.Put(k.Context(), admin, source.In{Name: "app", Version: src.Version, Spec: source.Spec{Title: "Mine"}})
		if !errs.Is(err, errs.Conflict) {
			k.Errorf("%v", err)
		}
		if _, err := k.Put(k.Context(), admin, source.In{Name: "app", New: true}); !errs.Is(err, errs.Conflict) {
			k.Errorf("a name that is taken: %v", err)
		}
	})
}

func TestAChangedSourceTreatsItsNextLines(t *testing.T) {
	each(t, func(k *desk) {
		line := func() string {
			k.take(k.from("app"), signal.Row{Fields: []signal.Field{{Name: "_msg", Value: "acc 17 pan 4111111111111111"}}})
			return k.shelf.rows[len(k.shelf.rows)-1].Get("_msg")
		}
		k.put("app", source.Spec{})
		if got := line(); got != "acc 17 pan [card …1111]" {
			k.Error(got)
		}
		k.put("app", source.Spec{Mask: []mask.Mask{{Regexp: `acc (\d+)`}}})
		if got := line(); got != "acc [masked] pan 4111111111111111" {
			k.Error(got)
		}
	})
}

func TestWhatIsWrongWithASourceIsNamed(t *testing.T) {
	each(t, func(k *desk) {
		for want, spec := range map[string]source.Spec{
			"service":            {Service: "nowhere"},
			"environment":        {Environment: "nowhere"},
			"zone":               {Zone: "Mars/Base"},
			"parse":              {Parse: "xml"},
			"daily_limit":        {DailyLimit: "much"},
			"addresses[0]":       {Addresses: []string{"10.0.0.0/99"}},
			"mask[0].regexp":     {Mask: []mask.Mask{{Regexp: "("}}},
			"mask[1].what":       {Mask: []mask.Mask{{What: "card"}, {What: "none"}}},
			"extract[0]":         {Extract: []source.Extract{{}}},
			"extract[0].regexp":  {Extract: []source.Extract{{Regexp: `(\d+)`}}},
			"extract[0].pattern": {Extract: []source.Extract{{Pattern: "<a><b>"}}},
			"extract[0].format":  {Extract: []source.Extract{{Format: "xml"}}},
			"extract[1].regexp":  {Extract: []source.Extract{{Pattern: "x=<x>"}, {Regexp: `(?P<source>\d+)`}}},
		} {
			_, err := k.Put(k.Context(), admin, source.In{Name: "app", Spec: spec})
			if f := errs.FieldsOf(err); len(f) != 1 || f[0].Path != want {
				k.Errorf("%s: %v", want, err)
			}
		}
	})
}
