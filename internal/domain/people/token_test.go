package people_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

func (k desk) token(by actor.Actor, in people.TokenIn) (string, people.Token) {
	k.t.Helper()
	plain, t, err := k.CreateToken(context.Background(), by, in)
	if err != nil {
		k.t.Fatal(err)
	}
	return plain, t
}

func (k desk) works(plain string) bool {
	k.t.Helper()
	_, err := k.AuthenticateToken(context.Background(), plain)
	if err != nil && !errs.Is(err, errs.Unauthenticated) {
		k.t.Fatal(err)
	}
	return err == nil
}

func TestTokenActsForItsOwnerWithinItsScopes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.team("payments", people.TeamSpec{Level: people.L2, Members: []string{"cleo"}})
		plain, token := k.token(k.as("cleo"), people.TokenIn{Name: "deploy", Scopes: []string{"incident.*"}})
		by, err := k.AuthenticateToken(ctx, plain)
		if err != nil || by.Kind != actor.Token || by.ID != string(k.user("cleo").ID) || by.Role != actor.BackLine || len(by.Teams) != 1 {
			t.Fatalf("%+v %v", by, err)
		}
		if !people.Can(by, people.IncidentRestore, people.Target{}) || people.Can(by, people.ServiceRead, people.Target{}) {
			t.Error("the scope does not hold")
		}
		if !strings.HasPrefix(plain, people.TokenPrefix) || scalar[int](k, `SELECT count(*) FROM token WHERE hash = ?`, plain) != 0 {
			t.Errorf("token %q is stored as it is", plain)
		}
		used := func() time.Time { return k.tokens(root, people.TokenFilter{})[0].LastUsed }
		first := used()
		c.Advance(59 * time.Second)
		if k.works(plain); !used().Equal(first) {
			t.Error("each use costs a write")
		}
		c.Advance(time.Second)
		if k.works(plain); !used().Equal(c.Now()) {
			t.Errorf("last used %v, now %v", used(), c.Now())
		}
		wantKind(t, k.RevokeToken(ctx, k.as("ben"), token.ID), errs.Forbidden, "change API tokens")
		for range 2 {
			if err := k.RevokeToken(ctx, k.as("cleo"), token.ID); err != nil {
				t.Fatal(err)
			}
		}
		if k.works(plain) || len(k.tokens(root, people.TokenFilter{})) != 0 || len(k.tokens(root, people.TokenFilter{Revoked: true})) != 1 {
			t.Error("not revoked")
		}
		if got := strings.Join(k.events(people.TokenRecord(token.ID)), " "); got != "token.created token.revoked" {
			t.Errorf("events: %s", got)
		}
	})
}

func (k desk) tokens(by actor.Actor, f people.TokenFilter) []people.Token {
	k.t.Helper()
	l, err := k.ListTokens(context.Background(), by, f, page.Request{})
	if err != nil {
		k.t.Fatal(err)
	}
	return l.Items
}

func TestTokenExpires(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d)
		plain, token := k.token(k.as("ben"), people.TokenIn{Name: "for an hour", Expires: c.Now().Add(time.Hour)})
		c.Set(token.Expires.Add(-time.Microsecond))
		if !k.works(plain) {
			t.Error("expired early")
		}
		c.Set(token.Expires)
		if k.works(plain) {
			t.Error("works after it expired")
		}
	})
}

func TestTokenThatWouldExpireBeforeItIsStoredIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d)
		for after, ok := range map[time.Duration]bool{-time.Hour: false, 0: false, 999 * time.Nanosecond: false, time.Microsecond: true} {
			_, _, err := k.CreateToken(context.Background(), k.as("ben"), people.TokenIn{Name: "short", Expires: c.Now().Add(after)})
			if (err == nil) != ok {
				t.Errorf("%v from now: %v", after, err)
			}
		}
		for _, year := range []int{1, 1969, 2200, 9999} {
			_, _, err := k.CreateToken(context.Background(), k.as("ben"), people.TokenIn{Name: "odd", Expires: time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)})
			if fields := errs.FieldsOf(err); len(fields) == 0 || fields[0].Path != "expires" {
				t.Errorf("year %d: %v", year, err)
			}
		}
	})
}

func TestRefusedTokensNameTheField(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		for name, bad := range map[string]struct {
			by     string
			in     people.TokenIn
			fields string
		}{
			"no name":        {"ben", people.TokenIn{}, "name"},
			"role above":     {"ben", people.TokenIn{Name: "x", Role: actor.Admin}, "role"},
			"role beside":    {"ben", people.TokenIn{Name: "x", Role: actor.ClientServices}, "role"}, // it may change customers
			"no role at all": {"ben", people.TokenIn{Name: "x", Role: "boss"}, "role"},
			"unknown scope":  {"ben", people.TokenIn{Name: "x", Scopes: []string{"incident.read", "incident.fly", "*", "i.*"}}, "scopes scopes scopes"},
			"past":           {"ben", people.TokenIn{Name: "x", Expires: c.Now()}, "expires"},
		} {
			_, _, err := k.CreateToken(ctx, k.as(bad.by), bad.in)
			if !errs.Is(err, errs.Invalid) || fields(err) != bad.fields {
				t.Errorf("%s: refused %q: %v", name, fields(err), err)
			}
		}
		_, _, err := k.CreateToken(ctx, k.as("dora"), people.TokenIn{Name: "x"})
		wantKind(t, err, errs.Forbidden, "change API tokens")
	})
}

func TestTokenDoesNotMakeTokensUnlessItIsAWholeAdmins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		for _, in := range []people.TokenIn{
			{Name: "scoped", Scopes: []string{"token.*"}}, {Name: "smaller", Role: actor.SupportManager}} {
			plain, _ := k.token(k.as("ana"), in)
			by, err := k.AuthenticateToken(ctx, plain)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = k.CreateToken(ctx, by, people.TokenIn{Name: "child"})
			wantKind(t, err, errs.Forbidden, "sign in instead")
		}
		plain, _ := k.token(root, people.TokenIn{Name: "by the installation's token"})
		if by, err := k.AuthenticateToken(ctx, plain); err != nil || by.Role != actor.Admin {
			t.Errorf("%+v %v", by, err)
		}
	})
}

func TestTokensAreListedToTheirOwnersAndToAdmins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.token(k.as("ben"), people.TokenIn{Name: "one"})
		k.token(k.as("cleo"), people.TokenIn{Name: "two"})
		k.token(k.as("ben"), people.TokenIn{Name: "three"})
		if got := k.tokens(k.as("ben"), people.TokenFilter{}); len(got) != 2 || got[0].Name != "three" || got[0].OwnerLogin != "ben" {
			t.Errorf("own: %+v", got)
		}
		_, err := k.ListTokens(ctx, k.as("ben"), people.TokenFilter{Owner: k.user("cleo").ID}, page.Request{})
		wantKind(t, err, errs.Forbidden, "see API tokens")
		first, err := k.ListTokens(ctx, k.as("ana"), people.TokenFilter{}, page.Request{Limit: 2})
		if err != nil || len(first.Items) != 2 || first.Next == nil {
			t.Fatalf("%+v %v", first, err)
		}
		rest, err := k.ListTokens(ctx, k.as("ana"), people.TokenFilter{}, page.Request{Limit: 2, Cursor: *first.Next})
		if err != nil || len(rest.Items) != 1 || rest.Items[0].Name != "one" || rest.Next != nil {
			t.Fatalf("%+v %v", rest, err)
		}
	})
}

func TestBootstrapTokenIsMadeOnceAndReplacedByAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		bootstrap := func(plain string) {
			if err := k.BootstrapToken(ctx, plain); err != nil {
				t.Fatal(err)
			}
		}
		bootstrap("secret")
		bootstrap("secret")
		list := k.tokens(root, people.TokenFilter{})
		by, err := k.AuthenticateToken(ctx, "secret")
		if len(list) != 1 || !list[0].Bootstrap || err != nil || !people.Can(by, people.SystemWrite, people.Target{}) {
			t.Fatalf("%+v %+v %v", list, by, err)
		}
		bootstrap("another secret")
		if k.works("secret") || !k.works("another secret") {
			t.Error("the new text does not replace the old one")
		}
		if err := k.RevokeToken(ctx, root, k.tokens(root, people.TokenFilter{})[0].ID); err != nil {
			t.Fatal(err)
		}
		bootstrap("another secret")
		if k.works("another secret") {
			t.Error("a restart brought a revoked token back")
		}
	})
}

// A token made by anybody, with any role and scopes that were accepted, may never do what its
// owner may not do, nor more than when it was made, whatever role the owner gets later.
func TestTokenNeverExceedsItsOwner(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.apply("second", people.UserSpec{Role: actor.Admin})
		k.team("a", people.TeamSpec{Level: people.L2, Members: []string{"cleo"}})
		team := k.user("cleo").Teams[0]
		spec := func(r actor.Role) people.UserSpec {
			s := people.UserSpec{Role: r}
			if r == actor.Client {
				s.Customer = "bank-b"
			}
			return s
		}
		checked := 0
		rapid.Check(t, func(t *rapid.T) {
			role := rapid.SampledFrom(actor.Roles)
			k.apply("cleo", spec(role.Draw(t, "role when made")))
			plain, token, err := k.CreateToken(ctx, k.as("cleo"), people.TokenIn{Name: "x", Role: role.Draw(t, "token role"),
				Scopes: rapid.SliceOfN(rapid.SampledFrom(scopes()), 0, 3).Draw(t, "scopes")})
			if err != nil {
				return
			}
			k.apply("cleo", spec(role.Draw(t, "role later")))
			by, err := k.AuthenticateToken(ctx, plain)
			if err != nil {
				return
			}
			owner, asMade := k.as("cleo"), by
			asMade.Role = token.Role
			for _, act := range people.Actions() {
				for _, on := range []people.Target{{}, {Owner: owner.ID}, {Teams: []string{string(team)}}, {Customers: []string{"bank-b"}}} {
					checked++
					if people.Can(by, act, on) && !(people.Can(owner, act, on) && people.Can(asMade, act, on)) {
						t.Fatalf("token now with role %s and scopes %v of a %s may %s on %+v", by.Role, by.Scopes, owner.Role, act, on)
					}
				}
			}
		})
		if checked == 0 {
			t.Error("no token was ever made")
		}
	})
}
