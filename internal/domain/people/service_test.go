package people_test

import (
	"context"
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

var root = actor.Actor{Kind: actor.Token, ID: "root", Name: "token root", Role: actor.Admin}

var staff = map[string]people.UserSpec{
	"ana":  {Title: "Ana Ruiz", Email: "ana@bank.example", Role: actor.Admin, Zone: "Europe/Madrid"},
	"ben":  {Title: "Ben Okoro", Role: actor.FirstLine, Zone: "Africa/Lagos"},
	"cleo": {Title: "Cleo Park", Role: actor.BackLine},
	"dora": {Title: "Dora Client", Role: actor.Client, Customer: "bank-b"},
}

// desk is a people service with staff in it.
type desk struct {
	*people.Service
	t  *testing.T
	db *db.DB
}

func newDesk(t *testing.T, d *db.DB) desk {
	t.Helper()
	k := desk{people.New(people.Config{DB: d}), t, d}
	for login, spec := range staff {
		k.apply(login, spec)
	}
	return k
}

func (k desk) apply(login string, spec people.UserSpec) bool {
	k.t.Helper()
	changed, err := k.ApplyUser(context.Background(), root, login, spec)
	if err != nil {
		k.t.Fatal(err)
	}
	return changed
}

func (k desk) team(name string, spec people.TeamSpec) bool {
	k.t.Helper()
	changed, err := k.ApplyTeam(context.Background(), root, name, spec)
	if err != nil {
		k.t.Fatal(err)
	}
	return changed
}

func (k desk) do(fn func(tx *db.Tx) error) {
	k.t.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.t.Fatal(err)
	}
}

func (k desk) user(login string) (u people.User) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		u, err = people.UserByLogin(tx, login)
		return err
	})
	return u
}

func (k desk) as(login string) actor.Actor { return k.user(login).Actor() }

// events lists the kinds of events of a record, oldest first.
func (k desk) events(r ledger.Record) (kinds []string) {
	k.t.Helper()
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

func wantKind(t *testing.T, err error, kind errs.Kind, text string) {
	t.Helper()
	if !errs.Is(err, kind) || !strings.Contains(err.Error(), text) {
		t.Fatalf("want %v with %q, got %v", kind, text, err)
	}
}

func logins(users []people.User) string {
	var out []string
	for _, u := range users {
		out = append(out, u.Login)
	}
	return strings.Join(out, " ")
}

func TestApplyingTheSameUserTwiceChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		for login, spec := range staff {
			if k.apply(login, spec) {
				t.Errorf("%s changed", login)
			}
		}
		if got := strings.Join(k.events(people.UserRecord(k.user("ana").ID)), " "); got != "user.created" {
			t.Errorf("events: %s", got)
		}
	})
}

func TestExportOfPeopleAppliesWithoutChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.team("payments-l1", people.TeamSpec{Level: people.L1, Members: []string{"dora", "ben", "ben"}, Owner: "ana",
			Hours: "london", Contact: "desk 7\r\n+44 20 7946 0000 ", ReviewBy: "2026-12-31"})
		k.team("vendor-x", people.TeamSpec{Level: people.Vendor})
		k.do(func(tx *db.Tx) error {
			users, err := k.ExportUsersIn(tx, root)
			if err != nil {
				return err
			}
			for _, u := range users {
				if changed, err := k.ApplyUserIn(tx, root, u.Name, u.Spec); changed || err != nil {
					t.Errorf("user %s: changed %v, %v", u.Name, changed, err)
				}
			}
			teams, err := k.ExportTeamsIn(tx, root)
			if err != nil {
				return err
			}
			for _, m := range teams {
				if changed, err := k.ApplyTeamIn(tx, root, m.Name, m.Spec); changed || err != nil {
					t.Errorf("team %s: changed %v, %v", m.Name, changed, err)
				}
			}
			if len(users) != 4 || len(teams) != 2 || strings.Join(teams[0].Spec.Members, " ") != "ben dora" {
				t.Errorf("exported %+v %+v", users, teams)
			}
			return nil
		})
	})
}

func TestMembersAreTheEnabledOnesByLogin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.team("payments", people.TeamSpec{Level: people.L2, Members: []string{"cleo", "ben", "ana"}})
		k.do(func(tx *db.Tx) error { return k.DeleteUserIn(tx, root, "ben") })
		k.do(func(tx *db.Tx) error {
			team, err := people.TeamByName(tx, "payments")
			if err != nil {
				return err
			}
			members, err := people.MembersOf(tx, team.ID)
			if got := logins(members); got != "ana cleo" {
				t.Errorf("members %q", got)
			}
			if len(team.Members) != 3 {
				t.Errorf("the disabled member lost the place in the team: %v", team.Members)
			}
			if len(members) > 0 && members[0].Teams[0] != team.ID {
				t.Errorf("teams of a member: %v", members[0].Teams)
			}
			return err
		})
		if got := strings.Join(k.events(people.UserRecord(k.user("ben").ID)), " "); got != "user.created user.changed" {
			t.Errorf("events: %s", got)
		}
	})
}

func TestThereIsAlwaysAnAdmin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		spec := staff["ana"]
		spec.Role = actor.Observer
		_, err := k.ApplyUser(ctx, root, "ana", spec)
		wantKind(t, err, errs.Conflict, "last admin")
		err = d.Do(ctx, func(tx *db.Tx) error { return k.DeleteUserIn(tx, root, "ana") })
		wantKind(t, err, errs.Conflict, "last admin")
		k.apply("cleo", people.UserSpec{Role: actor.Admin})
		if !k.apply("ana", spec) {
			t.Error("with a second admin the first may go")
		}
	})
}

func TestPeopleChangeTheirOwnNameButNotTheirOwnRole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		ben, spec := k.as("ben"), staff["ben"]
		spec.Title, spec.Zone = "Benjamin Okoro", "Europe/London"
		if changed, err := k.ApplyUser(ctx, ben, "ben", spec); !changed || err != nil {
			t.Fatalf("own name: %v %v", changed, err)
		}
		spec.Role = actor.Admin
		_, err := k.ApplyUser(ctx, ben, "ben", spec)
		wantKind(t, err, errs.Forbidden, "only an admin")
		_, err = k.ApplyUser(ctx, ben, "cleo", staff["cleo"])
		wantKind(t, err, errs.Forbidden, "change people")
		_, err = k.ApplyUser(ctx, ben, "new", staff["cleo"])
		wantKind(t, err, errs.Forbidden, "change people")
		_, err = k.ApplyUser(ctx, actor.Actor{}, "ben", staff["ben"])
		wantKind(t, err, errs.Unauthenticated, "sign in")
	})
}

func TestRefusedUsersAndTeamsNameTheField(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		for name, bad := range map[string]struct {
			login, want string
			spec        people.UserSpec
		}{
			"login":            {"Ana Ruiz", "name is the login", people.UserSpec{Role: actor.Admin}},
			"role":             {"x", "role must be one of", people.UserSpec{Role: "boss"}},
			"no role":          {"x", "role must be one of", people.UserSpec{}},
			"mail":             {"x", "email must be", people.UserSpec{Role: actor.Admin, Email: "Ana <a@b.example>"}},
			"zone":             {"x", "zone must be", people.UserSpec{Role: actor.Admin, Zone: "Mars/Olympus"}},
			"local zone":       {"x", "zone must be", people.UserSpec{Role: actor.Admin, Zone: "Local"}},
			"NUL":              {"x", "title must be plain text", people.UserSpec{Role: actor.Admin, Title: "a\x00b"}},
			"client of nobody": {"x", "customer must name", people.UserSpec{Role: actor.Client}},
			"staff of client":  {"x", "customer is only", people.UserSpec{Role: actor.Admin, Customer: "bank-b"}},
		} {
			_, err := k.ApplyUser(ctx, root, bad.login, bad.spec)
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), bad.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, bad := range map[string]struct {
			team, want string
			spec       people.TeamSpec
		}{
			"name":    {"No Spaces", "name must be", people.TeamSpec{Level: people.L1}},
			"level":   {"x", "level must be one of L1, L2", people.TeamSpec{Level: "L9"}},
			"member":  {"x", `members names "eve"`, people.TeamSpec{Level: people.L1, Members: []string{"eve"}}},
			"owner":   {"x", `owner names "eve"`, people.TeamSpec{Level: people.L1, Owner: "eve"}},
			"review":  {"x", "review_by must be", people.TeamSpec{Level: people.L1, ReviewBy: "31.12.2026"}},
			"contact": {"x", "contact must be plain", people.TeamSpec{Level: people.L1, Contact: "a\x1b[2J"}},
		} {
			_, err := k.ApplyTeam(ctx, root, bad.team, bad.spec)
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), bad.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestTeamInUseIsNotDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.team("payments", people.TeamSpec{Level: people.L2, Members: []string{"cleo"}})
		var team people.Team
		k.do(func(tx *db.Tx) (err error) {
			if team, err = people.TeamByName(tx, "payments"); err != nil {
				return err
			}
			_, err = tx.Exec(`CREATE TABLE holder (team TEXT COLLATE "C" REFERENCES team (id))`)
			if err == nil {
				_, err = tx.Exec(`INSERT INTO holder (team) VALUES (?)`, string(team.ID))
			}
			return err
		})
		err := d.Do(ctx, func(tx *db.Tx) error { return k.DeleteTeamIn(tx, root, "payments") })
		wantKind(t, err, errs.Conflict, "still used")
		k.do(func(tx *db.Tx) error {
			if _, err := tx.Exec(`DELETE FROM holder`); err != nil {
				return err
			}
			return k.DeleteTeamIn(tx, root, "payments")
		})
		if _, err := k.Team(ctx, root, "payments"); !errs.Is(err, errs.NotFound) {
			t.Errorf("after deletion: %v", err)
		}
	})
}

func TestListsArePagedFilteredAndKeptFromClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.apply("eve_1", people.UserSpec{Role: actor.Observer, Title: "100% Eve"})
		first, err := k.ListUsers(ctx, root, people.UserFilter{}, page.Request{Limit: 3})
		if err != nil || logins(first.Items) != "ana ben cleo" || first.Next == nil {
			t.Fatalf("%+v %v", first, err)
		}
		rest, err := k.ListUsers(ctx, root, people.UserFilter{}, page.Request{Limit: 3, Cursor: *first.Next})
		if err != nil || logins(rest.Items) != "dora eve_1" || rest.Next != nil {
			t.Fatalf("%+v %v", rest, err)
		}
		for query, want := range map[string]string{"RUIZ": "ana", "%": "eve_1", "_": "eve_1", "nobody": ""} {
			got, err := k.ListUsers(ctx, root, people.UserFilter{Query: query}, page.Request{})
			if err != nil || logins(got.Items) != want {
				t.Errorf("query %q gives %q, %v", query, logins(got.Items), err)
			}
		}
		own, err := k.ListUsers(ctx, k.as("dora"), people.UserFilter{}, page.Request{})
		if err != nil || logins(own.Items) != "dora" {
			t.Errorf("a client sees %q, %v", logins(own.Items), err)
		}
		_, err = k.ListTeams(ctx, k.as("dora"), people.TeamFilter{}, page.Request{})
		wantKind(t, err, errs.Forbidden, "see teams")
		_, missing := k.User(ctx, k.as("dora"), "nobody")
		_, hidden := k.User(ctx, k.as("dora"), "ana")
		if !errs.Is(missing, errs.Forbidden) || !errs.Is(hidden, errs.Forbidden) {
			t.Errorf("a client can tell logins apart: %v / %v", missing, hidden)
		}
	})
}
