package people_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

const (
	password = "four quiet words here"
	home     = "192.0.2.7"
)

// withPassword gives a user the password, by the way that people take.
func (k desk) withPassword(login string) {
	k.t.Helper()
	ctx := context.Background()
	code, err := k.PasswordCode(ctx, root, login)
	if err == nil {
		_, err = k.SetPassword(ctx, code, password)
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k desk) login(login string) people.Session {
	k.t.Helper()
	s, err := k.Login(context.Background(), login, password, home)
	if err != nil {
		k.t.Fatal(err)
	}
	return s
}

// signedIn reports whether the session still works.
func (k desk) signedIn(s people.Session) bool {
	k.t.Helper()
	_, _, err := k.Authenticate(context.Background(), s.Token)
	if err != nil && !errs.Is(err, errs.Unauthenticated) {
		k.t.Fatal(err)
	}
	return err == nil
}

func TestSignInOpensASessionOfThatPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.team("payments", people.TeamSpec{Level: people.L1, Members: []string{"ben"}})
		k.withPassword("ben")
		s := k.login("ben")
		by, same, err := k.Authenticate(ctx, s.Token)
		if err != nil || by.Name != "Ben Okoro" || by.Role != actor.FirstLine || len(by.Teams) != 1 || same.ID != s.ID || same.Token != "" {
			t.Fatalf("%+v %+v %v", by, same, err)
		}
		if other := k.login("ben"); other.Token == s.Token {
			t.Error("two sign-ins share a token")
		}
		stored := scalar[string](k, `SELECT MIN(hash) FROM session`)
		if stored == s.Token || len(stored) != 64 {
			t.Errorf("the token itself is stored: %q", stored)
		}
		if hash := scalar[string](k, `SELECT password FROM app_user WHERE login = 'ben'`); !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("stored password %q", hash)
		}
	})
}

func scalar[T any](k desk, query string, args ...any) (v T) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		v, err = db.One(tx, db.Value[T], query, args...)
		return err
	})
	return v
}

func TestWrongSignInsAllLookAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.withPassword("ben")
		for _, try := range [][2]string{
			{"ben", "wrong"}, {"nobody", password}, {"cleo", ""}, {"cleo", password}, // cleo has no password yet
			{"", ""}, {"Ben'--", password}, {"ben", strings.Repeat("x", 5000)}, {"ben\x00", password},
		} {
			_, err := k.Login(ctx, try[0], try[1], "")
			if !errs.Is(err, errs.Unauthenticated) || err.Error() != "login or password is wrong" {
				t.Errorf("%.20q: %v", try, err)
			}
		}
	})
}

func TestFailedSignInsSlowDownTheLogin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.withPassword("ben")
		fail := func() error { _, err := k.Login(ctx, "ben", "wrong", ""); return err }
		for i := range 5 {
			if err := fail(); !errs.Is(err, errs.Unauthenticated) {
				t.Fatalf("try %d: %v", i+1, err)
			}
		}
		var waits []time.Duration
		for range 8 {
			_, err := k.Login(ctx, "ben", password, "")
			slow, ok := errors.AsType[*people.Throttled](err)
			if !ok || !errs.Is(err, errs.Unavailable) {
				t.Fatalf("the right password too early: %v", err)
			}
			waits = append(waits, slow.Wait)
			c.Set(slow.Until)
			if err := fail(); !errs.Is(err, errs.Unauthenticated) {
				t.Fatalf("after the wait: %v", err)
			}
		}
		if got := fmt.Sprint(waits); got != "[1s 2s 4s 8s 16s 32s 1m0s 1m0s]" {
			t.Errorf("waits %s", got)
		}
		err := fail()
		if want := c.Now().Add(time.Minute).Format(time.TimeOnly) + " UTC"; !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say when: %s", err, want)
		}
		c.Advance(time.Minute)
		k.login("ben")
		for i := range 5 {
			if err := fail(); !errs.Is(err, errs.Unauthenticated) {
				t.Fatalf("success did not reset the count: try %d: %v", i+1, err)
			}
		}
	})
}

func TestFailedSignInsSlowDownTheAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.withPassword("ben")
		for i := range 20 {
			remote := fmt.Sprintf("2001:db8:0:1::%x", i)
			if _, err := k.Login(ctx, fmt.Sprint("guess", i), "wrong", remote); !errs.Is(err, errs.Unauthenticated) {
				t.Fatalf("try %d: %v", i+1, err)
			}
		}
		_, err := k.Login(ctx, "ben", password, "2001:db8:0:1:ffff::1")
		wantKind(t, err, errs.Unavailable, "from this address")
		if _, err := k.Login(ctx, "ben", password, "2001:db8:0:2::1"); err != nil {
			t.Errorf("from another network: %v", err)
		}
		c.Advance(24 * time.Hour)
		if _, err := k.Login(ctx, "ben", password, "2001:db8:0:1::1"); err != nil {
			t.Errorf("a day later: %v", err)
		}
	})
}

func TestManySignInsAtOnceGainNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		var looked, slowed int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				_, err := k.Login(ctx, "ben", "wrong", "")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case errs.Is(err, errs.Unauthenticated):
					looked++
				case errs.Is(err, errs.Unavailable):
					slowed++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if looked != 5 || slowed != 7 {
			t.Errorf("%d passwords were looked at, %d put off; want 5 and 7", looked, slowed)
		}
	})
}

func TestSessionEndsWhenUnusedAndInAnyCaseAfterAWeek(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d)
		k.withPassword("ben")
		idle, used := k.login("ben"), k.login("ben")
		c.Advance(11 * time.Hour)
		if !k.signedIn(used) {
			t.Fatal("ended early")
		}
		c.Advance(time.Hour)
		if k.signedIn(idle) || !k.signedIn(used) {
			t.Fatal("only the unused one ends after 12 h")
		}
		for c.Now().Before(used.Expires.Add(-6 * time.Hour)) {
			c.Advance(6 * time.Hour)
			if !k.signedIn(used) {
				t.Fatalf("ended at %v, before %v", c.Now(), used.Expires)
			}
		}
		c.Set(used.Expires)
		if k.signedIn(used) || used.Expires != used.Created.Add(7*24*time.Hour) {
			t.Fatal("used, and still here after a week")
		}
		if _, err := k.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		if n := scalar[int](k, `SELECT count(*) FROM session`); n != 0 {
			t.Errorf("%d ended sessions were not swept", n)
		}
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.withPassword("ben")
		first := k.login("ben")
		c.Advance(time.Minute)
		second := k.login("ben")
		third := k.login("ben")
		ben := k.user("ben").ID
		list, err := k.Sessions(ctx, k.as("ben"), ben)
		if err != nil || len(list) != 3 || list[2].ID != first.ID || list[0].Remote != home {
			t.Fatalf("%+v %v", list, err)
		}
		_, err = k.Sessions(ctx, k.as("cleo"), ben)
		wantKind(t, err, errs.Forbidden, "change people")
		if err := k.EndSession(ctx, k.as("ben"), ben, second.ID); err != nil {
			t.Fatal(err)
		}
		wantKind(t, k.EndSession(ctx, root, ben, second.ID), errs.NotFound, "ended")
		wantKind(t, k.EndSession(ctx, root, k.user("ana").ID, first.ID), errs.NotFound, "ended")
		if err := errors.Join(k.Logout(ctx, third.Token), k.Logout(ctx, third.Token)); err != nil {
			t.Fatal(err)
		}
		if !k.signedIn(first) || k.signedIn(second) || k.signedIn(third) {
			t.Error("exactly the first should be left")
		}
	})
}

func TestDisablingEndsEveryWayIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.withPassword("ben")
		session := k.login("ben")
		token, _, err := k.CreateToken(ctx, k.as("ben"), people.TokenIn{Name: "script"})
		if err != nil {
			t.Fatal(err)
		}
		k.do(func(tx *db.Tx) error { return k.DeleteUserIn(tx, root, "ben") })
		_, err = k.Login(ctx, "ben", password, home)
		wantKind(t, err, errs.Unauthenticated, "disabled")
		if k.signedIn(session) {
			t.Error("the session works")
		}
		k.apply("ben", staff["ben"])
		if _, err = k.AuthenticateToken(ctx, token); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("the token came back with the user: %v", err)
		}
		if k.signedIn(session) {
			t.Error("the session came back with the user")
		}
		k.login("ben")
	})
}

func TestPasswordChangeNeedsTheOldOneAndEndsOtherSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.withPassword("ben")
		mine, other := k.login("ben"), k.login("ben")
		ben := k.as("ben")
		err := k.ChangePassword(ctx, ben, people.PasswordChange{Old: "guess", New: "another quiet set of words", Keep: mine.ID})
		wantKind(t, err, errs.Invalid, "old is not your present password")
		err = k.ChangePassword(ctx, ben, people.PasswordChange{Old: password, New: "short", Keep: mine.ID})
		wantKind(t, err, errs.Invalid, "new must have at least 12")
		token := actor.Actor{Kind: actor.Token, ID: ben.ID, Role: actor.FirstLine}
		err = k.ChangePassword(ctx, token, people.PasswordChange{Old: password, New: "another quiet set of words"})
		wantKind(t, err, errs.Forbidden, "signed in")
		err = k.ChangePassword(ctx, ben, people.PasswordChange{Old: password, New: "another quiet set of words", Keep: mine.ID})
		if err != nil || !k.signedIn(mine) || k.signedIn(other) {
			t.Fatalf("%v, mine %v, other %v", err, k.signedIn(mine), k.signedIn(other))
		}
		_, err = k.Login(ctx, "ben", password, home)
		wantKind(t, err, errs.Unauthenticated, "wrong")
		for range 6 {
			err = k.ChangePassword(ctx, ben, people.PasswordChange{Old: "guess", New: "another quiet set of words"})
		}
		wantKind(t, err, errs.Unavailable, "too many")
	})
}

func TestResetLinkWorksOnceForADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.withPassword("ben")
		session := k.login("ben")
		_, err := k.PasswordCode(ctx, k.as("cleo"), "ben")
		wantKind(t, err, errs.Forbidden, "change people")
		stale, err := k.PasswordCode(ctx, root, "ben")
		if err != nil {
			t.Fatal(err)
		}
		code, err := k.PasswordCode(ctx, root, "ben")
		if err != nil || k.signedIn(session) {
			t.Fatalf("%v, session works: %v", err, k.signedIn(session))
		}
		wantKind(t, k.CheckSetUpCode(ctx, code), errs.NotFound, "used or has expired") // it is for a password
		_, err = k.Login(ctx, "ben", password, "")
		wantKind(t, err, errs.Unauthenticated, "wrong")
		if u, err := k.CheckPasswordCode(ctx, code); err != nil || u.Login != "ben" {
			t.Fatalf("%+v %v", u, err)
		}
		_, err = k.SetPassword(ctx, stale, password)
		wantKind(t, err, errs.NotFound, "used or has expired")
		_, err = k.SetPassword(ctx, code, "password1234")
		wantKind(t, err, errs.Invalid, "attacker")
		if _, err = k.SetPassword(ctx, code, password); err != nil {
			t.Fatal(err)
		}
		_, err = k.SetPassword(ctx, code, password)
		wantKind(t, err, errs.NotFound, "used or has expired")
		late, err := k.PasswordCode(ctx, root, "ben")
		if err != nil {
			t.Fatal(err)
		}
		c.Advance(24 * time.Hour)
		_, err = k.SetPassword(ctx, late, password)
		wantKind(t, err, errs.NotFound, "used or has expired")
	})
}

func TestFirstAdminIsSetUpOnceWithTheCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k, ctx := desk{people.New(people.Config{DB: d}), t, d}, context.Background()
		in := people.SetUpIn{Login: "ana", Title: "Ana Ruiz", Email: "ana@bank.example", Password: password}
		if first, err := k.FirstRun(ctx); !first || err != nil {
			t.Fatal(first, err)
		}
		expired := k.setUpCode()
		c.Advance(24 * time.Hour)
		_, err := k.SetUp(ctx, expired, in)
		wantKind(t, err, errs.NotFound, "expired")
		replaced, code := k.setUpCode(), k.setUpCode()
		_, err = k.SetUp(ctx, replaced, in)
		wantKind(t, err, errs.NotFound, "used")
		bad := in
		bad.Password, bad.Zone, bad.Login = "ana@bank.example", "Nowhere", "Ana Ruiz"
		_, err = k.SetUp(ctx, code, bad)
		if got := fields(err); got != "login zone password" {
			t.Fatalf("refused %q: %v", got, err)
		}
		u, err := k.SetUp(ctx, code, in)
		if err != nil || u.Role != actor.Admin {
			t.Fatal(u, err)
		}
		k.login("ana")
		if first, err := k.FirstRun(ctx); first || err != nil {
			t.Fatal(first, err)
		}
		_, err = k.SetUp(ctx, code, in)
		wantKind(t, err, errs.NotFound, "used")
		_, err = k.SetUpCode(ctx)
		wantKind(t, err, errs.Conflict, "admin with a password already")
	})
}

func TestSetUpIsOpenUntilAnAdminHasAPassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := desk{people.New(people.Config{DB: d}), t, d}, context.Background()
		k.apply("ada", people.UserSpec{Role: actor.Admin, Title: "Ada Key", Email: "ada@bank.example", Zone: "Europe/London"})
		k.apply("ben", people.UserSpec{Role: actor.FirstLine})
		k.withPassword("ben")
		if first, err := k.FirstRun(ctx); !first || err != nil {
			t.Fatalf("the only admin has no password, and the desk counts as set up: %v", err)
		}
		u, err := k.SetUp(ctx, k.setUpCode(), people.SetUpIn{Login: "ada", Password: password})
		if err != nil || u.Name != "Ada Key" || u.Email != "ada@bank.example" || u.Zone != "Europe/London" {
			t.Fatalf("what configuration said of her is lost: %+v %v", u, err)
		}
		k.login("ada")
		if first, err := k.FirstRun(ctx); first || err != nil {
			t.Errorf("she has a password now: %v", err)
		}
	})
}

func (k desk) setUpCode() string {
	k.t.Helper()
	code, err := k.SetUpCode(context.Background())
	if err != nil {
		k.t.Fatal(err)
	}
	return code
}

func fields(err error) string {
	var out []string
	for _, f := range errs.FieldsOf(err) {
		out = append(out, f.Path)
	}
	return strings.Join(out, " ")
}

func TestPasswordRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.apply("benjamin.okoro", people.UserSpec{Role: actor.Observer, Title: "Benjamin Okoro", Email: "benjamin@bank.example"})
		code, err := k.PasswordCode(ctx, root, "benjamin.okoro")
		if err != nil {
			t.Fatal(err)
		}
		for bad, want := range map[string]string{
			"elevenchars":              "must have at least 12",
			"äöüäöüäöüäö":              "must have at least 12",
			"Benjamin.Okoro":           "must not be your login",
			"benjamin okoro":           "must not be your login",
			"Benjamin@Bank.Example":    "must not be your login",
			"Password1234":             "is one of the first",
			"aaaaaaaaaaaaaaaa":         "is one of the first",
			"abcabcabcabcabc":          "is one of the first",
			strings.Repeat("ab0", 999): "must be at most 1024",
			"NUL in the \x00 middle":   "must be text",
			"not \xff UTF-8 at all":    "must be text",
		} {
			_, err := k.SetPassword(ctx, code, bad)
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "password "+want) {
				t.Errorf("%.20q: %v", bad, err)
			}
		}
		if _, err := k.SetPassword(ctx, code, "все хорошо, спи"); err != nil {
			t.Errorf("any letters will do: %v", err)
		}
	})
}
