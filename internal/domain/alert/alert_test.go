package alert

import (
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
)

var now = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func TestSeverityIsReadInTheSendersWords(t *testing.T) {
	for word, want := range map[string]int{"critical": 1, "CRIT": 1, " page ": 1, "error": 2, "warning": 3, "Warn": 3, "info": 4,
		"": 2, "purple": 2} {
		if got := severityOf(map[string]string{"severity": word}); got != want {
			t.Errorf("%q: severity %d, want %d", word, got, want)
		}
	}
}

func TestTitleSaysWhatIsWrongInALine(t *testing.T) {
	for _, c := range []struct {
		in   In
		want string
	}{
		{In{Labels: map[string]string{"alertname": "QueueDepth"}, Annotations: map[string]string{"summary": "Queue\n over 10,000 "}}, "Queue over 10,000"},
		{In{Labels: map[string]string{"alertname": "QueueDepth", "component": "mq-1"}}, "QueueDepth on mq-1"},
		{In{Labels: map[string]string{"alertname": "QueueDepth", "instance": "h1:9100"}}, "QueueDepth on h1:9100"},
		{In{Labels: map[string]string{"service": "x"}}, "Alert"},
	} {
		if got := titleOf(c.in); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestFingerprintTellsLabelsApartAndNothingElse(t *testing.T) {
	labels := rapid.MapOfN(rapid.StringN(1, 5, 20), rapid.StringN(0, 5, 20), 1, 6)
	rapid.Check(t, func(t *rapid.T) {
		a, b := labels.Draw(t, "a"), labels.Draw(t, "b")
		if same := fingerprint("", a) == fingerprint("", b); same != maps.Equal(a, b) {
			t.Fatalf("%q and %q: same %v", a, b, same)
		}
		if fingerprint("", a) == fingerprint("s", a) || fingerprint("s", a) == fingerprint("t", a) {
			t.Fatal("services share a fingerprint")
		}
	})
}

func TestAlertsShareAnIncidentByTheLabelsOfTheService(t *testing.T) {
	key := func(service string, groupBy []string, labels map[string]string) string {
		return groupKey(catalogue.Service{ID: catalogue.ServiceID(service), GroupBy: groupBy}, "", labels)
	}
	a, b := map[string]string{"site": "london", "x": "1"}, map[string]string{"site": "paris", "x": "1"}
	if key("s", nil, a) != key("s", nil, b) {
		t.Error("without labels to group by there is one incident for the service")
	}
	if key("s", []string{"site"}, a) == key("s", []string{"site"}, b) || key("s", []string{"x"}, a) != key("s", []string{"x"}, b) {
		t.Error("the labels to group by are what counts")
	}
	if key("s", nil, a) == key("t", nil, a) {
		t.Error("services never share an incident")
	}
}

func TestWhatCannotBeTakenIsNamed(t *testing.T) {
	ok := map[string]string{"alertname": "A"}
	many := map[string]string{}
	for i := range maxLabels + 1 {
		many[strings.Repeat("l", i+1)] = ""
	}
	for path, in := range map[string]In{
		"[3].labels":        {},
		"[3].labels.n":      {Labels: map[string]string{"n": "\x00"}},
		"[3].labels.u":      {Labels: map[string]string{"u": "\xff"}},
		"[3].labels.big":    {Labels: map[string]string{"big": strings.Repeat("x", maxValue+1)}},
		"[3].annotations.n": {Labels: ok, Annotations: map[string]string{"n": "\x00"}},
		"[3].startsAt":      {Labels: ok, Starts: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)},
		"[3].endsAt":        {Labels: ok, Starts: now, Ends: now.Add(-time.Hour)},
		"[3].generatorURL":  {Labels: ok, Link: "\x00"},
	} {
		found := false
		for _, f := range errs.FieldsOf(in.Validate("[3]", now)) {
			found = found || f.Path == path
		}
		if !found {
			t.Errorf("%s is not named: %v", path, in.Validate("[3]", now))
		}
	}
	if err := (In{Labels: many}).Validate("[0]", now); !errs.Is(err, errs.Invalid) {
		t.Error("too many labels were taken")
	}
	if err := (In{Labels: ok, Starts: now, Ends: now.Add(time.Minute)}).Validate("[0]", now); err != nil {
		t.Error(err)
	}
}

func TestCutTextStaysText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(3, 40).Draw(t, "n")
		got := cut(s, n)
		if len(got) > max(n, 0) || !utf8.ValidString(got) {
			t.Fatalf("%q cut to %d is %q", s, n, got)
		}
	})
}

func TestAnAlertHasATitleThatCanBeSeen(t *testing.T) {
	in := In{Labels: map[string]string{"alertname": "\u200b", "instance": "\u2060"}, Annotations: map[string]string{"summary": "\u200b", "title": "\ufeff "}}
	if got := titleOf(in); got != "Alert" {
		t.Errorf("got %+q", got)
	}
}

// Trouble of Mainstay itself must not hide in an incident about something else.
func TestAGroupKeepsAlertsApartFromOthersOfTheService(t *testing.T) {
	s := catalogue.Service{ID: "s", GroupBy: []string{"host"}}
	of := func(group, host string) string { return groupKey(s, group, map[string]string{"host": host}) }
	if of("logs", "a") != of("logs", "b") || of("logs", "a") == of("", "a") || of("logs", "a") == of("disk", "a") {
		t.Error("alerts of one group share an incident, and no others do")
	}
	if groupKey(catalogue.Service{ID: "s"}, "", nil) == groupKey(catalogue.Service{ID: "s"}, "logs", nil) {
		t.Error("a group shares the incident of its service")
	}
}
