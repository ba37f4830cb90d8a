package source_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mainstay/internal/apptest"
	"mainstay/internal/domain/source"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, ours)
}

// ours are the routes of this room as the application wires them.
func ours(d *apptest.Desk) (out []action.Route) {
	for _, r := range d.Pages() {
		if strings.HasPrefix(r.Pattern, "/admin/sources") || r.Pattern == "/admin/logs" || r.Pattern == "/logs/upload" {
			out = append(out, r)
		}
	}
	return out
}

func TestASourceIsTriedSavedAndGetsAKey(t *testing.T) {
	d := open(t)
	form := url.Values{"name": {"app"}, "title": {"The app"}, "service": {"payments"}, "daily_limit": {"1MB"},
		"extract": {"- pattern: order=<order> "}, "sample": {"order=7 pan 4111111111111111\r\n"}, "do": {"try"}}
	page := d.Post(d.Sam, "/admin/sources/+new", form).Want(http.StatusOK)
	page.One("#trial").WantText("1 lines, read as plain", "pan [card …1111]", "order=7")
	page.One("#trial").WantNoText("4111111111111111")
	if _, err := d.Rooms.Sources.Source(t.Context(), d.Sam, "app"); err == nil {
		t.Fatal("trying saved it")
	}
	form.Del("do")
	d.Post(d.Sam, "/admin/sources/+new", form).WantGone("/admin/sources/app")
	d.Get(d.Sam, "/admin/sources").Want(http.StatusOK).One("#source-app").WantText("The app", "payments", "Never", "0 % of 1.0 MB")
	page = d.Post(d.Sam, "/admin/sources/app/keys", url.Values{"label": {"agents"}}).Want(http.StatusOK)
	page.One("#fresh-key").WantText("msk_")
	page.One("#send").WantText("Authorization: Bearer msk_", "/insert/jsonline", "/services/collector/event", "/_bulk", "logger --server")
	d.Get(d.Sam, "/admin/sources/app").One("#send").WantText("$KEY")
	keys, err := d.Rooms.Sources.Keys(t.Context(), d.Sam, "app")
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v %v", keys, err)
	}
	d.Post(d.Sam, "/admin/sources/app/keys/"+string(keys[0].ID)+"/revoke", nil).WantGone("/admin/sources/app#keys")
	d.Get(d.Sam, "/admin/sources/app").One("#keys").WantText("Revoked")
	d.Post(d.Sam, "/admin/sources/app/delete", nil).WantGone("/admin/sources")
}

func TestASourceSaysHowLongItsLinesAreKept(t *testing.T) {
	d := open(t)
	d.Get(d.Sam, "/admin/sources").Want(http.StatusOK).One("#sources-live").WantNoText("Kept")
	d.Get(d.Sam, "/admin/sources/+new").Want(http.StatusOK).One("select[name=retention]").WantText("Standard: 90 days", "Long: not on here, kept as standard")
	d.Post(d.Sam, "/admin/sources/+new", url.Values{"name": {"ledger"}, "retention": {"long"}}).WantGone("/admin/sources/ledger")
	d.Get(d.Sam, "/admin/sources").One("#source-ledger").WantText("standard", "long is not on")
	d.Get(d.Sam, "/admin/sources/ledger").One("body").WantText("standard, 90 days", "long is not on here")
	d.Get(d.Sam, "/admin/sources/ledger/edit").One("option[value=long][selected]").WantText("Long")
	d.Post(d.Sam, "/admin/sources/+new", url.Values{"name": {"wrong"}, "retention": {"eternal"}}).Want(http.StatusUnprocessableEntity)
}

func TestWhatIsWrongWithASourceStandsAtItsField(t *testing.T) {
	d := open(t)
	for field, form := range map[string]url.Values{
		"extract":     {"extract": {"- {patern: x}"}},
		"mask":        {"mask": {"- {what: everything}"}},
		"daily_limit": {"daily_limit": {"much"}},
	} {
		form.Set("name", "app")
		form.Set("sample", "x")
		for _, do := range []string{"try", "save"} {
			form.Set("do", do)
			page := d.Post(d.Sam, "/admin/sources/+new", form).Want(http.StatusUnprocessableEntity)
			page.One("#f-" + field + "-error")
		}
	}
}

func TestWhoMayNotChangeASourceSeesNoWayTo(t *testing.T) {
	d := open(t)
	d.Apply("{kind: Source, name: app, service: payments}")
	page := d.Get(d.Ana, "/admin/sources/app").Want(http.StatusOK)
	page.None("#key-form")
	page.None("a[href=/admin/sources/app/edit]")
	d.Get(d.Ana, "/admin/sources/app/edit").Want(http.StatusForbidden)
	d.Get(d.Acme, "/admin/sources").Want(http.StatusForbidden)
	d.Get(d.Ana, "/admin/logs").Want(http.StatusForbidden)
}

func TestLinesAreShownAsReadBeforeTheyAreStored(t *testing.T) {
	d := open(t)
	form := url.Values{"source": {source.Direct}, "text": {"level=info msg=\"password=x\" n=1\r\nlevel=warn msg=b n=2\r\n"}, "do": {"preview"}}
	page := d.Post(d.Sam, "/logs/upload", form).Want(http.StatusOK)
	page.One("#preview").WantText("2 lines", "read as logfmt", "password=[masked]", "n= 2")
	form.Del("do")
	card := d.Post(d.Sam, "/logs/upload", form).Want(http.StatusOK).One("#stored")
	card.WantText("what was pasted: 2 lines stored, read as logfmt.", "no log rule judges them")
	if to := card.One("a").Attr("href"); !strings.Contains(to, "uploaded%3A%3D%22") || !strings.Contains(to, "start=") {
		t.Errorf("the link finds other lines, too: %s", to)
	}
	d.Post(d.Sam, "/logs/upload", url.Values{"source": {source.Direct}}).Want(http.StatusUnprocessableEntity)
	d.Ask(d.Sam, file(t, "app.log", "one\ntwo\n")).Want(http.StatusOK).One("#stored").WantText("app.log: 2 lines stored")
	d.Ask(d.Sam, file(t, "app.gz", "named so, and text")).Want(http.StatusOK).One("#stored").WantText("app.gz: 1 lines stored")
	d.Ask(d.Sam, file(t, "app.log", "\x1f\x8bno gzip")).Want(http.StatusUnprocessableEntity)
	list, err := d.Rooms.Sources.Volume(t.Context(), d.Sam, source.Direct, time.Time{}, time.Time{})
	if err != nil || list[len(list)-1].Lines != 0 || list[len(list)-1].Bytes == 0 {
		t.Errorf("%+v %v", list[len(list)-1], err)
	}
}

// What rotates logs packs them, and how is told by what is in the file.
func TestPackedFilesAreShownAndStoredAsWhatIsInThem(t *testing.T) {
	d := open(t)
	for name, pack := range map[string]func(io.Writer) (io.WriteCloser, error){
		"app.log.1": func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		"app.zst":   func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
	} {
		var packed bytes.Buffer
		w, err := pack(&packed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "level=info msg=first\nlevel=warn msg=second\n"); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		d.Ask(d.Sam, file(t, name, packed.String(), "do", "preview")).Want(http.StatusOK).One("#preview").WantText("2 lines", "read as logfmt", "second")
		d.Ask(d.Sam, file(t, name, packed.String())).Want(http.StatusOK).One("#stored").WantText(name + ": 2 lines stored, read as logfmt.")
	}
}

func file(t *testing.T, name, text string, more ...string) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("source", source.Direct); err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(more); i += 2 {
		if err := w.WriteField(more[i], more[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("files", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/logs/upload", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

func TestTheWayOfTheLinesSaysWhatACrashCouldDo(t *testing.T) {
	d := open(t)
	page := d.Get(d.Root, "/admin/logs").Want(http.StatusOK)
	page.One(".strip").WantText("Down", "of")
	page.One("#crash").WantText("would replay nothing", "No acknowledged line is lost")
	page.One("#reader-forwarder").WantText("None")
}
