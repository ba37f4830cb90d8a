package host_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/host"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	pages "mainstay/internal/web/host"
)

func routes(d *apptest.Desk) []action.Route {
	return pages.Routes(pages.Config{Hosts: d.Rooms.Hosts, Catalogue: d.Rooms.Catalogue})
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// send posts files (path, content, path, content …) as a host.
func send(t *testing.T, d *desktest.Desk, name string, files ...string) {
	t.Helper()
	_, err := d.Rooms.Hosts.Receive(t.Context(), actor.Actor{Kind: actor.Source, ID: "k", Name: "source agents"}, host.Inventory{Host: name, Root: "/opt/pay",
		Taken: d.Clock.Now(), Files: func(yield func(host.File, error) bool) {
			for i := 0; i < len(files); i += 2 {
				if !yield(host.File{Path: files[i], SHA256: sha(files[i+1]), Mode: "-rw-r--r--", Owner: "deploy:deploy", Modified: d.Clock.Now()}, nil) {
					return
				}
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARollIsMadeAndItsPageSaysWhichHostIsOld(t *testing.T) {
	desktest.Each(t, routes, func(t *testing.T, d *desktest.Desk) {
		for _, name := range []string{"web1", "web2", "web3"} {
			send(t, d, name, "lib/pay.jar", "old", "run.sh", "r")
		}
		d.Clock.Advance(time.Hour)
		form := url.Values{"name": {"2026.11.21"}, "root": {"/opt/pay"}, "manifest": {"nonsense"}, "hosts": {"web* batch1"}, "ignore": {"*.pid\ntmp/**"}, "strict": {"true"}, "service": {"payments"}}
		page := d.Post(d.Sam, "/hosts/rolls/+new", form).Want(http.StatusUnprocessableEntity)
		page.WantText("manifest line 1")
		page.One("textarea[name=manifest]").WantText("nonsense")
		page.One("input[name=strict][checked]")
		form.Set("manifest", sha("new")+"  lib/pay.jar\r\n"+sha("r")+" *run.sh\r\n")
		d.Post(d.Ana, "/hosts/rolls/+new", form).Want(http.StatusForbidden)
		d.Post(d.Ben, "/hosts/rolls/+new", form).WantGone("/hosts/rolls/2026.11.21") // back line of payments
		d.Clock.Advance(time.Minute)
		send(t, d, "web1", "lib/pay.jar", "new", "run.sh", "r", "x.pid", "1")
		send(t, d, "web3", "lib/pay.jar", "new", "run.sh", "r", "notes.txt", "1")
		page = d.Get(d.Ana, "/hosts/rolls/2026.11.21").Want(http.StatusOK)
		page.One("#sentence").WantText("1 of 4 hosts still has the old file: web2, lib/pay.jar", "1 has files that do not belong to it, 1 is silent, 1 has release 2026.11.21")
		page.One("#standing-batch1").WantText("Never heard of")
		page.One("#standing-web1").WantText("Up to date")
		page.One("#standing-web2").WantText("Old files", "lib/pay.jar", "by deploy:deploy")
		page.One("#standing-web3").WantText("Extra files", "notes.txt")
		page.One("#files-across").WantText("lib/pay.jar", "old: web2")
		page.One("#roll").WantAttr("data-live", "hosts rolls")
		page.None("[data-open-dialog=delete]")
		d.Get(d.Ana, "/hosts/rolls/2026.11.21?state=old").One("#standings").WantNoText("web1")
		d.Get(d.Ana, "/hosts/rolls").One("[id=roll-2026.11.21]").WantText("1 of 4 hosts still has the old file")
		d.Post(d.Ben, "/hosts/rolls/+new", form).Want(http.StatusConflict)
		d.Post(d.Ana, "/hosts/rolls/2026.11.21/delete", nil).Want(http.StatusForbidden)
		d.Post(d.Ben, "/hosts/rolls/2026.11.21/delete", nil).WantGone("/hosts/rolls")
		d.Get(d.Ana, "/hosts/rolls/2026.11.21").Want(http.StatusNotFound)
	})
}

func TestAHostShowsItsChangesAndFiles(t *testing.T) {
	d := desktest.Open(t, routes)
	d.Get(d.Ana, "/hosts").WantText("No hosts yet")
	send(t, d, "web1", "lib/pay.jar", "old", "gone", "x")
	d.Clock.Advance(time.Hour)
	send(t, d, "web1", "lib/pay.jar", "new", "lib/more.jar", "m")
	d.Get(d.Ana, "/hosts").One("#host-web1").WantText("Heard", "/opt/pay", "3")
	page := d.Get(d.Ana, "/hosts/web1").Want(http.StatusOK)
	page.One("#changes").WantText("Deleted", "gone", "Changed", "lib/pay.jar", "deploy:deploy", sha("old")[:12], "Created", "lib/more.jar")
	page.One("#roots").WantText("/opt/pay", "source agents")
	files := d.Get(d.Ana, "/hosts/web1?view=files&q=PAY").One("#files")
	files.WantText("lib/pay.jar", sha("new")[:12])
	files.WantNoText("more.jar")
	if to := d.Get(d.Sam, "/hosts/web1").One("a[data-shortcut=l]").Attr("href"); !strings.Contains(to, url.QueryEscape(`host:="web1"`)) {
		t.Errorf("the log lines are at %s", to)
	}
	d.Get(d.Acme, "/hosts").Want(http.StatusForbidden)
	d.Post(d.Ana, "/hosts/web1/forget", nil).Want(http.StatusForbidden)
	d.Post(d.Sam, "/hosts/web1/forget", nil).WantGone("/hosts")
	d.Get(d.Ana, "/hosts/web1").Want(http.StatusNotFound)
}

func TestASilentHostIsUnknownAndStandsFirst(t *testing.T) {
	d := desktest.Open(t, routes)
	send(t, d, "zzz", "a", "1")
	d.Clock.Advance(48 * time.Hour)
	send(t, d, "aaa", "a", "1")
	page := d.Get(d.Ana, "/hosts")
	page.WantText("1 host has been silent for more than a day")
	rows := page.All("[data-row]")
	if len(rows) != 2 || rows[0].Attr("id") != "host-zzz" {
		t.Fatalf("%d rows, the first is %s", len(rows), rows[0].Attr("id"))
	}
	rows[0].WantText("Silent")
	rows[0].WantNoText("Heard")
}

func TestNamesOfFilesAreTextAndNothingElse(t *testing.T) {
	d := desktest.Open(t, routes)
	send(t, d, "web1", "<script>alert(1)</script>", "x")
	page := d.Get(d.Ana, "/hosts/web1?view=files")
	page.None("script[src=x]")
	page.One("#files").WantText("<script>alert(1)</script>")
}
