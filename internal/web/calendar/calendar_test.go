package calendar_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/web/action"
	"mainstay/internal/web/calendar"
	"mainstay/internal/web/desktest"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	d := desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return calendar.Routes(calendar.Config{Calendars: r.Calendars, Catalogue: r.Catalogue, Escalation: r.Escalation, People: r.People,
			Rosters: r.Rosters, Clock: d.Clock})
	})
	d.Apply(`
kind: Calendar
name: london
title: London business hours
zone: Europe/London
weekly: ["mon-fri 08:00-12:00, 13:00-18:00", "sat 22:00-02:00"]
holidays: [{date: 2026-11-05, name: Bonfire Night}, {date: 2026-01-01, name: New Year}]
half_days: [{date: 2026-11-06, closes: "12:30", name: The day after}]
---
{kind: Service, name: archive, title: Archive, tier: 4, owner: payments-l2, hours: london}
`)
	return d
}

func TestCalendarTellsWhenItOpensAndWhatGoesByIt(t *testing.T) {
	d := open(t) // Monday 2 November 2026, 09:00 in London
	page := d.Get(d.Vera, "/calendars/london").Want(http.StatusOK)
	page.One(".strip").WantText("Open", "closes 12:00 UTC", "Mon 09:00 London")
	page.One("#weekly").WantText("mon-fri 08:00-12:00, 13:00-18:00")
	page.One("#coming").WantText("2026-11-05 Bonfire Night closed", "2026-11-06 The day after closes 12:30")
	page.One("#coming").WantNoText("New Year")
	page.One("#uses").WantText("Archive", "service hours")
	days := page.One("#days")
	days.WantText("Mon 2 Nov 08:00–12:00, 13:00–18:00", "Thu 5 Nov closed Bonfire Night", "Fri 6 Nov 08:00–12:00 The day after",
		"Sat 7 Nov 22:00–24:00", "Sun 8 Nov 00:00–02:00")
	d.Get(d.Vera, "/calendars").One("#calendar-london").WantText("Open", "2026-11-05 Bonfire Night")
	d.Get(d.Vera, "/calendars/none").Want(http.StatusNotFound)
}

func TestDaysOnWhichClocksChangeAreMarked(t *testing.T) {
	d := open(t)
	d.Apply(`{kind: Calendar, name: new-york, zone: America/New_York, always_open: true}`)
	d.Clock.Advance(120 * 24 * time.Hour) // to March
	d.Get(d.Vera, "/calendars/new-york").One("#days").WantText("Sun 14 Mar all day clocks go forward")
}

func TestCalendarIsCheckedDrawnAndSaved(t *testing.T) {
	d := open(t)
	text := "zone: Europe/London\nweekly: [mon-sun 00:00-24:00]\n"
	page := d.Post(d.Sam, "/calendars/+new", url.Values{"name": {"always"}, "spec": {text}, "do": {"check"}}).Want(http.StatusOK)
	page.One("#checked").WantText("all day")
	d.Get(d.Sam, "/calendars/always").Want(http.StatusNotFound)
	d.Post(d.Sam, "/calendars/+new", url.Values{"name": {"always"}, "spec": {text}}).WantGone("/calendars/always")
	d.Post(d.Sam, "/calendars/+new", url.Values{"name": {"always"}, "spec": {text}}).Want(http.StatusUnprocessableEntity).One("#f-name-error").WantText("is taken")
	version := d.Get(d.Sam, "/calendars/always/edit").One("input[name=version]").Attr("value")
	changed := url.Values{"spec": {"title: Always\n" + text}, "version": {version}}
	d.Post(d.Sam, "/calendars/always/edit", changed).WantGone("/calendars/always")
	d.Post(d.Sam, "/calendars/always/edit", changed).Want(http.StatusConflict).One(".error-summary").WantText("changed by somebody else")
	d.Post(d.Sam, "/calendars/always/delete", nil).WantGone("/calendars")
	if gone := d.Post(d.Sam, "/calendars/london/delete", nil).WantGone("/calendars/london"); !strings.Contains(gone.Messages[0].Text, "archive") {
		t.Errorf("messages: %+v", gone.Messages)
	}
}

func TestErrorsOfACalendarNameTheLine(t *testing.T) {
	d := open(t)
	for text, want := range map[string]string{
		"zone: Mars/Base\nweekly: [mon 09:00-10:00]\n":                                 "line 1: zone must be an IANA time zone",
		"zone: Europe/London\nweekly:\n  - someday 09:00-10:00\n":                      "line 3: weekly[0] must start with days",
		"zone: Europe/London\nwekly: []\n":                                             `did you mean "weekly"?`,
		"zone: Europe/London\nholidays: [{date: tomorrow}]\nweekly: [mon 09:00-10:00]": "line 2: holidays[0].date",
	} {
		for _, do := range []string{"check", ""} {
			page := d.Post(d.Sam, "/calendars/london/edit", url.Values{"spec": {text}, "do": {do}}).Want(http.StatusUnprocessableEntity)
			page.One("#f-spec-error").WantText(want)
			page.None("#checked")
		}
	}
	d.Post(d.Ben, "/calendars/london/edit", url.Values{"spec": {"zone: UTC"}}).Want(http.StatusForbidden)
	d.Get(d.Ben, "/calendars/london").None("a[href=/calendars/london/edit]")
}
