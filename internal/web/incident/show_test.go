package incident_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/desktest"
)

const inc = "/incidents/INC-1"

// broken opens INC-1 on payments, severity 1.
func broken(t *testing.T) *desktest.Desk {
	t.Helper()
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical", "component=mq")
	return d
}

func TestHeaderAlwaysShowsWhatMatters(t *testing.T) {
	d := broken(t)
	d.Advance(2 * time.Minute)
	strip := d.Get(d.Ana, inc).One("#incident-head").One(".strip")
	strip.WantText("Severity Sev 1", "Status Open", "For 2 min 00 s", "Who has it Nobody", "Coordinator –",
		"Response clock in 3 min 00 s step 2 of 3: Payments back line",
		"Resolution clock in 28 min 00 s step 1 of 1: L2 back line",
		"Service Payments", "Owner Payments first line")
	strip.One("a[href=/services/payments]")
	strip.One("a[href=/teams/payments-l1]")
}

func TestAffectedCustomersStandOnThePageOfWhoMayReadThem(t *testing.T) {
	d := broken(t)
	d.Get(d.Ana, inc).None("#customers")
	d.Apply(`{kind: Customer, name: acme, title: Acme Corporation, account_owner: cleo, services: [payments], contacts: [{name: Duty desk, role: treasury, telephone: "+44 20 7946 0100", mail: desk@acme.example}]}`)
	card := d.Get(d.Ana, inc).One("#customers")
	card.One("#customer-acme").WantText("Acme Corporation", "account owner Cleo Marsh", "Duty desk", "treasury", "+44 20 7946 0100", "desk@acme.example")
	card.One("a[href=/customers/acme]")
	d.Get(d.Vera, inc).None("#customers")
}

func TestActsAreThoseThatFitTheState(t *testing.T) {
	d := broken(t)
	acts := func(by actor.Actor) string { return d.Get(by, inc).One(".primary-bar").Text() }
	if got := acts(d.Ana); !strings.HasPrefix(got, "Acknowledge") {
		t.Errorf("the first act of an open incident is not to acknowledge: %s", got)
	}
	page := d.Post(d.Ana, inc+"/acknowledge", nil)
	page.WantGone(inc)
	if got := acts(d.Ana); strings.Contains(got, "Acknowledge") || !strings.Contains(got, "Investigate") || strings.Contains(got, "I am on it too") {
		t.Errorf("acts after acknowledging: %s", got)
	}
	if got := acts(d.Ben); !strings.Contains(got, "I am on it too") {
		t.Errorf("another person cannot join: %s", got)
	}
	d.Post(d.Ana, inc+"/investigate", nil).WantGone(inc)
	d.Post(d.Ana, inc+"/restore", url.Values{"reason": {"Channel restarted"}}).WantGone(inc)
	if got := acts(d.Ana); !strings.Contains(got, "Close") || !strings.Contains(got, "Reopen") || strings.Contains(got, "Escalate") || strings.Contains(got, "Call") {
		t.Errorf("acts after restoring: %s", got)
	}
	d.Post(d.Ana, inc+"/close", nil).WantGone(inc)
	d.Post(d.Ana, inc+"/reopen", url.Values{"reason": {"It is back"}}).WantGone(inc)
	timeline := d.Get(d.Ana, inc).One("#timeline")
	timeline.WantText("Ana Ruiz acknowledged", "is investigating", "restored: both clocks ended", "Channel restarted", "closed it", "reopened it", "nobody has it now (it was with Ana Ruiz)", "It is back")
	d.Get(d.Ana, inc).One("#incident-head").WantText("Nobody was Ana Ruiz")
}

func TestOnlyAManagerMayStopAClock(t *testing.T) {
	d := broken(t)
	d.Get(d.Ana, inc).None("#ask-stop-clock")
	d.Post(d.Ana, inc+"/stop-clock", url.Values{"clock": {"response"}, "reason": {"x"}}).Want(http.StatusForbidden)
	d.Get(d.Sam, inc).One("#ask-stop-clock").WantText("Response clock", "Resolution clock")
	page := d.Post(d.Sam, inc+"/stop-clock", url.Values{"clock": {"response"}}).Want(http.StatusUnprocessableEntity)
	dialog := page.One("#ask-stop-clock")
	if !dialog.Has("data-reopen") {
		t.Error("the refused question does not come back open")
	}
	dialog.One(".error-summary").WantText("reason")
	d.Post(d.Sam, inc+"/stop-clock", url.Values{"clock": {"response"}, "reason": {"Planned test"}}).WantGone(inc)
	page = d.Get(d.Sam, inc)
	page.One(".strip").WantText("Response clock Stopped by a person")
	page.One("#timeline").WantText("Sam Lee stopped the response clock", "Planned test")
}

func TestCommentsAreShownAsTheyWereWritten(t *testing.T) {
	d := broken(t)
	d.Get(d.Ana, inc).One("a[data-shortcut=c]").WantAttr("href", "#f-text")
	d.Post(d.Ana, inc+"/comment", url.Values{"text": {"Saw <b>this</b>:\r\nhttps://wiki.example/mq."}}).WantGone(inc)
	entry := d.Get(d.Ana, inc).One("#timeline").One(".prose")
	entry.WantText("Saw <b>this</b>:", "https://wiki.example/mq")
	entry.One("a").WantAttr("href", "https://wiki.example/mq")

	page := d.Post(d.Ana, inc+"/comment", url.Values{"text": {"  "}}).Want(http.StatusUnprocessableEntity)
	page.One("#comment").One(".error-summary").WantText("must not be empty")
}

func TestWhatIsCommentedLaterIsShownWhereItHappened(t *testing.T) {
	d := broken(t)
	d.Advance(42 * time.Minute)
	d.Get(d.Ana, inc).One("#comment").One("input[name=at]").WantAttr("type", "datetime-local")
	d.Post(d.Ana, inc+"/comment", url.Values{"text": {"Bank B telephoned"}, "at": {"2026-11-02T08:57"}}).WantGone(inc)
	first := d.Get(d.Ana, inc+"?order=oldest").All("li.entry")[0]
	first.WantText("commented", "entered later, 09:42 UTC", "Bank B telephoned")
	first.One(".entry-time").WantText("08:57")

	for _, at := range []string{"2026-11-02T09:43", "2026-11-01T08:59", "yesterday"} {
		page := d.Post(d.Ana, inc+"/comment", url.Values{"text": {"Bank B telephoned"}, "at": {at}}).Want(http.StatusUnprocessableEntity)
		page.One("#comment").One(".error-summary").WantText("at")
		if !page.One("#comment").One("details").Has("open") {
			t.Errorf("%s: the refused field is hidden", at)
		}
	}
}

func TestTimelineTellsTheCauseBeforeWhatItCaused(t *testing.T) {
	d := broken(t)
	told := d.Get(d.Ana, inc+"?order=oldest").One("#timeline").Text()
	at := -1
	for _, part := range []string{"raised QueueDepth", "opened INC-1", "paged Payments first line", "is calling Ana Ruiz by mail (a…@bank.example)"} {
		next := strings.Index(told, part)
		if next <= at {
			t.Errorf("%q is not told, or too early: %s", part, told)
		}
		at = next
	}
}

func TestTimelineIsNarrowedAndTurnedByItsAddress(t *testing.T) {
	d := broken(t)
	d.Post(d.Ana, inc+"/comment", url.Values{"text": {"Looking"}}).WantGone(inc)
	whole := d.Get(d.Ana, inc).One("#timeline")
	whole.WantText("commented", "opened INC-1", "delivered a page to Ana Ruiz")
	if first := whole.All("li.entry")[0].Text(); !strings.Contains(first, "commented") {
		t.Errorf("the newest does not come first: %s", first)
	}
	turned := d.Get(d.Ana, inc+"?order=oldest").One("#timeline")
	if first := turned.All("li.entry")[0].Text(); strings.Contains(first, "commented") {
		t.Errorf("the oldest does not come first: %s", first)
	}
	people := d.Get(d.Ana, inc+"?show=people").One("#timeline")
	people.WantText("commented")
	people.WantNoText("opened INC-1", "delivered")
	people.WantAttr("data-live-src", inc+"/timeline?show=people")
	messages := d.Get(d.Ana, inc+"?show=messages").One("#timeline")
	messages.WantText("delivered a page to Ana Ruiz by mail (a…@bank.example)")
	messages.WantNoText("commented", "ana@bank.example")
	d.Get(d.Ana, inc+"?show=system").One("#timeline").WantText("paged Payments first line (response clock, step 1 of 3)")
}

func TestEveryEntryHasAPermalink(t *testing.T) {
	d := broken(t)
	seen := map[string]bool{}
	for _, entry := range d.Get(d.Ana, inc).All("li.entry") {
		id := entry.Attr("id")
		if !strings.HasPrefix(id, "e-") || seen[id] {
			t.Errorf("entry has the id %q", id)
		}
		seen[id] = true
		entry.One("a[href=#" + id + "]")
	}
	if !seen["e-1"] {
		t.Error("the first event of the incident is not #e-1")
	}
}

func TestDeliveryHistoryNamesPersonChannelStateAndReason(t *testing.T) {
	d := open(t)
	d.Peers.Mail.Refuse("ana@bank.example")
	d.Alert("payments", "QueueDepth", "critical")
	messages := d.Get(d.Vera, inc).One("#messages")
	messages.WantText("Ana Ruiz", "Failed", "mail at 09:00 UTC a…@bank.example", "Ben Osei", "Delivered", "mail at 09:00 UTC b…@bank.example")
	messages.WantNoText("/a/", "ana@bank.example")
	d.Get(d.Root, inc).One("#messages").WantText("ana@bank.example")
}

func TestEscalatingGoesToTheNextStepOrToWhomOneChooses(t *testing.T) {
	d := broken(t)
	ask := d.Get(d.Ana, inc).One("#ask-escalate")
	ask.WantText("The next step: Payments back line")
	ask.One("optgroup[label=On call now]").WantText("Ana Ruiz (Payments first line)")
	ask.One("optgroup[label=Teams]").WantText("Payments back line")
	ask.One("optgroup[label=People]").WantText("Sam Lee")
	d.Post(d.Ana, inc+"/escalate", url.Values{"to": {""}, "reason": {"I am alone"}}).WantGone(inc)
	d.Settle()
	d.Get(d.Ana, inc).One("#timeline").WantText("asked for help", "I am alone", "paged Payments back line (response clock, step 2 of 3)")
	d.Post(d.Ana, inc+"/escalate", url.Values{"to": {"person:sam"}, "reason": {"Decide"}}).WantGone(inc)
	d.Get(d.Ana, inc).One("#timeline").WantText("paged Sam Lee, because somebody asked")
	d.Post(d.Ana, inc+"/escalate", url.Values{"to": {"planet:mars"}}).Want(http.StatusUnprocessableEntity).One("#ask-escalate").WantText("choose a person, a team or a roster")
	d.Post(d.Ana, inc+"/escalate", url.Values{"to": {"person:acme"}}).Want(http.StatusConflict)
}

func TestCallSaysWhoIsOnCallAndDials(t *testing.T) {
	d := broken(t)
	call := d.Get(d.Ana, inc).One("#call")
	call.WantText("On call for Payments", "Payments first line", "Ana Ruiz", "Payments back line", "Ben Osei", "Page now")
	if dial := call.All("a[href=tel:+442079460001]"); len(dial) == 0 {
		t.Error("the telephone number of the team cannot be dialled")
	}
	d.Get(d.Vera, inc).One("#call").WantNoText("Page now")
	d.Get(d.Ana, inc+"/call").One("#call-list").WantText("Ana Ruiz")
}

func TestPeopleAreChangedWithoutUndoingOthers(t *testing.T) {
	d := broken(t)
	d.Post(d.Ana, inc+"/take", nil).WantGone(inc)
	// Ben saw an empty form and fills in the coordinator; Ana had taken the incident meanwhile.
	d.Post(d.Ben, inc+"/people", url.Values{"assignee": {""}, "was-assignee": {""}, "coordinator": {"sam"}, "was-coordinator": {""},
		"comms": {""}, "was-comms": {""}, "scribe": {""}, "was-scribe": {""}}).WantGone(inc)
	d.Get(d.Ana, inc).One(".strip").WantText("Who has it Ana Ruiz", "Coordinator Sam Lee")
	page := d.Post(d.Ben, inc+"/people", url.Values{"scribe": {"nobody-like-this"}, "was-scribe": {""}}).Want(http.StatusUnprocessableEntity)
	page.One("#ask-people").One(".error-summary").WantText("login")
}

func TestSnoozePausesPagesForAPresetTime(t *testing.T) {
	d := broken(t)
	d.Post(d.Ana, inc+"/snooze", url.Values{"for": {"2h"}, "reason": {"Waits for the vendor"}}).WantGone(inc)
	page := d.Get(d.Ana, inc)
	page.One(".strip").WantText("Snoozed", "until 11:00 UTC")
	page.One("#timeline").WantText("snoozed it until 2 Nov 11:00 UTC", "Waits for the vendor")
	for _, span := range []string{"", "soon", "-1h", "9000h"} {
		d.Post(d.Ana, inc+"/snooze", url.Values{"for": {span}, "reason": {"x"}}).Want(http.StatusUnprocessableEntity)
	}
	d.Post(d.Ana, inc+"/snooze", url.Values{"for": {"1h"}}).Want(http.StatusUnprocessableEntity).One("#ask-snooze").One("#f-snooze-reason-error").WantText("must not be empty")
}

func TestSeverityTitleLinkAndMerge(t *testing.T) {
	d := broken(t)
	d.Alert("mail", "QueueOld", "warning")
	d.Post(d.Ana, inc+"/severity", url.Values{"severity": {"2"}, "reason": {"Half of it works"}}).WantGone(inc)
	d.Post(d.Ana, inc+"/rename", url.Values{"title": {"Half of the payments are late"}}).WantGone(inc)
	d.Post(d.Ana, inc+"/link", url.Values{"other": {"inc-2"}}).WantGone(inc)
	page := d.Get(d.Ana, inc)
	page.WantText("INC-1 Half of the payments are late")
	page.One("#timeline").WantText("changed the severity from 1 to 2", "Half of it works", "renamed it to", "linked it with INC-2")
	page.One("#linked-INC-2")
	d.Get(d.Ana, "/incidents/INC-2").One("#timeline").WantText("linked it with INC-1")

	d.Post(d.Ana, inc+"/merge", url.Values{"into": {"INC-1"}}).Want(http.StatusUnprocessableEntity).One("#ask-merge").WantText("another incident than INC-1")
	d.Post(d.Ana, "/incidents/INC-2/merge", url.Values{"into": {"INC-1"}}).WantGone("/incidents/INC-2")
	merged := d.Get(d.Ana, "/incidents/INC-2")
	merged.One(".strip").WantText("Merged", "into INC-1")
	merged.One(".primary-bar").WantNoText("Reopen")
	d.Get(d.Ana, inc).WantText("merged another incident into this one")
}

func TestFilesAreAttachedAndDownloaded(t *testing.T) {
	d := broken(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "screen.html")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("<script>alert(1)</script>")); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, inc+"/attach", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	d.Ask(d.Ana, r).WantGone(inc)
	links := d.Get(d.Vera, inc).One("#incident-side").All("a[download]")
	if len(links) != 1 {
		t.Fatalf("%d files are offered, want 1", len(links))
	}
	file := d.Get(d.Vera, links[0].Attr("href")).Want(http.StatusOK)
	if string(file.File) != "<script>alert(1)</script>" {
		t.Errorf("downloaded %q", file.File)
	}
	d.Post(d.Ana, inc+"/attach", nil).Want(http.StatusUnprocessableEntity)
	d.Get(d.Vera, inc+"/files/none").Want(http.StatusNotFound)
}

func TestAddressesOfAnIncidentLeadToItsKey(t *testing.T) {
	d := broken(t)
	d.Get(d.Ana, "/incidents/1").WantGone(inc)
	d.Get(d.Ana, "/incidents/inc-1").WantGone(inc)
	d.Get(d.Ana, "/incidents/INC-9").Want(http.StatusNotFound)
	d.Get(d.Ana, "/incidents/nonsense").Want(http.StatusNotFound)
}

func TestFragmentsAreTheLiveElementsOfThePage(t *testing.T) {
	d := broken(t)
	found := 0
	for _, el := range d.Get(d.Ana, inc).All("[data-live-src]") {
		src := el.Attr("data-live-src")
		if !strings.HasPrefix(src, inc) {
			continue
		}
		found++
		d.Get(d.Ana, src).Want(http.StatusOK).One("#"+el.Attr("id")).WantAttr("data-live-src", src)
	}
	if found != 5 {
		t.Errorf("%d live elements, want the head, the side, the timeline, the call list and what still fires", found)
	}
}

func TestActingOnWhatIsRestoredSaysWhy(t *testing.T) {
	d := broken(t)
	d.Post(d.Ana, inc+"/restore", nil).WantGone(inc)
	page := d.Post(d.Ben, inc+"/acknowledge", nil).Want(http.StatusConflict)
	page.One("[data-problem-kind]").WantText("Cannot acknowledge INC-1, it is restored")
}

func TestEveryRouteNeedsAnActionOfTheMatrix(t *testing.T) {
	d := open(t)
	known := people.Actions()
	for _, r := range routes(d.Desk) {
		ok := false
		for _, a := range known {
			ok = ok || a == r.Needs
		}
		if !ok {
			t.Errorf("%s %s needs %q, which is not in the matrix", r.Method, r.Pattern, r.Needs)
		}
	}
}

func TestLongTimelinesAreShownFromTheirEnd(t *testing.T) {
	d := broken(t)
	for range 310 {
		if _, err := d.Rooms.Incidents.Comment(t.Context(), d.Ana, "INC-1", incident.Comment{Text: "Still looking"}); err != nil {
			t.Fatal(err)
		}
	}
	timeline := d.Get(d.Ana, inc+"?show=people&order=oldest").One("#timeline")
	if n := len(timeline.All("li.entry")); n != 300 {
		t.Errorf("%d entries at once, want 300", n)
	}
	timeline.WantText("10 older entries")
	whole := timeline.One("a[href=" + inc + "?all=1&order=oldest&show=people]").Attr("href")
	if n := len(d.Get(d.Ana, whole).One("#timeline").All("li.entry")); n != 310 {
		t.Errorf("%d entries in all, want 310", n)
	}
}
