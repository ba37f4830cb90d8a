package alertmanager

import (
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/errs"
)

func TestAlertsAreReadAsPrometheusSendsThem(t *testing.T) {
	in, err := decode([]byte(`[{
		"labels": {"alertname": "QueueDepth", "service": "payments", "severity": "critical"},
		"annotations": {"summary": "Queue depth über 10,000"},
		"startsAt": "2026-03-28T22:15:00.123456789+01:00",
		"endsAt": "2026-03-28T22:19:00.123+01:00",
		"generatorURL": "http://prometheus.bank.example/graph?g0.expr=depth",
		"receivers": [{"name": "a field that only some senders have"}]
	}, {
		"labels": {"alertname": "Zero"}, "annotations": null, "startsAt": "0001-01-01T00:00:00Z", "endsAt": "", "generatorURL": null
	}]`))
	if err != nil || len(in) != 2 {
		t.Fatalf("got %d alerts, %v", len(in), err)
	}
	a := in[0]
	want := map[string]string{"alertname": "QueueDepth", "service": "payments", "severity": "critical"}
	if a.Unreadable != nil || !maps.Equal(a.Labels, want) || a.Annotations["summary"] != "Queue depth über 10,000" ||
		a.Link != "http://prometheus.bank.example/graph?g0.expr=depth" {
		t.Errorf("got %+v", a)
	}
	if !a.Starts.Equal(time.Date(2026, 3, 28, 21, 15, 0, 123456000, time.UTC)) || a.Ends.Location() != time.UTC {
		t.Errorf("times: %s to %s", a.Starts, a.Ends)
	}
	if z := in[1]; z.Unreadable != nil || !z.Starts.IsZero() || !z.Ends.IsZero() || z.Link != "" {
		t.Errorf("got %+v", z)
	}
}

func TestWhatIsWrongWithOneAlertDoesNotHarmTheOthers(t *testing.T) {
	good := `{"labels":{"alertname":"Good"}}`
	for _, c := range []struct{ name, bad, path, says string }{
		{"a number for a label", `{"labels":{"foo":3}}`, "[1].labels.foo", "must be a text, not 3"},
		{"labels in an array", `{"labels":["foo"]}`, "[1].labels", "not an array"},
		{"a text for an alert", `"foo"`, "[1]", "must be an object"},
		{"null for an alert", `null`, "[1]", "must be an object"},
		{"no time", `{"labels":{"a":"b"},"startsAt":"yesterday"}`, "[1].startsAt", `not "yesterday"`},
		{"a number for a time", `{"labels":{"a":"b"},"endsAt":1700000000}`, "[1].endsAt", "must be a text, not 1700000000"},
		{"year 99999", `{"labels":{"a":"b"},"endsAt":"99999-01-01T00:00:00Z"}`, "[1].endsAt", "must be a time"},
		{"an object for a link", `{"labels":{"a":"b"},"generatorURL":{}}`, "[1].generatorURL", "not an object"},
		{"a label twice", `{"labels":{"a":"b","a":"c"}}`, "[1].labels.a", "twice"},
		{"NUL", `{"labels":{"a":"b\u0000"}}`, "[1].labels.a", "NUL"},
		{"broken UTF-8", "{\"labels\":{\"a\":\"b\xff\"}}", "[1].labels.a", "not valid UTF-8"},
		{"deep nesting", `{"labels":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, "[1].labels" + strings.Repeat("[0]", 31), "nested"},
		{"a million labels", `{"labels":` + labels(1_000_000) + `}`, "[1].labels", "more than 10000 members"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := decode([]byte("[" + good + "," + c.bad + "," + good + "]"))
			if err != nil || len(in) != 3 || in[0].Unreadable != nil || in[2].Unreadable != nil {
				t.Fatalf("the others are not read: %v %v", in, err)
			}
			f := errs.FieldsOf(in[1].Unreadable)
			if len(f) != 1 || f[0].Path != c.path || !strings.Contains(f[0].Message, c.says) {
				t.Errorf("got %+v, want %s %q", f, c.path, c.says)
			}
			if in[1].Sent != c.bad {
				t.Errorf("kept %.100q instead of what was sent", in[1].Sent)
			}
		})
	}
}

func TestBodiesThatAreNoAlertsAreRefusedWhole(t *testing.T) {
	for _, c := range []struct{ name, body, says string }{
		{"empty", "", "is empty"},
		{"cut off", `[{"labels":{"a":"b"}},` + "\n" + `{"labels":`, "at line 2"},
		{"an object", `{"labels":{"a":"b"}}`, "must be a JSON array"},
		{"null", `null`, "must be a JSON array"},
		{"more behind it", `[] []`, "line 1, column 4"},
		{"too many", "[" + strings.Repeat("{},", MaxAlerts) + "{}]", "more than 10000 alerts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := decode([]byte(c.body))
			if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), c.says) || in != nil {
				t.Errorf("got %v, %v", in, err)
			}
		})
	}
}

func TestAnEmptyListIsNothingToDo(t *testing.T) {
	if in, err := decode([]byte(" [] ")); err != nil || len(in) != 0 {
		t.Errorf("got %v, %v", in, err)
	}
}

func labels(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"` + strconv.Itoa(i) + `":""`)
	}
	return "{" + b.String()[1:] + "}"
}

// FuzzDecode: nothing panics; every alert is either read, and then carries clean texts and
// times that can be stored, or says why not.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`[{"labels":{"alertname":"QueueDepth"},"startsAt":"2026-03-28T22:15:00Z"}]`, `[{"labels":{"a":3}}]`, `[[]]`, `{}`, "[",
		`[{"labels":{"a":"\u0000"}}]`, "[{\"labels\":{\"\xff\":\"\"}}]", `[{"endsAt":"9999-12-31T23:59:59-23:59"}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := decode(body)
		if err != nil && (len(errs.FieldsOf(err)) == 0 || in != nil) {
			t.Fatalf("refused without a field: %v", err)
		}
		now := time.Date(2026, 3, 28, 22, 15, 0, 0, time.UTC)
		for _, a := range in {
			if a.Unreadable != nil && len(errs.FieldsOf(a.Unreadable)) == 0 {
				t.Fatalf("unreadable without a field: %v", a.Unreadable)
			}
			if a.Sent == "" {
				t.Fatal("what was sent is lost")
			}
			if err := a.Validate("[0]", now); err != nil && !errs.Is(err, errs.Invalid) {
				t.Fatal(err)
			}
		}
	})
}
