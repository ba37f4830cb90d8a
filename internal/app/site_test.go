package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/errs"
)

func TestASiteIsNamedOnItsPagesAndInItsMails(t *testing.T) {
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.SiteName, o.Zone = " Alder Bank, test ", "Europe/London" })
	page := string(d.CallAs("", http.MethodGet, "/login", nil).Status(200).Body)
	for _, want := range []string{" · Alder Bank, test · Mainstay</title>", `name="mainstay-site-zone" content="Europe/London"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	d.Apply(bank)
	d.Alert("payments", "QueueDepth", "critical")
	d.Advance(10 * time.Minute)
	mails := d.Peers.Mail.Mails()
	if len(mails) == 0 {
		t.Fatal("no mail")
	}
	for _, m := range mails {
		if !strings.HasSuffix(m.Subject, " · Alder Bank, test") {
			t.Errorf("subject %q", m.Subject)
		}
	}
}

func TestASiteThatCannotBeShownIsRefused(t *testing.T) {
	for path, o := range map[string]app.Options{
		"zone":      {Zone: "Middle/Earth"},
		"site_name": {SiteName: strings.Repeat("n", 41)},
	} {
		o.DataDir = t.TempDir()
		_, err := app.New(t.Context(), o)
		if fields := errs.FieldsOf(err); len(fields) != 1 || fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, zone := range []string{"Local", "local", "/etc/localtime", "../Europe/London"} {
		if _, err := app.New(t.Context(), app.Options{DataDir: t.TempDir(), Zone: zone}); !errs.Is(err, errs.Invalid) {
			t.Errorf("zone %q: %v", zone, err)
		}
	}
}
