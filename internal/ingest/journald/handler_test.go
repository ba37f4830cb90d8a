package journald_test

import (
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/journald"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

// binaryField is a field with its length, as fields with line feeds are written.
func binaryField(name, value string) string {
	var size [8]byte
	binary.LittleEndian.PutUint64(size[:], uint64(len(value)))
	return name + "\n" + string(size[:]) + value + "\n"
}

const stream = " {_MACHINE_ID,_HOSTNAME,_SYSTEMD_UNIT}\n"

// The format is that of https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-export-format
func TestEntriesBecomeRows(t *testing.T) {
	const first = "__CURSOR=s=6c;i=1\n__REALTIME_TIMESTAMP=1793604000123456\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=b\nPRIORITY=3\n_HOSTNAME=h\n_SYSTEMD_UNIT=ssh.service\nMESSAGE=one\n"
	const firstRow = "2026-11-02T07:20:00.123456Z _BOOT_ID=b|level=error|PRIORITY=3|_HOSTNAME=h|_SYSTEMD_UNIT=ssh.service|_msg=one|host=h|" + stream
	for _, c := range []struct{ name, query, body, want string }{
		{"one", "", first + "\n", firstRow},
		{"without the last empty line", "", first, firstRow},
		{"without the last line feed", "", strings.TrimSuffix(first, "\n"), firstRow},
		{"several", "", first + "\n\n\n" + first + "\n", firstRow + firstRow},
		{"binary values", "", binaryField("MESSAGE", "a\nb\x00=\n") + "A=1=2\n\n", "_msg=a\nb\x00=\n|A=1=2|" + stream},
		{"a value that is empty", "", binaryField("MESSAGE", "") + "A=\nB=1\n\n", "_msg=|A=|B=1|" + stream},
		{"a field twice", "", "MESSAGE=x\nA=1\nA=2\n\n", "_msg=x|A=1|A_2=2|" + stream},
		{"a time that is none", "", "__REALTIME_TIMESTAMP=x\nMESSAGE=y\n\n",
			"__REALTIME_TIMESTAMP=x|_msg=y|parse_error=__REALTIME_TIMESTAMP is not a number of microseconds|" + stream},
		{"parameters", "?_stream_fields=U&_msg_field=M&_time_field=T", "M=m\nT=1793604000000000\nMESSAGE=x\n\n", "2026-11-02T07:20:00Z _msg=m|MESSAGE=x| {U}\n"},
		{"nothing", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := receivetest.Open(t, journald.Routes)
			w := d.Post(receive.JournaldPath+c.query, c.body, "Content-Type", "application/vnd.fdo.journal")
			if got := receivetest.Texts(d.Store.Rows()); w.Code != 200 || got != c.want {
				t.Errorf("%d %s\ngot  %q\nwant %q", w.Code, w.Body, got, c.want)
			}
		})
	}
}

func TestBrokenUploadsSayWhereAndKeepWhatCameBefore(t *testing.T) {
	lie := "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\x7f" + "x"
	for _, c := range []struct{ name, body, says string }{
		{"no field", "MESSAGE=one\n\nnonsense\n", "entry 2"},
		{"a length that is a lie", "MESSAGE=one\n\n" + lie, "entry 2 is larger"},
		{"cut in a value", "MESSAGE=one\n\n" + binaryField("MESSAGE", "long value")[:20], "entry 2 ends in the middle"},
		{"cut in a length", "MESSAGE=one\n\nMESSAGE\n\x01\x00", "entry 2 ends in the middle"},
		{"a value longer than its length", "MESSAGE=one\n\n" + binaryField("MESSAGE", "x")[:16] + "yy\n", "entry 2 field MESSAGE does not end"},
	} {
		d := receivetest.Open(t, journald.Routes)
		w := d.Post(receive.JournaldPath, c.body)
		if w.Code != 400 || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), "first 1 lines") || len(d.Store.Rows()) != 1 {
			t.Errorf("%s: %d %s, %d rows", c.name, w.Code, w.Body, len(d.Store.Rows()))
		}
	}
}

func TestAStreamIsStoredWhileItGoesOn(t *testing.T) {
	d := receivetest.Open(t, journald.Routes)
	server := httptest.NewServer(d.Handler())
	defer server.Close()
	body, in := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+receive.JournaldPath+"?token="+d.Key, body)
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan int, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			answer <- 0
			return
		}
		resp.Body.Close()
		answer <- resp.StatusCode
	}()
	for i, line := range []string{"MESSAGE=one\n\nMESS", "AGE=two\n\n", "MESSAGE=three\n\n"} {
		if _, err := io.WriteString(in, line); err != nil {
			t.Fatal(err)
		}
		if rows := d.Store.Wait(t.Context(), i+1); len(rows) != i+1 {
			t.Fatalf("%d rows while the stream goes on, want %d", len(rows), i+1)
		}
	}
	in.Close()
	if status := <-answer; status != 200 {
		t.Error(status)
	}
	if rows := d.Store.Rows(); rows[1].Get(signal.Message) != "two" {
		t.Error(receivetest.Texts(rows))
	}
}

func TestAStreamEndsWithTheServerAndWhatCameIsStored(t *testing.T) {
	d := receivetest.Open(t, journald.Routes)
	server := httptest.NewServer(d.Handler())
	defer server.Close()
	body, in := io.Pipe()
	defer in.Close()
	go func() {
		io.WriteString(in, "MESSAGE=one\n\n")
		d.Store.Wait(t.Context(), 1)
		d.Stop()
	}()
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+receive.JournaldPath+"?token="+d.Key, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 429 || len(d.Store.Rows()) != 1 {
		t.Error(resp.Status, len(d.Store.Rows()))
	}
}

func TestAStreamEndsWhenLinesCannotBeStored(t *testing.T) {
	d := receivetest.Open(t, journald.Routes)
	d.Store.Refuse = func(int) error { return errs.Unavailablef("full") }
	server := httptest.NewServer(d.Handler())
	defer server.Close()
	body, in := io.Pipe()
	defer in.Close()
	go io.WriteString(in, "MESSAGE=one\n\n") // and no end
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+receive.JournaldPath+"?token="+d.Key, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" {
		t.Error(resp.Status)
	}
}
