package text_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
	"mainstay/internal/ingest/text"
)

func TestUpload(t *testing.T) {
	for _, c := range []struct{ name, query, body, want string }{
		{"the format is found", "", "2026-11-02 08:00:00 ERROR x\n  at y\n", `{"taken":1,"format":"timestamped"}`},
		{"the format is asked for", "?format=logfmt", "a=1 b=2\nplain\n", `{"taken":2,"format":"logfmt","unparsed":[{"line":2,"error":"not in the format logfmt"}],"unparsed_count":1}`},
		{"nothing", "", "", `{"taken":0,"format":"plain"}`},
		{"an unknown format", "?format=xml", "x", `{"taken":0,"error":"format must be auto, plain, json, logfmt, access, rfc3164, rfc5424 or timestamped, not \"xml\""}`},
		{"an unknown zone", "?zone=Nowhere", "x", `{"taken":0,"error":"zone must be an IANA time zone such as Europe/London, not \"Nowhere\""}`},
	} {
		d := receivetest.Open(t, text.Routes)
		w := d.Post("/insert/text"+c.query, c.body, "Content-Type", "application/x-www-form-urlencoded")
		if got := whereabouts.ReplaceAllString(strings.TrimSpace(w.Body.String()), ""); got != c.want || (w.Code == 200) == strings.Contains(c.want, `0,"error"`) {
			t.Errorf("%s: %d\ngot  %s\nwant %s", c.name, w.Code, got, c.want)
		}
	}
}

// whereabouts is what depends on when a test runs.
var whereabouts = regexp.MustCompile(`,"first":"[^"]+","last":"[^"]+","query":"([^"\\]|\\.)+"`)

func TestAnUploadOfThePastSaysWhereItsLinesAre(t *testing.T) {
	d := receivetest.Open(t, text.Routes)
	w := d.Post("/insert/text?past=true", "2026-11-02T08:00:00Z INFO a\n2026-11-02T08:00:01Z INFO b\n")
	var out receive.Outcome
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	mark := d.Store.Rows()[0].Get(signal.Uploaded)
	want := `_time:[2026-11-02T08:00:00Z, 2026-11-02T08:00:01Z] source:="app" uploaded:="` + mark + `"`
	if out.First != "2026-11-02T08:00:00Z" || out.Last != "2026-11-02T08:00:01Z" || out.Query != want || mark == "" {
		t.Errorf("%+v\nwant %s", out, want)
	}
	if w := d.Post("/insert/text?past=maybe", "x\n"); w.Code != 400 {
		t.Error(w.Code, w.Body)
	}
	d.Post("/insert/text", "x\n")
	if got := d.Store.Rows()[2].Get(signal.Uploaded); got != "" {
		t.Errorf("lines are of the past only when somebody says so, not %q", got)
	}
}

func TestPackedFilesAreTakenAsTheyLieOnTheDisk(t *testing.T) {
	var packed, bomb bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write([]byte("one\ntwo\n"))
	w.Close()
	w = gzip.NewWriter(&bomb)
	w.Write(bytes.Repeat(append(bytes.Repeat([]byte(" "), 1<<20), '\n'), receive.MaxBody>>20))
	w.Close()
	d := receivetest.Open(t, text.Routes)
	if w := d.Post("/insert/text", packed.String()); w.Code != 200 || len(d.Store.Rows()) != 2 {
		t.Error(w.Code, w.Body)
	}
	d.Store.Discard = true
	if w := d.Post("/insert/text", bomb.String()); w.Code != 413 {
		t.Error(w.Code, w.Body)
	}
	if w := d.Post("/insert/text", packed.String()[:15]); w.Code != 400 {
		t.Error(w.Code, w.Body)
	}
}

func TestTheSourceSaysFormatAndZoneWhereTheRequestDoesNot(t *testing.T) {
	d := receivetest.Open(t, text.Routes)
	d.Put(source.Spec{Parse: "rfc3164", Zone: "America/New_York"})
	d.Post("/insert/text", "Nov  1 12:00:00 h app: x\n")
	d.Post("/insert/text?zone=UTC&format=plain", "Nov  1 12:00:00 h app: x\n")
	want := "2026-11-01T17:00:00Z format=rfc3164|host=h|app_name=app|_msg=x|\n_msg=Nov  1 12:00:00 h app: x|\n"
	if got := receivetest.Texts(d.Store.Rows()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var o receive.Outcome
	if err := json.Unmarshal(d.Post("/insert/text", "x", "Authorization", "").Body.Bytes(), &o); err != nil || o.Error == "" {
		t.Error(o, err)
	}
}
