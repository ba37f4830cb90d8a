package format_test

import (
	"strings"
	"testing"
	"time"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/format"
)

// show writes rows as text, the instant first.
func show(rows []signal.Row) string {
	var b strings.Builder
	for _, r := range rows {
		if !r.Time.IsZero() {
			b.WriteString(r.Time.Format(time.RFC3339Nano) + " ")
		}
		for _, f := range r.Fields {
			b.WriteString(f.Name + "=" + f.Value + "|")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestTimes(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2026-07-01T12:00:00Z":                "2026-07-01T12:00:00Z",
		"2026-07-01T12:00:00.123456789+02:00": "2026-07-01T10:00:00.123456789Z",
		"2026-07-01T12:00:00.1234567891234Z":  "2026-07-01T12:00:00.123456789Z",
		"2026-07-01 12:00:00,5 +0200":         "2026-07-01T10:00:00.5Z",
		"2026-07-01 12:00:00 UTC":             "2026-07-01T12:00:00Z",
		"2026/07/01 12:00":                    "2026-07-01T11:00:00Z", // London
		"2026-07-01T12:00:00-07":              "2026-07-01T19:00:00Z",
		"2026-07-01":                          "2026-06-30T23:00:00Z",
		"1593604800":                          "2020-07-01T12:00:00Z",
		"1593604800.25":                       "2020-07-01T12:00:00.25Z",
		"-1.5":                                "1969-12-31T23:59:58.5Z",
		"1593604800123":                       "2020-07-01T12:00:00.123Z",
		"1593604800123.5":                     "2020-07-01T12:00:00.1235Z",
		"1593604800123456":                    "2020-07-01T12:00:00.123456Z",
		"1593604800123456789":                 "2020-07-01T12:00:00.123456789Z",
		"1.5936048e9":                         "2020-07-01T12:00:00Z",
		"Wed, 01 Jul 2020 12:00:00 +0000":     "2020-07-01T12:00:00Z",
		"0":                                   "0001-01-01T00:00:00Z",
		"":                                    "0001-01-01T00:00:00Z",
		"-":                                   "0001-01-01T00:00:00Z",
	} {
		got, err := format.ParseTime(text, london)
		if err != nil || got.Format(time.RFC3339Nano) != want || got.Location() != time.UTC {
			t.Errorf("%q is %s %v, want %s", text, got.Format(time.RFC3339Nano), err, want)
		}
	}
	for _, text := range []string{"soon", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-07-01T24:00:00Z", "2026-07-01T12:00:00Zx",
		"NaN", "Inf", "0x10", "99999999999999999999", "1e300", "1_000", "--1", "1.2.3"} {
		if got, err := format.ParseTime(text, london); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       format.Kind
		want       string
	}{
		{"combined", `203.0.113.7 - ana [10/Oct/2000:13:55:36 -0700] "GET /a%20b?x=1 HTTP/1.0" 200 2326 "http://x/" "Mozilla \"5\""`, format.Access,
			`2000-10-10T20:55:36Z _msg=203.0.113.7 - ana [10/Oct/2000:13:55:36 -0700] "GET /a%20b?x=1 HTTP/1.0" 200 2326 "http://x/" "Mozilla \"5\""|remote_addr=203.0.113.7|remote_user=ana|method=GET|path=/a%20b?x=1|protocol=HTTP/1.0|status=200|bytes=2326|referer=http://x/|user_agent=Mozilla \"5\"|` + "\n"},
		{"common", `::1 - - [10/Oct/2000:13:55:36 +0000] "-" 408 -`, format.Access,
			`2000-10-10T13:55:36Z _msg=::1 - - [10/Oct/2000:13:55:36 +0000] "-" 408 -|remote_addr=::1|status=408|` + "\n"},
		{"RFC 3164 §5.4", `<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8`, format.Syslog3164,
			"2026-10-11T22:14:15Z priority=34|facility_keyword=auth|level=fatal|facility=4|severity=2|format=rfc3164|host=mymachine|app_name=su|_msg='su root' failed for lonvick on /dev/pts/8|\n"},
		{"rsyslog's own files", "2026-11-20T10:00:00.123456+01:00 web-1 sshd[42]: Accepted publickey", format.Syslog3164,
			"2026-11-20T09:00:00.123456Z format=rfc3164|host=web-1|app_name=sshd|proc_id=42|_msg=Accepted publickey|\n"},
		{"what only looks like it", "2026-11-20T10:00:00Z INFO main: ready", format.Timestamped, "2026-11-20T10:00:00Z _msg=2026-11-20T10:00:00Z INFO main: ready|level=info|\n"},
		{"RFC 5424 §6.5", `<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - ` + "\ufeff" + `'su root' failed for lonvick on /dev/pts/8`, format.Syslog5424,
			"2003-10-11T22:14:15.003Z priority=34|facility_keyword=auth|level=fatal|facility=4|severity=2|format=rfc5424|host=mymachine.example.com|app_name=su|msg_id=ID47|_msg='su root' failed for lonvick on /dev/pts/8|\n"},
		{"RFC 5424 with two elements and no message", `<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 app 8710 - [a@1 ip="1" ip="2"][b@1 x="\"\\\]"][c]`, format.Syslog5424,
			"2003-08-24T12:14:15.000003Z priority=165|facility_keyword=local4|level=info|facility=20|severity=5|format=rfc5424|host=192.0.2.1|app_name=app|proc_id=8710|a@1.ip=1|a@1.ip=2|b@1.x=\"\\]|c=|\n"},
		{"logfmt", `time=2026-11-20T10:00:00Z level=WARNING msg="a \"b\"" n=1 empty=`, format.Logfmt,
			"2026-11-20T10:00:00Z level=warn|_msg=a \"b\"|n=1|empty=|\n"},
		{"JSON", `{"ts":1593604800.5,"severity":"ERROR","message":"x","a":{"b":[1]}}`, format.JSON,
			"2020-07-01T12:00:00.5Z severity=ERROR|_msg=x|a.b=[1]|level=error|\n"},
		{"log4j", "[2016-12-19 16:31:46,143] INFO KafkaConfig values: (kafka.server.KafkaConfig)", format.Timestamped,
			"2016-12-19T16:31:46.143Z _msg=[2016-12-19 16:31:46,143] INFO KafkaConfig values: (kafka.server.KafkaConfig)|level=info|logger=kafka.server.KafkaConfig|\n"},
		{"Go", "2026/11/20 10:00:00 listening on :80", format.Timestamped, "2026-11-20T10:00:00Z _msg=2026/11/20 10:00:00 listening on :80|\n"},
		{"Spring", "2026-11-20T10:00:00.000Z  WARN 1 --- [main] c.e.App : slow", format.Timestamped,
			"2026-11-20T10:00:00Z _msg=2026-11-20T10:00:00.000Z  WARN 1 --- [main] c.e.App : slow|level=warn|\n"},
		{"Apache's errors", "[Wed Oct 11 14:32:52.123456 2000] [core:error] [pid 1] x", format.Timestamped,
			"2000-10-11T14:32:52.123456Z _msg=[Wed Oct 11 14:32:52.123456 2000] [core:error] [pid 1] x|level=error|\n"},
		{"nginx's errors", "2026/11/20 10:00:00 [crit] 1#1: *1 open() failed", format.Timestamped,
			"2026-11-20T10:00:00Z _msg=2026/11/20 10:00:00 [crit] 1#1: *1 open() failed|level=fatal|\n"},
		{"Tomcat", "20-Nov-2026 10:00:00.250 SEVERE [main] x", format.Timestamped, "2026-11-20T10:00:00.25Z _msg=20-Nov-2026 10:00:00.250 SEVERE [main] x|level=error|\n"},
		{"the level first", "ERROR 2026-11-20 10:00:00 x", format.Timestamped, "2026-11-20T10:00:00Z _msg=ERROR 2026-11-20 10:00:00 x|level=error|\n"},
		{"an error that is only spoken of", "2026-11-20 10:00:00 there was no error", format.Timestamped, "2026-11-20T10:00:00Z _msg=2026-11-20 10:00:00 there was no error|\n"},
		{"plain", "hello", format.Plain, "_msg=hello|\n"},
		{"a digit after the date", "2026-11-20 10:00:001 x", format.Plain, "_msg=2026-11-20 10:00:001 x|\n"},
		{"nothing", "", format.Plain, ""},
		{"NUL and invalid UTF-8", "a\x00\xff", format.Plain, "_msg=a\x00\xff|\n"},
	} {
		rows, kind := parse(t, format.Options{Now: now}, strings.Split(c.text, "\n")...)
		if got := show(rows); kind != c.kind || got != c.want {
			t.Errorf("%s is taken for %s\ngot  %s\nwant %s", c.name, kind, got, c.want)
		}
	}
}

func TestTheYearThatIsMissingIsTheLastThatIsNotAhead(t *testing.T) {
	at := func(s string) time.Time { v, _ := time.Parse(time.RFC3339, s); return v }
	for _, c := range []struct{ now, line, want string }{
		{"2026-11-21T09:00:00Z", "Nov 20 10:00:00 h a: x", "2026-11-20T10:00:00Z"},
		{"2026-11-21T09:00:00Z", "Mar 27 13:06:56 h a: x", "2026-03-27T13:06:56Z"},
		{"2026-01-01T00:00:30Z", "Dec 31 23:59:59 h a: x", "2025-12-31T23:59:59Z"},
		{"2026-12-31T23:59:50Z", "Jan  1 00:00:05 h a: x", "2027-01-01T00:00:05Z"},
		{"2026-03-01T00:00:00Z", "Feb 29 12:00:00 h a: x", "2024-02-29T12:00:00Z"},
		{"2026-11-21T09:00:00Z", "Nov 20 2019 10:00:00 h a: x", "2019-11-20T10:00:00Z"},
	} {
		rows, _ := parse(t, format.Options{Now: at(c.now)}, c.line)
		if got := rows[0].Time.Format(time.RFC3339); got != c.want {
			t.Errorf("%q at %s is %s, want %s", c.line, c.now, got, c.want)
		}
	}
}

func TestWhatBelongsTogetherIsOneRecord(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       format.Kind
		records    int
	}{
		{"a Java trace", "2026-11-20 10:00:00 ERROR x\njava.io.IOException: gone\n\tat a.b(C.java:1)\n\nCaused by: y\n\tat d\n2026-11-20 10:00:01 INFO z", format.Timestamped, 2},
		{"a Java trace in logfmt", "level=error msg=x\n\tat a.b(C.java:1)\nCaused by: y\nlevel=info msg=z", format.Logfmt, 2},
		{"a Python trace in plain text", "start\nTraceback (most recent call last):\n  File \"a.py\", line 1\nValueError: x\nnext", format.Plain, 2},
		{"a trace after JSON", "{\"message\":\"x\",\"level\":\"error\"}\n  at y\n{\"message\":\"z\"}", format.JSON, 2},
		{"access lines are never joined", `1.1.1.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1` + "\n  odd\n" + `1.1.1.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1`, format.Access, 3},
		{"syslog of several lines", "Nov 20 10:00:00 h a: x\n  y\nz\nNov 20 10:00:01 h a: w", format.Syslog3164, 2},
		{"many lines", "2026-11-20 10:00:00 x" + strings.Repeat("\n  y", format.MaxLines*2), format.Timestamped, 3},
		{"long lines", "2026-11-20 10:00:00 x" + strings.Repeat("\n  "+strings.Repeat("y", 1<<18), 6), format.Timestamped, 2},
	} {
		rows, kind := parse(t, format.Options{Now: now}, strings.Split(c.text, "\n")...)
		size := 0
		for _, r := range rows {
			size += len(r.Get(signal.Message))
			if n := len(r.Get(signal.Message)); n > format.MaxRecord+64 {
				t.Errorf("%s: a record of %d bytes", c.name, n)
			}
		}
		if kind != c.kind || len(rows) != c.records {
			t.Errorf("%s: %d records of %s, want %d of %s: %.300s", c.name, len(rows), kind, c.records, c.kind, show(rows))
		}
	}
}

func TestOnlyAFormatThatWasAskedForMarks(t *testing.T) {
	text := []string{"a=1 b=2", "plain words"}
	rows, _ := parse(t, format.Options{Now: now}, text...)
	if rows[1].Fault != "" {
		t.Error("marked without being asked:", show(rows))
	}
	rows, _ = parse(t, format.Options{Now: now, Kind: format.Logfmt}, text...)
	if rows[1].Fault == "" || rows[1].Get(signal.Message) != "plain words" {
		t.Error("not marked:", show(rows))
	}
}

func TestZonesCountWhereTheLineHasNone(t *testing.T) {
	york, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"2026-07-01 12:00:00 x":               "2026-07-01T16:00:00Z",
		"2026-01-01 12:00:00 x":               "2026-01-01T17:00:00Z",
		"2026-07-01T12:00:00Z x":              "2026-07-01T12:00:00Z",
		"Nov 20 12:00:00 h a: x":              "2026-11-20T17:00:00Z",
		"[Wed Oct 11 14:32:52 2000] [x] y":    "2000-10-11T18:32:52Z",
		"time=2026-07-01T12:00:00 level=info": "2026-07-01T16:00:00Z",
	} {
		rows, _ := parse(t, format.Options{Now: now, Zone: york}, line)
		if got := rows[0].Time.Format(time.RFC3339); got != want {
			t.Errorf("%q is %s, want %s", line, got, want)
		}
	}
}

// FuzzText holds that no text panics, that no line is lost, and that records are bounded.
func FuzzText(f *testing.F) {
	for _, s := range []string{"[2016-12-19 16:31:46,143] INFO x\n\tat y", `1.1.1.1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 1`,
		"<34>Oct 11 22:14:15 h su[1]: x", "<1>1 - - - - - [a b=\"c\"] x", "a=1 b=\"2\"", `{"a":{"b":1}}`, "Traceback (most recent call last):\n x\ny",
		"[Wed Oct 11 14:32:52.123456 2000] [core:error] x", "20-Nov-2026 10:00:00.250 x", "\x00\xff\n\n"} {
		f.Add(s, "")
		f.Add(s, "timestamped")
	}
	f.Fuzz(func(t *testing.T, text, kind string) {
		k, err := format.Named(kind)
		if err != nil {
			return
		}
		rows, _ := parse(t, format.Options{Kind: k, Now: now}, strings.Split(text, "\n")...)
		if len(rows) > strings.Count(text, "\n")+1 {
			t.Fatal("more records than lines")
		}
		for _, r := range rows {
			if len(r.Fields) == 0 && r.Time.IsZero() && text != "{}" && !strings.Contains(text, "{") {
				t.Fatalf("a record of nothing in %q", text)
			}
		}
		if k != format.Plain {
			return
		}
		all := ""
		for _, r := range rows {
			all += r.Get(signal.Message) + "\n"
		}
		for line := range strings.SplitSeq(text, "\n") {
			if line = strings.TrimSpace(line); line != "" && !strings.Contains(all, line) {
				t.Fatalf("%q is lost of %q", line, text)
			}
		}
	})
}

// FuzzParseTime holds that a time that is read can be written and read again.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-07-01T12:00:00.5+02:00", "1593604800.25", "1e9", "-5", "2026-07-01 12:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := format.ParseTime(s, time.UTC)
		if err != nil || at.IsZero() || at.Year() < 1000 || at.Year() > 9999 {
			return
		}
		again, err := format.ParseTime(at.Format(time.RFC3339Nano), time.UTC)
		if err != nil || !again.Equal(at) {
			t.Fatalf("%q is %s, and that is %s %v", s, at, again, err)
		}
	})
}
