package source

import (
	"strings"
	"testing"
	"time"
)

func TestSyslogThatIsTurnedAwayIsShownWithWhatToDo(t *testing.T) {
	show := func(s Syslog) string {
		var b strings.Builder
		if err := syslogCard(s).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if got := show(Syslog{}); got != "" {
		t.Errorf("syslog is off: %s", got)
	}
	calm := Syslog{Listens: []string{"udp 0.0.0.0:514"}, Stored: 7}
	if got := show(calm); !strings.Contains(got, "udp 0.0.0.0:514") || strings.Contains(got, "0.0.0.0/0") {
		t.Errorf("calm: %s", got)
	}
	calm.Unlisted, calm.Last, calm.LastAt = 12, "192.0.2.7", time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	calm.Addresses = []string{"192.0.2.7", "192.0.2.8"}
	got := show(calm)
	for _, want := range []string{"12 turned away", "The last was 192.0.2.7", "/admin/sources", "0.0.0.0/0 and ::/0", "192.0.2.8"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestASourceWhoseSyslogIsLostOverUDPIsNamed(t *testing.T) {
	var b strings.Builder
	s := Syslog{Listens: []string{"udp 0.0.0.0:514"}, TurnedAway: []TurnedAway{{"router", 12, "its daily_limit is used up", time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}}}
	if err := syslogCard(s).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"12 messages of", `href="/admin/sources/router"`, "its daily_limit is used up"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in %s", want, b.String())
		}
	}
}
