package followup_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	followups "mainstay/internal/domain/followup"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/followup"
	"mainstay/internal/web/pagetest"
)

// desk is a site with two people on it.
type desk struct {
	*pagetest.Site
	rooms    *followups.Service
	ana, ben actor.Actor
	clock    *clock.Fake
}

func newDesk(t *testing.T) desk {
	t.Helper()
	c := clock.NewFake(dbtest.Start)
	d := dbtest.Open(t, dbtest.URL(t, "sqlite"), c)
	users := people.New(people.Config{DB: d})
	out := desk{rooms: followups.New(followups.Config{DB: d}), clock: c}
	for login, who := range map[string]*actor.Actor{"ana": &out.ana, "ben": &out.ben} {
		if _, err := users.ApplyUser(t.Context(), actor.Mainstay, login, people.UserSpec{Role: actor.FirstLine}); err != nil {
			t.Fatal(err)
		}
		u, err := users.User(t.Context(), actor.Mainstay, login)
		if err != nil {
			t.Fatal(err)
		}
		*who = u.Actor()
	}
	origin := ledger.Record{Kind: "incident", ID: "7"}
	out.Site = pagetest.New(t, c, followup.Routes(followup.Config{
		FollowUps: out.rooms, People: users, Clock: c,
		Origin: func(_ context.Context, _ actor.Actor, r ledger.Record) (string, string) {
			if r == origin {
				return "INC-7", "/incidents/INC-7"
			}
			return "", ""
		},
		Incident: func(_ context.Context, _ actor.Actor, key string) (ledger.Record, error) {
			if key != "INC-7" {
				return ledger.Record{}, errs.NotFoundf("there is no incident %s", key)
			}
			return origin, nil
		},
	})...)
	return out
}

func (d desk) add(t *testing.T, title, owner string, due time.Duration) followups.FollowUp {
	t.Helper()
	f, err := d.rooms.Create(t.Context(), d.ana, followups.In{Title: title, Owner: owner, Due: d.clock.Now().Add(due)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestListShowsMineFirstAndWhatIsOverdue(t *testing.T) {
	d := newDesk(t)
	d.add(t, "Renew the certificate", "ana", -time.Hour)
	d.add(t, "Raise the queue limit", "ben", time.Hour)
	mine := d.Get(d.ana, "/follow-ups").Want(http.StatusOK)
	mine.One("#follow-ups").WantText("Renew the certificate", "Overdue")
	mine.One("#follow-ups").WantNoText("Raise the queue limit")
	mine.One(".tabs").WantText("Mine 1", "Everybody's 2", "Overdue 1")
	d.Get(d.ana, "/follow-ups?view=open").One("#follow-ups").WantText("Renew the certificate", "Raise the queue limit")
	d.Get(d.ana, "/follow-ups?view=done").Want(http.StatusOK).One(".notice").WantText("None yet")
	d.Get(d.ana, "/follow-ups?view=nonsense").Want(http.StatusUnprocessableEntity)
}

func TestNewFollowUpOfAnIncidentLeadsBackToIt(t *testing.T) {
	d := newDesk(t)
	form := d.Get(d.ana, "/follow-ups/+new?incident=INC-7").Want(http.StatusOK)
	form.One("input[name=incident]").WantAttr("value", "INC-7")
	form.One("#f-due").WantAttr("value", "2026-11-09")
	d.Post(d.ana, "/follow-ups/+new", url.Values{"title": {"Raise the limit"}, "owner": {"ben"}, "due": {"2026-11-09"}, "incident": {"INC-7"}}).
		WantGone("/incidents/INC-7")
	d.Get(d.ben, "/follow-ups").One("#follow-ups").WantText("Raise the limit", "INC-7")
}

func TestRefusedFollowUpKeepsWhatWasTyped(t *testing.T) {
	d := newDesk(t)
	page := d.Post(d.ana, "/follow-ups/+new", url.Values{"title": {"Raise the limit"}, "note": {"as agreed\r\nwith Ben"}}).Want(http.StatusUnprocessableEntity)
	page.One("#f-title").WantAttr("value", "Raise the limit")
	page.One("#f-note").WantText("as agreed with Ben")
	page.One("#f-owner-error").WantText("is required")
	page.One("#f-due-error").WantText("is required")
}

func TestFollowUpIsDoneGivenUpAndOpenedAgain(t *testing.T) {
	d := newDesk(t)
	f := d.add(t, "Renew the certificate", "ana", time.Hour)
	at := "/follow-ups/" + string(f.ID)
	d.Post(d.ana, at+"/complete", url.Values{"back": {"/follow-ups?view=open"}}).WantGone("/follow-ups?view=open")
	d.Get(d.ana, at).One(".strip").WantText("Done")
	d.Post(d.ana, at+"/complete", nil).Want(http.StatusConflict)
	d.Post(d.ana, at+"/reopen", nil).WantGone(at)
	d.Post(d.ana, at+"/drop", nil).Want(http.StatusUnprocessableEntity).One("#drop-form").WantText("is required: why it is given up")
	d.Post(d.ana, at+"/drop", url.Values{"note": {"replaced"}, "back": {"https://elsewhere.example/"}}).WantGone("/follow-ups")
}

func TestFollowUpCanBeGivenToSomebodyElse(t *testing.T) {
	d := newDesk(t)
	f := d.add(t, "Renew the certificate", "ana", time.Hour)
	at := "/follow-ups/" + string(f.ID)
	d.Post(d.ana, at, url.Values{"title": {f.Title}, "owner": {"nobody"}, "due": {"2026-12-01"}}).Want(http.StatusUnprocessableEntity).
		One("#follow-up-form").WantText("who does not exist")
	d.Post(d.ana, at, url.Values{"title": {f.Title}, "owner": {"ben"}, "due": {"2026-12-01"}}).WantGone(at)
	d.Get(d.ana, at).One(".strip").WantText("ben", "1 Dec 2026")
}

func TestObserverReadsButDoesNotWrite(t *testing.T) {
	d := newDesk(t)
	f := d.add(t, "Renew the certificate", "ana", time.Hour)
	observer := d.ana
	observer.Role = actor.Observer
	d.Get(observer, "/follow-ups?view=open").Want(http.StatusOK).None("form[method=post]")
	d.Get(observer, "/follow-ups/"+string(f.ID)).Want(http.StatusOK).None("#follow-up-form")
	d.Get(observer, "/follow-ups/+new").Want(http.StatusForbidden)
	d.Post(observer, "/follow-ups/"+string(f.ID)+"/complete", nil).Want(http.StatusForbidden)
}
