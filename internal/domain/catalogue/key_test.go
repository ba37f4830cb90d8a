package catalogue_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

func TestKeyMaySendAlertsForItsServiceAndNothingElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		s, other := k.service("payments", payments()), k.service("mail", catalogue.ServiceSpec{Tier: 3, Owner: "infra-l2"})
		secret, key, err := k.CreateKey(ctx, admin, "payments", "Prometheus in London")
		if err != nil || !strings.HasPrefix(secret, "mik_") || len(secret) < 36 {
			t.Fatalf("%q, %v", secret, err)
		}
		a, err := k.AuthenticateKey(ctx, secret)
		if err != nil || a.Kind != actor.Integration || a.Service != string(s.ID) || a.ID != string(key.ID) {
			t.Fatalf("%+v, %v", a, err)
		}
		if !people.Can(a, people.AlertSend, s.Target()) {
			t.Error("may not send for its service")
		}
		if people.Can(a, people.AlertSend, other.Target()) || people.Can(a, people.ServiceRead, s.Target()) {
			t.Error("may do more than send for its service")
		}
	})
}

func TestRevokedAndUnknownKeysAreRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.service("payments", payments())
		secret, key, err := k.CreateKey(ctx, admin, "payments", "Prometheus")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a second time does nothing
			if err := k.RevokeKey(ctx, admin, "payments", key.ID); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range []string{secret, "mik_" + strings.Repeat("a", 32), "mik_", "", "mst_something"} {
			if _, err := k.AuthenticateKey(ctx, s); !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("%q: %v", s, err)
			}
		}
		if got := k.timeline(catalogue.KeyRecord(key.ID)); len(got) != 2 {
			t.Errorf("timeline %v", got)
		}
		if err := k.RevokeKey(ctx, admin, "payments", "no-such-key"); !errs.Is(err, errs.NotFound) {
			t.Errorf("unknown key: %v", err)
		}
		if err := k.RevokeKey(ctx, admin, "unassigned", key.ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("key of another service: %v", err)
		}
	})
}

func TestSecretOfAKeyIsNotKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.service("payments", payments())
		secret, _, err := k.CreateKey(ctx, admin, "payments", "Prometheus")
		if err != nil {
			t.Fatal(err)
		}
		k.do(func(tx *db.Tx) error {
			n, err := db.One(tx, db.Value[int64], `
				SELECT (SELECT count(*) FROM integration_key WHERE hash LIKE ?) + (SELECT count(*) FROM event WHERE payload LIKE ?)`,
				"%"+secret[4:]+"%", "%"+secret[4:]+"%")
			if n != 0 {
				t.Errorf("found in %d places", n)
			}
			return err
		})
	})
}

func TestUseOfAKeyIsNotedOnceAnHour(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.service("payments", payments())
		secret, _, err := k.CreateKey(ctx, admin, "payments", "Prometheus")
		if err != nil {
			t.Fatal(err)
		}
		first := c.Now()
		use := func() time.Time {
			if _, err := k.AuthenticateKey(ctx, secret); err != nil {
				t.Fatal(err)
			}
			keys, err := k.Keys(ctx, admin, "payments")
			if err != nil || len(keys) != 1 {
				t.Fatalf("%v, %v", keys, err)
			}
			return keys[0].Used
		}
		if got := use(); !got.Equal(first) {
			t.Fatalf("first use at %v", got)
		}
		c.Advance(59 * time.Minute)
		if got := use(); !got.Equal(first) {
			t.Fatalf("within the hour: %v", got)
		}
		c.Advance(time.Minute)
		if got := use(); !got.Equal(c.Now()) {
			t.Fatalf("an hour later: %v", got)
		}
	})
}

func TestOnlyTheServicesTeamsMakeKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.service("mail", catalogue.ServiceSpec{Tier: 3, Owner: "infra-l2"})
		if _, _, err := k.CreateKey(ctx, backLine(k.payments), "mail", "x"); !errs.Is(err, errs.Forbidden) {
			t.Errorf("another team: %v", err)
		}
		if _, _, err := k.CreateKey(ctx, backLine(k.infra), "mail", "x"); err != nil {
			t.Errorf("its team: %v", err)
		}
		if _, _, err := k.CreateKey(ctx, admin, "mail", " "); !errs.Is(err, errs.Invalid) {
			t.Errorf("without a label: %v", err)
		}
	})
}
