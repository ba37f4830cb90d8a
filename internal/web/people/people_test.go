package people_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	domain "mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/people"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return people.Routes(people.Config{People: r.People, Contacts: r.Notify, Rosters: r.Rosters, Calendars: r.Calendars, Catalogue: r.Catalogue,
			Customers: r.Customers, FollowUps: r.FollowUps, Clock: d.Clock, BaseURL: "https://desk.bank.example",
			PasswordLink: func(code string) string { return "https://desk.bank.example/password?code=" + code }})
	})
}

func TestPeopleAreListedWithWhoIsOnCallAndWhoCannotBeReached(t *testing.T) {
	d := open(t)
	page := d.Get(d.Sam, "/people").Want(http.StatusOK)
	page.One("#person-ana").WantText("Ana Ruiz", "first line", "Payments first line", "mail")
	page.One("#person-vera").WantNoText("no verified")
	d.Get(d.Vera, "/people").One("#people").WantNoText("no verified", "mail")
	d.Get(d.Sam, "/people?q=ruiz").One("#people").WantNoText("Sam Lee")
	d.Get(d.Sam, "/people?q=nobody").One(".notice").WantText("Nobody found")
	d.Get(d.Acme, "/people").One("#people").WantNoText("Ana Ruiz")
}

func TestPersonOnCallWithoutAContactMethodIsLoud(t *testing.T) {
	d := open(t)
	d.Post(d.Root, "/people/ana/contacts/mail/remove", nil).WantGone("/people/ana/contacts")
	d.Get(d.Root, "/people").One("#person-ana").WantText("On call, cannot be paged")
	d.Get(d.Root, "/people/ana").One("#paged-by").WantText("No contact method")
}

func TestPersonPageTellsShiftsToCome(t *testing.T) {
	d := open(t)
	page := d.Get(d.Ben, "/people/ana").Want(http.StatusOK)
	page.One("#on-call").WantText("Now", "Payments first line")
	page.None("#paged-by") // how somebody is reached is theirs, and the managers'
	d.Get(d.Sam, "/people/ana").One("#paged-by").WantText("ana@bank.example", "Verified")
	d.Get(d.Ben, "/people/nobody").Want(http.StatusNotFound)
}

func TestAdminAddsPersonWhoGetsALinkToSetAPassword(t *testing.T) {
	d := open(t)
	d.Post(d.Root, "/people/+new", url.Values{"login": {"dan"}, "title": {"Dan Ito"}, "email": {"dan@bank.example"}, "role": {"back-line"}, "zone": {"Asia/Tokyo"}}).WantGone("/people/dan")
	d.Get(d.Root, "/people/+new").One("input[name=zone][data-zone-here]")
	d.Get(d.Root, "/people/dan/edit").None("[data-zone-here]")
	d.Get(d.Root, "/people/dan/contacts").One("#f-address").WantAttr("value", "dan@bank.example")
	page := d.Post(d.Root, "/people/dan/password-link", nil).Want(http.StatusOK)
	link := page.One("#password-notice").One("code").Text()
	code, ok := strings.CutPrefix(link, "https://desk.bank.example/password?code=")
	if !ok {
		t.Fatalf("link %q", link)
	}
	if _, err := d.Rooms.People.SetPassword(t.Context(), code, "gallery lantern tuesday"); err != nil {
		t.Error(err)
	}
	d.Get(d.Root, "/people/dan").None("#password-notice")
}

func TestRefusedPersonKeepsWhatWasTyped(t *testing.T) {
	d := open(t)
	page := d.Post(d.Root, "/people/+new", url.Values{"login": {"Dan"}, "title": {"Dan Ito"}, "role": {"back-line"}, "zone": {"Mars/Base"}}).
		Want(http.StatusUnprocessableEntity)
	page.One("#f-title").WantAttr("value", "Dan Ito")
	page.One("#f-name-error").WantText("lower-case")
	page.One("#f-zone-error").WantText("time zone")
	page = d.Post(d.Root, "/people/+new", url.Values{"login": {"ana"}, "role": {"admin"}}).Want(http.StatusUnprocessableEntity)
	page.One("#f-name-error").WantText("is taken")
}

func TestOnlyAdminsChangeOthers(t *testing.T) {
	d := open(t)
	for _, by := range []actor.Actor{d.Sam, d.Ana, d.Vera} {
		d.Get(by, "/people/+new").Want(http.StatusForbidden)
		d.Get(by, "/people/ben/edit").Want(http.StatusForbidden)
		d.Post(by, "/people/ben/disable", nil).Want(http.StatusForbidden)
		d.Post(by, "/people/ben/password-link", nil).Want(http.StatusForbidden)
		d.Get(by, "/people/ben").None("a[href=/people/ben/edit]")
	}
	d.Post(d.Root, "/people/ben/disable", nil).WantGone("/people/ben")
	d.Get(d.Root, "/people/ben").One(".strip").WantText("Disabled")
	d.Get(d.Root, "/people").One("#people").WantNoText("Ben Osei")
	d.Get(d.Root, "/people?disabled=true").One("#person-ben").WantText("Disabled")
	d.Post(d.Root, "/people/ben/enable", nil).WantGone("/people/ben")
	d.Post(d.Root, "/people/root/disable", nil).Want(http.StatusConflict)
}

func TestEditKeepsWhatTheFormDoesNotShow(t *testing.T) {
	d := open(t)
	d.Post(d.Root, "/people/ben/disable", nil)
	d.Post(d.Root, "/people/ben/edit", url.Values{"title": {"Benjamin Osei"}, "role": {"back-line"}}).WantGone("/people/ben")
	u, err := d.Rooms.People.User(t.Context(), d.Root, "ben")
	if err != nil || u.Name != "Benjamin Osei" || !u.Disabled {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestOneChangesOwnNameAndPassword(t *testing.T) {
	d := open(t)
	d.Get(d.Ana, "/me").WantGone("/me/contacts")
	d.Post(d.Ana, "/me/account", url.Values{"title": {"Ana Ruiz Soto"}, "zone": {"Europe/Madrid"}}).WantGone("/me/account")
	d.Post(d.Ana, "/me/account", url.Values{"title": {"Ana"}, "zone": {"Nowhere"}}).Want(http.StatusUnprocessableEntity).One("#f-zone-error").WantText("time zone")
	code, err := d.Rooms.People.PasswordCode(t.Context(), d.Root, "ana")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Rooms.People.SetPassword(t.Context(), code, "gallery lantern tuesday"); err != nil {
		t.Fatal(err)
	}
	change := func(old, fresh, again string) url.Values {
		return url.Values{"old": {old}, "new": {fresh}, "again": {again}}
	}
	d.Post(d.Ana, "/me/password", change("wrong", "window orchard seven", "window orchard seven")).Want(http.StatusUnprocessableEntity).
		One("#f-old-error").WantText("not your present password")
	d.Post(d.Ana, "/me/password", change("gallery lantern tuesday", "window orchard seven", "window orchard eight")).Want(http.StatusUnprocessableEntity).
		One("#f-again-error").WantText("not the same")
	d.Post(d.Ana, "/me/password", change("gallery lantern tuesday", "short", "short")).Want(http.StatusUnprocessableEntity).
		One("#f-new-error").WantText("at least 12")
	d.Post(d.Ana, "/me/password", change("gallery lantern tuesday", "window orchard seven", "window orchard seven")).WantGone("/me/account")
}

func TestContactWayIsAddedConfirmedTestedAndRemoved(t *testing.T) {
	d := open(t)
	d.Get(d.Vera, "/me/contacts").Want(http.StatusOK).One(".flash-bad").WantText("You cannot be paged")
	d.Post(d.Vera, "/me/contacts", url.Values{"channel": {"mail"}, "address": {"not an address"}}).Want(http.StatusUnprocessableEntity).
		One("#f-address-error").WantText("must be a mail address")
	d.Post(d.Vera, "/me/contacts", url.Values{"channel": {"mail"}, "address": {"vera@bank.example"}}).WantGone("/me/contacts")
	page := d.Get(d.Vera, "/me/contacts")
	page.One("#method-mail").WantText("vera@bank.example", "Not verified")
	d.Post(d.Vera, "/me/contacts/mail/test", nil).Want(http.StatusConflict)
	d.Post(d.Vera, "/me/contacts/mail/verify", url.Values{"code": {"wrong"}}).Want(http.StatusUnprocessableEntity).
		One("#verify-mail").WantText("The code is not right")
	d.Settle()
	d.Post(d.Vera, "/me/contacts/mail/verify", url.Values{"code": {codeOf(t, d)}}).WantGone("/me/contacts")
	d.Get(d.Vera, "/me/contacts").One("#method-mail").WantText("Verified")
	sent := d.Post(d.Vera, "/me/contacts/mail/test", nil).Want(http.StatusSeeOther)
	d.Get(d.Vera, sent.To).One("#test-outcome").WantText("on its way")
	d.Settle()
	outcome := d.Get(d.Vera, sent.To).One("#test-outcome")
	outcome.WantText("was delivered")
	if outcome.Has("hx-get") {
		t.Error("a page goes on asking for an outcome that is known")
	}
	gone := d.Post(d.Vera, "/me/contacts/mail/remove", nil).WantGone("/me/contacts")
	if len(gone.Messages) != 2 || !strings.Contains(gone.Messages[1].Text, "cannot be paged") {
		t.Errorf("messages: %+v", gone.Messages)
	}
}

// codeOf is the code in the mail that arrived last.
func codeOf(t *testing.T, d *desktest.Desk) string {
	t.Helper()
	mails := d.Peers.Mail.Mails()
	if len(mails) == 0 {
		t.Fatal("no mail with a code has arrived")
	}
	text := mails[len(mails)-1].Text
	_, rest, ok := strings.Cut(text, "The code is ")
	if !ok {
		t.Fatalf("no code in %q", text)
	}
	return rest[:9]
}

func TestSecretOfAWebhookIsShownOnce(t *testing.T) {
	d := open(t)
	page := d.Post(d.Ana, "/me/contacts", url.Values{"channel": {"webhook"}, "address": {"https://gateway.bank.example/hook"}, "name": {"phone"}}).Want(http.StatusOK)
	if secret := page.One("#secret").One(".code").Text(); len(secret) < 16 {
		t.Errorf("secret %q", secret)
	}
	d.Get(d.Ana, "/me/contacts").None("#secret")
	d.Post(d.Ana, "/me/contacts/phone/new-secret", nil).Want(http.StatusOK).One("#secret").WantText("Secret of phone")
}

func TestRulesAreWrittenAsPeopleThink(t *testing.T) {
	d := open(t)
	d.Post(d.Root, "/people/ana/contacts", url.Values{"channel": {"webhook"}, "address": {"https://gateway.bank.example/hook"}, "name": {"phone"}, "vouch": {"true"}})
	page := d.Get(d.Ana, "/me/contacts")
	page.One("#rules-high").WantText("every verified way at once")
	form := url.Values{"high-mail": {"0"}, "high-phone": {"1m, 10"}, "low-mail": {"5m"}}
	d.Post(d.Ana, "/me/contacts/rules", form).WantGone("/me/contacts")
	page = d.Get(d.Ana, "/me/contacts")
	page.One("#rules-high").WantText("mail at once; phone after 1 min; phone after 10 min")
	page.One("#rules-low").WantText("mail after 5 min")
	page.One("#f-high-phone").WantAttr("value", "1m, 10m")
	form.Set("high-mail", "soon")
	page = d.Post(d.Ana, "/me/contacts/rules", form).Want(http.StatusUnprocessableEntity)
	page.One("#f-high-mail-error").WantText("must be a time such as")
	page.One("#f-high-mail").WantAttr("value", "soon")
}

func TestContactsOfOthersAreForManagersToSeeAndAdminsToChange(t *testing.T) {
	d := open(t)
	d.Get(d.Sam, "/people/ana/contacts").Want(http.StatusOK).None("#add-method")
	d.Get(d.Ben, "/people/ana/contacts").Want(http.StatusForbidden)
	d.Post(d.Sam, "/people/ana/contacts", url.Values{"channel": {"mail"}, "address": {"x@bank.example"}}).Want(http.StatusForbidden)
	d.Get(d.Root, "/people/ana/contacts").Want(http.StatusOK).One("#add-method").WantText("I vouch for this address")
	d.Get(d.Ana, "/me/contacts").One("#add-method").WantNoText("I vouch")
}

func TestTokenIsShownOnceAndRevoked(t *testing.T) {
	d := open(t)
	page := d.Post(d.Ana, "/me/tokens", url.Values{"name": {"pipeline"}, "role": {"first-line"}, "days": {"30"}, "scopes": {"alert.send, incident.*"}}).Want(http.StatusOK)
	plain := page.One("#fresh-token").All("code")[0].Text()
	by, err := d.Rooms.People.AuthenticateToken(t.Context(), plain)
	if err != nil || by.ID != d.Ana.ID || len(by.Scopes) != 2 {
		t.Fatalf("%+v, %v", by, err)
	}
	page = d.Get(d.Ana, "/me/access")
	page.None("#fresh-token")
	page.One("#tokens").WantText("pipeline", "only alert.send, incident.*")
	tokens, err := d.Rooms.People.ListTokens(t.Context(), d.Ana, domain.TokenFilter{}, pageAll)
	if err != nil || len(tokens.Items) != 1 || !tokens.Items[0].Expires.Equal(d.Clock.Now().AddDate(0, 0, 30)) {
		t.Fatalf("%+v, %v", tokens.Items, err)
	}
	d.Post(d.Ben, "/me/tokens/"+string(tokens.Items[0].ID)+"/revoke", nil).Want(http.StatusForbidden)
	d.Post(d.Ana, "/me/tokens/"+string(tokens.Items[0].ID)+"/revoke", nil).WantGone("/me/access")
	if _, err := d.Rooms.People.AuthenticateToken(t.Context(), plain); !errs.Is(err, errs.Unauthenticated) {
		t.Errorf("a revoked token lets in: %v", err)
	}
	for _, days := range []string{"", "-5", "soon", "00", "1000000"} { // none of them is never
		d.Post(d.Ana, "/me/tokens", url.Values{"name": {"x"}, "role": {"first-line"}, "days": {days}}).Want(http.StatusUnprocessableEntity).
			One("#f-expires-error").WantText("must be")
	}
	page = d.Post(d.Ana, "/me/tokens", url.Values{"role": {"admin"}}).Want(http.StatusUnprocessableEntity)
	page.One("#f-name-error").WantText("is required")
	page.One("#f-role-error").WantText("no more than")
}

func TestSessionsCanBeEnded(t *testing.T) {
	d := open(t)
	code, err := d.Rooms.People.PasswordCode(t.Context(), d.Root, "ana")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Rooms.People.SetPassword(t.Context(), code, "gallery lantern tuesday"); err != nil {
		t.Fatal(err)
	}
	s, err := d.Rooms.People.Login(t.Context(), "ana", "gallery lantern tuesday", "192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	d.Get(d.Ana, "/me/access").One("#sessions").WantText("192.0.2.7")
	d.Post(d.Ben, "/me/sessions/"+string(s.ID)+"/end", nil).Want(http.StatusNotFound)
	d.Post(d.Ana, "/me/sessions/"+string(s.ID)+"/end", nil).WantGone("/me/access")
	d.Get(d.Ana, "/me/access").One("#sessions").WantText("No sessions")
}

func TestDirectoryTellsWhomToCallLevelByLevel(t *testing.T) {
	d := open(t)
	page := d.Get(d.Vera, "/teams").Want(http.StatusOK)
	page.One("#team-payments-l1").WantText("Payments first line", "Ana Ruiz", "always")
	if got := page.One("#team-payments-l1").One("a[href=tel:+442079460001]").Text(); got != "+44 20 7946 0001" {
		t.Errorf("telephone %q", got)
	}
	page.One("#team-payments-l2").WantText("no roster: 1 member", "nobody")
	d.Get(d.Vera, "/teams?level=L2").One("#teams").WantNoText("Payments first line")
	d.Get(d.Vera, "/teams?q=nothing").One(".notice").WantText("No team found")
}

func TestStaleEntryIsMarkedUntilSomebodySaysThatItIsRight(t *testing.T) {
	d := open(t)
	form := url.Values{"title": {"Payments back line"}, "level": {"L2"}, "members": {"ben"}, "owner": {"sam"}, "contact": {"Telephone 5510"}, "review_by": {"2026-10-01"}}
	d.Post(d.Sam, "/teams/payments-l2/edit", form).WantGone("/teams/payments-l2")
	d.Get(d.Vera, "/teams").One("#team-payments-l2").WantText("Stale", "review by 2026-10-01", "Sam Lee")
	d.Post(d.Vera, "/teams/payments-l2/reviewed", nil).Want(http.StatusForbidden)
	d.Post(d.Sam, "/teams/payments-l2/reviewed", nil).WantGone("/teams/payments-l2")
	d.Get(d.Vera, "/teams").One("#team-payments-l2").WantText("until " + d.Clock.Now().Add(90*24*time.Hour).Format(time.DateOnly))
}

func TestTeamIsAddedChangedAndDeleted(t *testing.T) {
	d := open(t)
	page := d.Post(d.Sam, "/teams/+new", url.Values{"name": {"storage"}, "level": {"L9"}, "members": {"ben"}, "contact": {"line one\r\nline two"}}).
		Want(http.StatusUnprocessableEntity)
	page.One("#f-level-error").WantText("must be one of")
	page.One("#f-contact").WantText("line one line two")
	page.One("input[name=members][value=ben][checked]")
	d.Post(d.Sam, "/teams/+new", url.Values{"name": {"storage"}, "level": {"L3"}, "members": {"ben", "ana"}}).WantGone("/teams/storage")
	d.Post(d.Sam, "/teams/+new", url.Values{"name": {"storage"}, "level": {"L3"}}).Want(http.StatusUnprocessableEntity).One("#f-name-error").WantText("is taken")
	d.Get(d.Vera, "/teams/storage").One("#members").WantText("Ana Ruiz", "On call", "Ben Osei")
	d.Post(d.Sam, "/teams/storage/delete", nil).WantGone("/teams")
	d.Post(d.Sam, "/teams/payments-l1/delete", nil).Want(http.StatusConflict)
}

func TestDisabledMemberStaysInTheFormOfATeam(t *testing.T) {
	d := open(t)
	d.Post(d.Root, "/people/ben/disable", nil)
	d.Get(d.Sam, "/teams/payments-l2/edit").One("input[name=members][value=ben][checked]")
}

func TestAClientBelongsToACustomerWhoExists(t *testing.T) {
	d := open(t)
	form := url.Values{"login": {"ghost"}, "title": {"Ghost"}, "role": {"client"}, "customer": {"nobody"}}
	d.Post(d.Root, "/people/+new", form).Want(http.StatusUnprocessableEntity).One("#f-customer-error").WantText("does not exist")
	form["customer"] = []string{"acme"}
	d.Post(d.Root, "/people/+new", form).WantGone("/people/ghost")
}
