package admin_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/config"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/action"
	"mainstay/internal/web/admin"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/pagetest"
)

// system is a server that is well.
func system(d *apptest.Desk) admin.System {
	return admin.System{
		Version: "9.9", Database: "SQLite", Started: d.Clock.Now(),
		Workers: func() []admin.Worker {
			return []admin.Worker{{Name: "timers", LastOK: d.Clock.Now()}, {Name: "seals"}}
		},
		Findings: func() ([]admin.Finding, time.Time) { return nil, d.Clock.Now() },
		Queues:   func(context.Context) (admin.Queues, error) { return admin.Queues{}, nil },
		Head: func(context.Context) (ledger.Seal, error) {
			return ledger.Seal{To: 41, Hash: "c0ffee", At: d.Clock.Now()}, nil
		},
		Verify: func(ctx context.Context) (*ledger.Report, error) { return ledger.Verify(ctx, d.DB) },
		Backup: d.Backup,
	}
}

// open starts a desk whose server is as change makes it.
func open(t *testing.T, change ...func(*admin.System)) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r, s := d.Rooms, system(d)
		for _, f := range change {
			f(&s)
		}
		return admin.Routes(admin.Config{Configuration: r.Config, People: r.People, Contacts: r.Notify, Rosters: r.Rosters,
			Alerts: r.Alerts, Clock: d.Clock, BaseURL: "https://desk.example", System: s})
	})
}

func TestOverviewOfAServerThatIsWellIsQuiet(t *testing.T) {
	d := open(t)
	page := d.Get(d.Root, "/admin").Want(http.StatusOK)
	page.WantText("9.9", "SQLite", "Every promise is kept", "Works", "Not yet", "41:c0ffee", "mainstay backup")
	page.None("#findings")
	page.None(".text-bad")
}

func TestOverviewIsLoudAboutWhatIsWrong(t *testing.T) {
	d := open(t, func(s *admin.System) {
		looked := s.Started
		s.Findings = func() ([]admin.Finding, time.Time) {
			return []admin.Finding{{Invariant: 1, Subject: "INC-7", Text: "has no timer: acknowledge it by hand"},
				{Subject: "timers", Text: "are behind", Late: true}}, looked
		}
		s.Workers = func() []admin.Worker {
			return []admin.Worker{{Name: "messages", LastOK: looked.Add(-time.Hour), Err: "no connection to the database"}}
		}
		s.Queues = func(context.Context) (admin.Queues, error) {
			return admin.Queues{Messages: 5, MessagesOverdue: 2 * time.Minute, Failed: 3, TimersLate: 4, TimersOverdue: time.Hour}, nil
		}
	})
	page := d.Get(d.Root, "/admin").Want(http.StatusOK)
	page.One("#overview").WantText("Broken")
	page.One("#findings").WantText("Promise 1", "INC-7", "acknowledge it by hand", "Late", "nothing is lost")
	page.One("#workers").WantText("Failing", "no connection to the database")
	page.One("a[href=/admin/messages?state=failed].text-bad").WantText("3")
	page.One("a[href=/admin/messages?state=queued]").WantText("5")
	page.One("#queues").WantText("2 min behind", "1 h 00 min behind")
}

func TestUncheckedPromisesAreNotShownAsKept(t *testing.T) {
	d := open(t, func(s *admin.System) {
		s.Findings = func() ([]admin.Finding, time.Time) { return nil, time.Time{} }
	})
	page := d.Get(d.Root, "/admin").Want(http.StatusOK)
	page.WantText("Not checked yet")
	page.WantNoText("Every promise is kept")
}

func TestVerifyingSaysWhetherTheLedgerIsWhole(t *testing.T) {
	d := open(t)
	d.Post(d.Root, "/admin/verify", nil).Want(http.StatusOK).One("#verified").WantText("The ledger is whole")

	d = open(t, func(s *admin.System) {
		s.Verify = func(context.Context) (*ledger.Report, error) {
			return &ledger.Report{Problems: []string{"event 12 was changed"}}, nil
		}
	})
	d.Post(d.Root, "/admin/verify", nil).Want(http.StatusOK).One("#verified").WantText("not whole", "event 12 was changed")
}

func TestAdministrationIsForThoseWhoMay(t *testing.T) {
	d := open(t)
	for _, who := range []actor.Actor{d.Ana, d.Vera, d.Acme} {
		if people.Can(who, people.ConfigApply, people.Target{}) || people.Can(who, people.SystemWrite, people.Target{}) {
			t.Fatalf("%s may change the system", who.Name)
		}
		d.Post(who, "/admin/backup", nil).Want(http.StatusForbidden)
		d.Post(who, "/admin/configuration/apply", nil).Want(http.StatusForbidden)
		d.Post(who, "/admin/configuration/plan", nil).Want(http.StatusForbidden)
	}
}

func TestABackupFromThePageIsWhole(t *testing.T) {
	d := open(t)
	d.Get(d.Root, "/admin").One("#backup-form").One("[name=key]")
	for key, want := range map[string]bool{"true": true, "": false} {
		names := filesOf(t, d.Post(d.Root, "/admin/backup", url.Values{"key": {key}}).Want(http.StatusOK).File)
		if len(names) == 0 || names[len(names)-1] != "manifest.json" || slices.Contains(names, "key") != want {
			t.Errorf("with key=%q the backup holds %q", key, names)
		}
	}
}

// filesOf names the files of a backup in their order; the manifest stands last in a whole one.
func filesOf(t *testing.T, file []byte) (names []string) {
	t.Helper()
	packed, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(packed); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}

func TestABackupThatCannotBeginIsAnError(t *testing.T) {
	d := open(t, func(s *admin.System) {
		s.Backup = func(context.Context, actor.Actor, io.Writer, bool) error { return errors.New("the disk is full") }
	})
	if page := d.Post(d.Root, "/admin/backup", nil).Want(http.StatusInternalServerError); page.File != nil {
		t.Errorf("a file of %d bytes", len(page.File))
	}
	d = open(t, func(s *admin.System) { s.Backup = nil })
	d.Get(d.Root, "/admin").None("#backup-form")
	d.Post(d.Root, "/admin/backup", nil).Want(http.StatusConflict)
}

const tierTwo = "{kind: Service, name: mail, title: Mail, tier: 2, owner: payments-l2}"

func TestAPlanChangesNothingAndItsConfirmationDoesWhatItShowed(t *testing.T) {
	d := open(t)
	form := planned(t, d, tierTwo)
	if got := tier(t, d); got != "3" {
		t.Fatalf("tier %s after a plan", got)
	}
	page := d.Post(d.Root, "/admin/configuration/apply", form).Want(http.StatusOK)
	page.One("#plan").WantText("Applied", "1 changed")
	if got := tier(t, d); got != "2" {
		t.Errorf("tier %s after it was applied", got)
	}
	d.Post(d.Root, "/admin/configuration/plan", url.Values{"text": {tierTwo}}).One("#plan").WantText("No change")
}

func TestWhatHasChangedSinceThePlanIsShownAndNotApplied(t *testing.T) {
	d := open(t)
	form := planned(t, d, tierTwo)
	d.Apply("{kind: Service, name: mail, title: Mail, tier: 4, owner: payments-l2}")
	page := d.Post(d.Root, "/admin/configuration/apply", form).Want(http.StatusConflict)
	page.One("#moved").WantText("Nothing was changed")
	page.One("#changes").WantText("tier", "4", "2")
	if got := tier(t, d); got != "4" {
		t.Fatalf("tier %s: applied though nobody had seen it", got)
	}
	d.Post(d.Root, "/admin/configuration/apply", confirm(page)).Want(http.StatusOK)
	if got := tier(t, d); got != "2" {
		t.Errorf("tier %s after the new plan was confirmed", got)
	}
}

func TestOtherDocumentsThanThePlannedAreNotApplied(t *testing.T) {
	d := open(t)
	form := planned(t, d, tierTwo)
	form.Set("file_text", strings.Replace(tierTwo, "tier: 2", "tier: 1", 1))
	d.Post(d.Root, "/admin/configuration/apply", form).Want(http.StatusConflict)
	if got := tier(t, d); got != "3" {
		t.Errorf("tier %s", got)
	}
}

func TestAnUploadFromWindowsAppliesAsPlanned(t *testing.T) {
	d := open(t)
	page := d.Ask(d.Root, upload(t, "desk.yaml", "kind: Service\r\nname: mail\r\ntitle: Mail\r\ntier: 2\r\nowner: payments-l2\r\n")).Want(http.StatusOK)
	form := confirm(page)
	form.Set("file_text", strings.ReplaceAll(form.Get("file_text"), "\n", "\r\n")) // as browsers send it
	d.Post(d.Root, "/admin/configuration/apply", form).Want(http.StatusOK)
	if got := tier(t, d); got != "2" {
		t.Errorf("tier %s", got)
	}
}

func TestProblemsOfDocumentsNameFileAndLine(t *testing.T) {
	d := open(t)
	page := d.Ask(d.Root, upload(t, "desk.yaml", "kind: Service\nname: mail\ntitle: Mail\ntier: 9\nowner: payments-l2\n")).Want(http.StatusUnprocessableEntity)
	page.One("#upload-form").WantText("desk.yaml:4:7", "tier", "must be 1")
	page.None("#plan")
	d.Post(d.Root, "/admin/configuration/plan", nil).Want(http.StatusUnprocessableEntity).WantText("choose files, or paste documents")
}

func TestTheExportIsWhatAppliesWithoutAChange(t *testing.T) {
	d := open(t)
	file := d.Get(d.Root, "/admin/configuration/export").Want(http.StatusOK).File
	page := d.Post(d.Root, "/admin/configuration/plan", url.Values{"text": {string(file)}}).Want(http.StatusOK)
	page.One("#plan").WantText("No change", "0 created, 0 changed")
	d.Get(d.Root, "/admin/configuration/export?file=none.yaml").Want(http.StatusNotFound)
}

func TestMessagesAreListedByState(t *testing.T) {
	d := open(t)
	d.Peers.Mail.Refuse("ana@bank.example")
	d.Alert("payments", "QueueDepth", "critical")
	d.Advance(time.Minute)
	failed := d.Get(d.Root, "/admin/messages?state=failed").Want(http.StatusOK)
	rows := failed.All("[data-row]")
	if len(rows) == 0 {
		t.Fatalf("no failed message: %.400s", failed.Text())
	}
	for _, row := range rows {
		row.WantText("Ana Ruiz", "Failed", "INC-1")
	}
	for _, row := range d.Get(d.Root, "/admin/messages?state=sent").Want(http.StatusOK).All("[data-row]") {
		row.WantNoText("Failed")
	}
}

// confirm is what the button under a plan sends.
func confirm(page pagetest.Page) url.Values {
	form := url.Values{"plan": {page.One("[name=plan]").Attr("value")}}
	for _, f := range page.All("[name=file_name]") {
		form.Add("file_name", f.Attr("value"))
	}
	for _, f := range page.All("textarea[name=file_text]") {
		form.Add("file_text", f.Raw())
	}
	return form
}

// planned shows what a document would do and returns what its confirmation sends.
func planned(t *testing.T, d *desktest.Desk, text string) url.Values {
	t.Helper()
	page := d.Post(d.Root, "/admin/configuration/plan", url.Values{"text": {text}}).Want(http.StatusOK)
	page.One("#plan").WantText("nothing is changed yet")
	page.One("#changes").WantText("mail", "tier", "3", "2")
	return confirm(page)
}

func upload(t *testing.T, name, text string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("files", name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(part, text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/admin/configuration/plan", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

// tier is the tier of the service mail, as the configuration has it.
func tier(t *testing.T, d *desktest.Desk) string {
	t.Helper()
	files, err := d.Rooms.Config.Export(t.Context(), d.Root)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(config.Join(files), "kind: Service\nname: mail\n")
	_, rest, tiered := strings.Cut(rest, "tier: ")
	if !found || !tiered {
		t.Fatalf("no service mail in %s", config.Join(files))
	}
	return rest[:1]
}
