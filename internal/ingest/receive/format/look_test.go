package format

import (
	"strings"
	"testing"
	"time"

	"mainstay/internal/engine/signal"
)

func TestTheTextOfALineIsLookedAtAndStaysAsItIs(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, text, has, want string }{
		{"a Java program", "2026-11-21 08:59:58,123 ERROR [main] c.b.Pay - refused\n\tat a.B(C.java:1)", "host=h",
			"2026-11-21T08:59:58.123Z host=h level=error"},
		{"JSON", `{"ts":"2026-11-21T08:59:58Z","level":"warn","msg":"slow","ms":7,"host":"other"}`, "host=h", `2026-11-21T08:59:58Z host=h level=warn message=slow ms=7`},
		{"logfmt", `time=2026-11-21T08:59:58Z level=info msg="one two" order=7`, "", `2026-11-21T08:59:58Z level=info message=one two order=7`},
		{"access", `192.0.2.1 - ann [21/Nov/2026:08:59:58 +0000] "GET /pay HTTP/1.1" 500 12 "-" "curl"`, "",
			"2026-11-21T08:59:58Z remote_addr=192.0.2.1 remote_user=ann method=GET path=/pay protocol=HTTP/1.1 status=500 bytes=12 user_agent=curl"},
		{"a file of syslog", "Nov 21 08:59:58 web-1 sshd[42]: Accepted", "host=h", "2026-11-21T08:59:58Z host=h format=rfc3164 app_name=sshd proc_id=42 message=Accepted"},
		{"a level alone", "WARN something", "", "level=warn"},
		{"nothing", "hello world", "", ""},
		{"what the row has stays", "2026-11-21 08:59:58 ERROR x", "level=info", "2026-11-21T08:59:58Z level=info"},
		{"a number that is no time", "t=5 n=7", "", "n=7"},
		{"the rest of a long line", "2026-11-21 08:59:58 ERROR x", "part=2", "part=2"},
		{"no way to mark oneself", `{"parse_error":"x","time_error":"y","_time":"2026-11-21T08:59:58Z"}`, "", "2026-11-21T08:59:58Z"},
	} {
		row := signal.Row{Fields: []signal.Field{{Name: signal.Message, Value: c.text}}}
		if name, value, ok := strings.Cut(c.has, "="); ok {
			row.Set(name, value)
		}
		l := Looker{Options: Options{Now: now}}
		l.Look(&row)
		if row.Get(signal.Message) != c.text {
			t.Errorf("%s: the text became %q", c.name, row.Get(signal.Message))
		}
		var got []string
		if !row.Time.IsZero() {
			got = append(got, row.Time.Format(time.RFC3339Nano))
		}
		for _, f := range row.Fields {
			if f.Name != signal.Message {
				got = append(got, f.Name+"="+f.Value)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %q, want %q", c.name, s, c.want)
		}
	}
}

func TestALookerOfOneFormatLooksForNoOther(t *testing.T) {
	l := Looker{Options: Options{Kind: Logfmt, Zone: time.FixedZone("", 3600)}}
	row := signal.Row{Fields: []signal.Field{{Name: signal.Message, Value: "2026-11-21 08:59:58 ERROR x"}}}
	if l.Look(&row); !row.Time.IsZero() || len(row.Fields) != 1 {
		t.Errorf("%v", row)
	}
	row.Set(signal.Message, "time=2026-11-21T08:59:58 a=b")
	if l.Look(&row); !row.Time.Equal(time.Date(2026, 11, 21, 7, 59, 58, 0, time.UTC)) {
		t.Errorf("%v", row.Time)
	}
}

func TestTheFirstInstantOfTheYearOneIsNotNoTime(t *testing.T) {
	at, err := ParseTime("0001-01-01T00:00:00Z", time.UTC)
	if err != nil || at.IsZero() || at.Year() != 1 {
		t.Errorf("%v, %v", at, err)
	}
}
