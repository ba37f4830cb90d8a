package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/login"
)

const password = "correct horse battery"

var nobody actor.Actor

func routes(d *apptest.Desk) []action.Route {
	return login.Routes(login.Config{People: d.Rooms.People, Clock: d.Clock})
}

// open starts a desk on which Ana has a password.
func open(t *testing.T) *desktest.Desk {
	t.Helper()
	d := desktest.Open(t, routes)
	d.Post(nobody, "/password", url.Values{"code": {code(t, d, "ana")}, "password": {password}, "again": {password}}).WantGone("/")
	return d
}

func code(t *testing.T, d *desktest.Desk, who string) string {
	t.Helper()
	code, err := d.Rooms.People.PasswordCode(t.Context(), d.Root, who)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestSigningInLeadsWhereOneWanted(t *testing.T) {
	d := open(t)
	form := d.Get(nobody, "/login?next=/incidents%3Fmine=1").Want(http.StatusOK).One("#sign-in")
	form.One("input[name=next]").WantAttr("value", "/incidents?mine=1")
	page := d.Post(nobody, "/login", url.Values{"login": {" Ana "}, "password": {password}, "next": {"/incidents?mine=1"}})
	page.WantGone("/incidents?mine=1")
	d.Get(d.Ana, "/login?next=/alerts").WantGone("/alerts")
}

func TestSigningInNeverLeadsAway(t *testing.T) {
	d := open(t)
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "/\tevil", "javascript:alert(1)", "", "/login?next=/login",
		"/\x00", "/\x01/evil.example", "/\x0b/evil.example", "/\x1f/evil.example", "/\x7f/evil.example", "/\u0085/evil.example", "/\r\nSet-Cookie: a=b",
		"\\/evil.example", "/a\\b", "///evil.example", "/\xff", " //evil.example", "\t//evil.example", "/%zz", "/" + strings.Repeat("a", 3000)} {
		page := d.Post(nobody, "/login", url.Values{"login": {"ana"}, "password": {password}, "next": {next}})
		page.WantGone("/")
		d.Get(d.Ana, "/login?next="+url.QueryEscape(next)).WantGone("/")
	}
}

func TestWrongPasswordSaysSoAndTellsNothingElse(t *testing.T) {
	d := open(t)
	wrong := d.Post(nobody, "/login", url.Values{"login": {"ana"}, "password": {"nonsense nonsense"}}).Want(http.StatusUnauthorized)
	unknown := d.Post(nobody, "/login", url.Values{"login": {"zoe"}, "password": {"nonsense nonsense"}}).Want(http.StatusUnauthorized)
	text := wrong.One(".error-summary").Text()
	if text == "" || text != unknown.One(".error-summary").Text() {
		t.Errorf("a wrong password says %q, an unknown login %q", text, unknown.One(".error-summary").Text())
	}
	wrong.One("#f-login").WantAttr("value", "ana")
	wrong.One("#f-password").WantAttr("value", "")
}

func TestTooManyTriesSayWhenToTryAgain(t *testing.T) {
	d := open(t)
	for range 8 {
		page := d.Post(nobody, "/login", url.Values{"login": {"ana"}, "password": {"nonsense nonsense"}})
		if page.Status == http.StatusTooManyRequests {
			page.One(".error-summary").WantText("try again")
			return
		}
		page.Want(http.StatusUnauthorized)
	}
	t.Error("eight wrong passwords were not slowed down")
}

func TestFirstRunMakesTheFirstAdminAndAsksForAWayToReachThem(t *testing.T) {
	d := desktest.Empty(t, routes)
	d.Get(nobody, "/login").WantText("No administrator has a password yet", "set-up link", "mainstay user password-link LOGIN")
	one, err := d.Rooms.People.SetUpCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.Get(nobody, "/setup?code=wrong").Want(http.StatusNotFound).WantText("Start the server again")
	d.Get(nobody, "/setup?code="+one).Want(http.StatusOK).One("#set-up").One("input[name=code]").WantAttr("value", one)
	d.Get(nobody, "/setup?code="+one).One("input[name=zone][data-zone-here]")

	form := url.Values{"code": {one}, "login": {"ana"}, "title": {"Ana Ruiz"}, "zone": {"Mars/Base"}, "password": {"short"}, "again": {"short"}}
	page := d.Post(nobody, "/setup", form).Want(http.StatusUnprocessableEntity)
	page.One("#f-zone-error").WantText("time zone")
	page.One("#f-password-error").WantText("12 characters")
	page.One("#f-login").WantAttr("value", "ana")
	page.One("#f-password").WantAttr("value", "")

	form["zone"], form["password"], form["again"] = []string{""}, []string{password}, []string{password + "x"}
	d.Post(nobody, "/setup", form).Want(http.StatusUnprocessableEntity).One("#f-again-error")
	form["again"] = []string{password}
	page = d.Post(nobody, "/setup", form)
	page.WantGone("/me/contacts")
	if len(page.Messages) != 2 || !strings.Contains(page.Messages[1].Text, "Add a way to reach you") {
		t.Errorf("told %+v", page.Messages)
	}
	d.Get(nobody, "/setup?code="+one).Want(http.StatusNotFound).WantText("has an administrator who can sign in already")
	d.Post(nobody, "/login", url.Values{"login": {"ana"}, "password": {password}}).WantGone("/")
}

func TestConfiguredAdminsWithoutAPasswordLeaveTheSetUpOpen(t *testing.T) {
	d := desktest.Empty(t, routes)
	if _, err := d.Rooms.People.ApplyUser(t.Context(), actor.Mainstay, "ada", people.UserSpec{Role: actor.Admin, Title: "Ada Keyring"}); err != nil {
		t.Fatal(err)
	}
	page := d.Get(nobody, "/login")
	page.WantText("No administrator has a password yet")
	page.One("#sign-in") // others may have one
	one, err := d.Rooms.People.SetUpCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	page = d.Post(nobody, "/setup", url.Values{"code": {one}, "login": {"ada"}, "password": {password}, "again": {password}})
	page.WantGone("/me/contacts")
	if len(page.Messages) == 0 || !strings.Contains(page.Messages[0].Text, "Welcome, Ada Keyring") {
		t.Errorf("told %+v", page.Messages)
	}
	d.Get(nobody, "/login").WantText("No account, or the password is lost?")
}

func TestPasswordLinkWorksOnce(t *testing.T) {
	d := open(t)
	link := "/password?code=" + code(t, d, "ben")
	page := d.Get(nobody, link).Want(http.StatusOK)
	page.WantText("Ben Osei", "ben")
	form := url.Values{"code": {page.One("input[name=code]").Attr("value")}, "password": {"password1234"}, "again": {"password1234"}}
	d.Post(nobody, "/password", form).Want(http.StatusUnprocessableEntity).One("#f-password-error")
	form["password"], form["again"] = []string{password}, []string{password}
	d.Post(nobody, "/password", form).WantGone("/")
	d.Post(nobody, "/password", form).Want(http.StatusNotFound).WantText("This link does not work")
	d.Get(nobody, link).Want(http.StatusNotFound)
	d.Post(nobody, "/login", url.Values{"login": {"ben"}, "password": {password}}).WantGone("/")
}

func TestPasswordLinkEnds(t *testing.T) {
	d := open(t)
	link := "/password?code=" + code(t, d, "ben")
	d.Advance(25 * time.Hour)
	d.Get(nobody, link).Want(http.StatusNotFound).WantText("has expired")
}
