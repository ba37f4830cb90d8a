package receive_test

import (
	"bytes"
	"compress/flate"
	"io"
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

func open(t *testing.T, target string) (*receivetest.Desk, *receive.Delivery) {
	t.Helper()
	d := receivetest.Open(t, nil)
	r := httptest.NewRequest("POST", target, nil)
	r.Header.Set("Authorization", "Bearer "+d.Key)
	in, err := d.Open(r, receive.Ways{})
	if err != nil {
		t.Fatal(err)
	}
	return d, in
}

func row(pairs ...string) (r signal.Row) {
	for i := 0; i < len(pairs); i += 2 {
		r.Fields = append(r.Fields, signal.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return r
}

func TestRowsAreStoredInPieces(t *testing.T) {
	d, in := open(t, "/")
	for range receive.MaxRows + 1 {
		if err := in.Add(row("_msg", "x")); err != nil {
			t.Fatal(err)
		}
	}
	if in.Stored != receive.MaxRows || in.Waiting() != 1 || d.Store.Calls() != 1 {
		t.Error(in.Stored, in.Waiting())
	}
	if err := in.Add(row("_msg", strings.Repeat("x", receive.MaxBytes))); err != nil || in.Waiting() != 0 || d.Store.Calls() != 2 {
		t.Error(in.Waiting(), err)
	}
	if err := in.Add(signal.Row{}); err != nil || in.Waiting() != 0 {
		t.Error("a row of nothing waits")
	}
}

func TestARowIsMadeSoundWhateverRowCameBefore(t *testing.T) {
	d, in := open(t, "/")
	for _, r := range []signal.Row{
		row("_msg", "m", "host", "a"), row("_msg", "m\xff", "host", "a"), row("_msg", "m", "_msg", "n"), row("_msg", "m", "_msg_2", "n"),
		row("_msg", "m", "", "a"), row("_msg", "m", "unnamed", "a"), row("_msg", "m", "", "a"), row("_msg", "m", "ho\xff", "a"), row("_msg", "m", "ho\xff", "a"),
	} {
		if err := in.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Flush(); err != nil {
		t.Fatal(err)
	}
	want := []string{"host", "host", "_msg_2", "_msg_2", "unnamed", "unnamed", "unnamed", "ho\uFFFD", "ho\uFFFD"}
	for i, r := range d.Store.Rows() {
		if got := r.Fields[1].Name; got != want[i] {
			t.Errorf("row %d has %q, not %q", i, got, want[i])
		}
	}
	if got := d.Store.Rows()[1].Get("_msg"); got != "m\uFFFD" {
		t.Errorf("%q", got)
	}
}

func TestNamesAreNotRepeatedHoweverManyThereAre(t *testing.T) {
	for _, n := range []int{3, 200} {
		d, in := open(t, "/")
		r := row("_msg", "m", "a_2", "own")
		for i := range n {
			r.Fields = append(r.Fields, signal.Field{Name: "a", Value: strings.Repeat("v", i+1)})
		}
		if err := in.Add(r); err != nil {
			t.Fatal(err)
		}
		if err := in.Flush(); err != nil {
			t.Fatal(err)
		}
		seen, values := map[string]bool{}, 0
		for _, f := range d.Store.Rows()[0].Fields {
			if seen[f.Name] {
				t.Errorf("%s is there twice", f.Name)
			}
			seen[f.Name] = true
			if strings.HasPrefix(f.Value, "v") {
				values++
			}
		}
		if values != n && n < 100 { // the store packs what are too many
			t.Errorf("%d values of %d are there", values, n)
		}
	}
}

func TestParametersComeInHeadersToo(t *testing.T) {
	r := httptest.NewRequest("POST", "/?_msg_field=a,+b,&AccountID=7", strings.NewReader("_time_field=body"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("VL-Stream-Fields", "host,app")
	r.Header.Set("VL-Msg-Field", "ignored")
	r.Header.Set("VL-Extra-Fields", "a=b")
	p, err := receive.ParamsOf(r)
	if err != nil || strings.Join(p.Message, ";") != "a;b" || strings.Join(p.Stream, ";") != "host;app" || len(p.Time) != 0 || p.Extra[0].Value != "b" {
		t.Errorf("%+v %v", p, err)
	}
}

func TestBodiesInOddForms(t *testing.T) {
	var raw bytes.Buffer
	w, _ := flate.NewWriter(&raw, 9)
	w.Write([]byte("hello"))
	w.Close()
	z, _ := zstd.NewWriter(nil)
	bomb := z.EncodeAll(make([]byte, receive.MaxBody+1), nil)
	for _, c := range []struct {
		coding string
		body   []byte
		want   string
	}{
		{"deflate", raw.Bytes(), "hello"},
		{"GZIP", nil, "error"},
		{"zstd", bomb, "error: http: request body too large"},
		{"zstd", bomb[:len(bomb)-3], "error"},
		{"identity", []byte("x"), "x"},
	} {
		r := httptest.NewRequest("POST", "/", bytes.NewReader(c.body))
		r.Header.Set("Content-Encoding", c.coding)
		var b []byte
		body, err := receive.Body(r, "", receive.MaxBody)
		if err == nil {
			b, err = io.ReadAll(body)
		}
		got := string(b)
		if err != nil {
			got = "error: " + err.Error()
		}
		if !strings.HasPrefix(got, c.want) || len(got) > 200 {
			t.Errorf("%s: %.200s", c.coding, got)
		}
	}
}

func TestLimitsOfBodies(t *testing.T) {
	for path, want := range map[string]int64{receive.JournaldPath: math.MaxInt64, "/insert/jsonline": receive.MaxBody, "/_bulk": receive.MaxBody,
		"/services/collector/raw": receive.MaxBody, "/api/v2/alerts": 0, "/": 0} {
		if got := receive.BodyLimit(path); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
}
