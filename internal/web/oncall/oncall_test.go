package oncall_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/oncall"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return oncall.Routes(oncall.Config{Rosters: r.Rosters, People: r.People, Contacts: r.Notify, Clock: d.Clock})
	})
}

// nights is a roster with a gap every afternoon, an intended one every Sunday, and a fallback
// never.
const nights = `
kind: Roster
name: nights
title: Mail at night
zone: Europe/London
team: payments-l2
layers:
  - {name: nights, start: 2026-01-05, handover: "18:00", rotation: daily, slots: [[ana], [ben]], windows: ["mon-sun 18:00-08:00"]}
  - {name: days, start: 2026-01-05, handover: "08:00", rotation: daily, slots: [[ben]], windows: ["mon-sun 08:00-16:00"]}
`

func TestWhoAnswersNowHowToReachThemAndWhoIsNext(t *testing.T) {
	d := open(t)
	page := d.Get(d.Vera, "/oncall").Want(http.StatusOK)
	page.One("#roster-payments-l1").WantText("Payments first line", "Ana Ruiz", "no end in sight")
	page.One("#roster-payments-l1").One("a[href=tel:+442079460001]")
	page.None("#gaps-notice")
	d.Apply(nights)
	page = d.Get(d.Vera, "/oncall")
	page.One("#roster-nights").WantText("Ben Osei", "until 16:00 UTC", "next nobody", "60 gaps")
	page.One("#gaps-notice").WantText("60 gaps in the next 60 days")
	if text := page.One("#duties").Text(); !strings.Contains(text, "Mail at night") {
		t.Error(text)
	}
}

func TestNobodyOnCallIsLoudUnlessItIsPlanned(t *testing.T) {
	d := open(t)
	d.Apply(nights)
	d.Apply(`
kind: Roster
name: developers
zone: UTC
layers: [{start: 2026-01-05, handover: "08:00", rotation: daily, slots: [[]]}]
`)
	d.Until(d.Clock.Now().Add(7*time.Hour + 30*time.Minute)) // 16:30
	page := d.Get(d.Vera, "/oncall")
	page.One("#roster-nights").One(".text-bad").WantText("Nobody")
	page.One("#roster-developers").WantText("Nobody, as planned")
	if text := page.One("#duties").Text(); !strings.HasPrefix(text, "Mail at night") {
		t.Errorf("the roster that needs somebody does not stand first: %s", text)
	}
}

func TestPersonOnCallWhoCannotBePagedIsShownToWhoMayKnow(t *testing.T) {
	d := open(t)
	d.Apply(`{kind: Contacts, name: ana}`)
	d.Get(d.Sam, "/oncall").One("#roster-payments-l1").WantText("Ana Ruiz cannot be paged")
	d.Get(d.Vera, "/oncall").One("#roster-payments-l1").WantNoText("cannot be paged")
}

func TestCalendarDrawsLayersOverridesAndGaps(t *testing.T) {
	d := open(t)
	d.Apply(nights)
	page := d.Get(d.Vera, "/oncall/nights").Want(http.StatusOK)
	page.One("#calendar").WantText("2 Nov – 8 Nov 2026", "On call", "nights daily at 18:00", "days daily at 08:00")
	if n := len(page.One("#calendar").All(".shift-gap")); n != 7 {
		t.Errorf("%d gaps drawn in a week, want 7", n)
	}
	page.One("#agenda").WantText("Mon 2 Nov 08:00–16:00 Ben Osei now", "Mon 2 Nov 16:00–18:00 Nobody")
	page.One("#roster").WantText(`Roster "Mail at night" has nobody on call from 16:00 to 18:00 London, 60 times`)
	page.None("#override-form")
	four := d.Get(d.Vera, "/oncall/nights?weeks=4&from=2026-11-18")
	four.One("#calendar").WantText("16 Nov – 13 Dec 2026")
	if n := len(four.All(".roster-grid")); n != 4 {
		t.Errorf("%d weeks drawn, want 4", n)
	}
	d.Get(d.Vera, "/oncall/none").Want(http.StatusNotFound)
}

func TestDaysOnWhichClocksChangeAreMarkedAndTheirLengthIsTold(t *testing.T) {
	d := open(t)
	d.Apply(nights)
	for from, want := range map[string]string{
		"2026-10-20": "▲ Sun 25: 25 h (Sun 25: clocks go back, the day has 25 h)",
		"2027-03-23": "▲ Sun 28: 23 h (Sun 28: clocks go forward, the day has 23 h)",
	} {
		day := d.Get(d.Vera, "/oncall/nights?from="+from).One(".day-change")
		if got := day.Text() + " (" + day.Attr("title") + ")"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestOverrideIsMadeInTheRostersOwnTimeAndTakenBack(t *testing.T) {
	d := open(t)
	d.Apply(strings.ReplaceAll(nights, "Europe/London", "America/New_York"))
	form := url.Values{"user": {"sam"}, "from": {"2026-11-03T16:00"}, "to": {"2026-11-03T18:00"}, "note": {"fills the gap"}}
	d.Post(d.Ben, "/oncall/nights/overrides", form).WantGone("/oncall/nights?from=2026-11-03")
	page := d.Get(d.Ben, "/oncall/nights?from=2026-11-03")
	page.One("#agenda").WantText("Tue 3 Nov 16:00–18:00 Sam Lee override")
	page.One("#overrides").WantText("Sam Lee", "Tue 3 Nov 16:00–18:00", "fills the gap (Ben Osei)")
	t1, err := d.Rooms.Rosters.Schedule(t.Context(), d.Sam, "nights", time.Date(2026, 11, 3, 21, 30, 0, 0, time.UTC), time.Date(2026, 11, 3, 21, 31, 0, 0, time.UTC))
	if err != nil || t1.Shifts[0].Users()[0] != "sam" {
		t.Fatalf("16:30 in New York is 21:30 UTC: %+v, %v", t1.Shifts, err)
	}
	remove := "/oncall/nights/overrides/" + string(t1.Overrides[0].ID) + "/remove"
	d.Post(d.Ana, remove, nil).Want(http.StatusForbidden)
	d.Post(d.Ben, remove, nil).WantGone("/oncall/nights")
	d.Get(d.Ben, "/oncall/nights").One("#overrides").WantText("None.")
}

func TestRefusedOverrideKeepsWhatWasTyped(t *testing.T) {
	d := open(t)
	page := d.Post(d.Sam, "/oncall/payments-l1/overrides", url.Values{"user": {"nobody"}, "from": {"soon"}, "to": {"2026-11-03T18:00"}, "note": {"swap"}}).
		Want(http.StatusUnprocessableEntity)
	page.One("#f-from-error").WantText("must be a date and time")
	page.One("#f-note").WantAttr("value", "swap")
	page = d.Post(d.Sam, "/oncall/payments-l1/overrides", url.Values{"user": {"nobody"}, "from": {"2026-11-03T19:00"}, "to": {"2026-11-03T18:00"}}).
		Want(http.StatusUnprocessableEntity)
	page.One("#f-to-error").WantText("must be after from")
	page.One("#f-from").WantAttr("value", "2026-11-03T19:00")
	d.Post(d.Vera, "/oncall/payments-l1/overrides", nil).Want(http.StatusForbidden)
	d.Post(d.Ben, "/oncall/payments-l1/overrides", url.Values{"user": {"ben"}, "from": {"2026-11-03T10:00"}, "to": {"2026-11-03T18:00"}}).Want(http.StatusForbidden)
}

func TestShiftLeadsToTheFormFilledIn(t *testing.T) {
	d := open(t)
	d.Apply(nights)
	gaps := d.Get(d.Ben, "/oncall/+gaps").Want(http.StatusOK)
	card := gaps.One("#nights")
	card.WantText("60 gaps", "Mon 2 Nov 16:00–18:00", "and 46 more")
	fill := card.All("a")
	var link string
	for _, a := range fill {
		if a.Text() == "Fill" && link == "" {
			link = a.Attr("href")
		}
	}
	page := d.Get(d.Ben, strings.TrimSuffix(link, "#override")).Want(http.StatusOK)
	page.One("#f-from").WantAttr("value", "2026-11-02T16:00")
	page.One("#f-to").WantAttr("value", "2026-11-02T18:00")
	gaps.One("#payments-l1").WantText("Covered", "Somebody is on call all the time.")
}

func TestRosterIsCheckedDrawnAndSaved(t *testing.T) {
	d := open(t)
	text := "zone: Europe/London\nteam: payments-l2\nlayers:\n  - {start: 2026-11-02, handover: \"08:00\", rotation: weekly, slots: [[ana], [ben]], windows: [mon-fri 08:00-20:00]}\n"
	page := d.Post(d.Ben, "/oncall/+new", url.Values{"name": {"days"}, "spec": {text}, "do": {"check"}}).Want(http.StatusOK)
	page.One("#checked").WantText("has nobody on call", "ana", "ben")
	if n := len(page.All(".roster-grid")); n != 2 {
		t.Errorf("%d weeks drawn, want 2", n)
	}
	d.Get(d.Ben, "/oncall/days").Want(http.StatusNotFound)
	d.Post(d.Ben, "/oncall/+new", url.Values{"name": {"days"}, "spec": {text}}).WantGone("/oncall/days")
	version := d.Get(d.Ben, "/oncall/days/edit").One("input[name=version]").Attr("value")
	changed := url.Values{"spec": {"title: Days\n" + text}, "version": {version}}
	d.Post(d.Ben, "/oncall/days/edit", changed).WantGone("/oncall/days")
	d.Post(d.Ben, "/oncall/days/edit", changed).Want(http.StatusConflict).One(".error-summary").WantText("changed by somebody else")
	d.Post(d.Ben, "/oncall/days/delete", nil).WantGone("/oncall")
	if gone := d.Post(d.Sam, "/oncall/payments-l1/delete", nil).WantGone("/oncall/payments-l1"); !strings.Contains(gone.Messages[0].Text, "payments") {
		t.Errorf("messages: %+v", gone.Messages)
	}
}

func TestRosterIsWrittenInFieldsWithPeopleThatThereAre(t *testing.T) {
	d := open(t)
	page := d.Get(d.Ben, "/oncall/+new").Want(http.StatusOK)
	page.One("#f-team").One("option[value=payments-l2][selected]")
	page.One("#layer-1").One("option[value=ben][selected]")
	page.None("textarea[name=spec]")
	form := url.Values{"name": {"days"}, "team": {"payments-l2"}, "zone": {"Europe/London"}, "layers": {"2"},
		"layers[0].turns": {"ben", "", "-", "ana+ben"}, "layers[0].rotation": {"custom"}, "layers[0].shift_days": {"4, three"},
		"layers[0].start": {"2026-11-02"}, "layers[0].handover": {"08:00"}, "layers[0].windows": {"mon-fri 08:00-20:00\r\nsat 09:00-12:00"},
		"layers[1].start": {"2026-11-02"}, "layers[1].handover": {"08:00"}, "layers[1].rotation": {"weekly"}, "layers[1].turns": {"", ""}}
	page = d.Post(d.Ben, "/oncall/+new", form).Want(http.StatusUnprocessableEntity)
	page.One("#layer-1-shift_days-error").WantText("must be 1 to 366 days")
	page.One("#layer-1").One("option[value=ana+ben][selected]").WantText("Ana Ruiz and Ben Osei")
	form.Set("layers[0].shift_days", "4, 3")
	form.Set("do", "check")
	d.Post(d.Ben, "/oncall/+new", form).Want(http.StatusOK).One("#checked").WantText("ben")
	form.Set("do", "text")
	d.Post(d.Ben, "/oncall/+new", form).Want(http.StatusOK).One("#f-spec").WantText("slots: [[ben], [], [ana, ben]]")
	form.Del("do")
	d.Post(d.Ben, "/oncall/+new", form).WantGone("/oncall/days")
	e, err := d.Rooms.Rosters.Get(t.Context(), d.Sam, "days")
	if l := e.Spec.Layers; err != nil || len(l) != 1 || len(l[0].Slots) != 3 || len(l[0].Windows) != 2 || len(l[0].ShiftDays) != 2 {
		t.Errorf("%+v, %v", e.Spec, err)
	}
	page = d.Get(d.Ben, "/oncall/days/edit")
	page.One("#layer-1").One("option[value=-][selected]")
	page.One("#layer-1-windows").WantText("mon-fri 08:00-20:00", "sat 09:00-12:00")
	d.Get(d.Ben, "/oncall/days/edit?as=text").One("#f-spec").WantText("shift_days: [4, 3]")
}

func TestErrorsOfARosterNameTheLine(t *testing.T) {
	d := open(t)
	layer := "zone: Europe/London\nlayers:\n  - start: 2026-01-05\n    handover: \"08:00\"\n    rotation: weekly\n    slots: [[%]]\n"
	for text, want := range map[string]string{
		strings.Replace(layer, "%", "nobody", 1):                                                                  `line 6: layers[0].slots[0] names "nobody"`,
		strings.NewReplacer("weekly", "yearly", "%", "ana").Replace(layer):                                        "line 5: layers[0].rotation must be daily",
		"zone: Europe/London\nlayrs: []\n":                                                                        `did you mean "layers"?`,
		"zone: Europe/London\nteam: nobody\n" + strings.SplitN(strings.Replace(layer, "%", "ana", 1), "\n", 2)[1]: "names \"nobody\", which does not exist",
	} {
		page := d.Post(d.Sam, "/oncall/payments-l1/edit", url.Values{"spec": {text}}).Want(http.StatusUnprocessableEntity)
		page.One("#f-spec-error").WantText(want)
		page.One("#f-spec").WantText("zone: Europe/London")
	}
	d.Get(d.Ben, "/oncall/payments-l1/edit").Want(http.StatusForbidden)
	d.Get(d.Ana, "/oncall/+new").Want(http.StatusForbidden)
}

func TestPageOfADayWithoutRosters(t *testing.T) {
	d := desktest.Empty(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return oncall.Routes(oncall.Config{Rosters: r.Rosters, People: r.People, Contacts: r.Notify, Clock: d.Clock})
	})
	root := d.Root
	root.Kind, root.Role = "user", "admin"
	d.Get(root, "/oncall").Want(http.StatusOK).WantText("No rosters yet")
	d.Get(root, "/oncall/+gaps").Want(http.StatusOK).WantText("No rosters")
}
