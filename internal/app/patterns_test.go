package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/api"
	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/engine/db/dbtest"
)

// openPatterned is a desk on which ana is on call for payments, with a clock of log lines that the
// test moves.
func openPatterned(t *testing.T, kind string) (*apptest.Desk, *clock.Fake) {
	t.Helper()
	wall := clock.NewFake(clock.Wall().Now())
	d := apptest.Open(t, kind, func(o *app.Options) { o.LogClock = wall })
	d.Apply(bank)
	return d, wall
}

// sendLines sends lines of the service payments.
func sendLines(t *testing.T, d *apptest.Desk, at time.Time, messages ...string) {
	t.Helper()
	var body strings.Builder
	for _, m := range messages {
		line, err := json.Marshal(map[string]string{"_time": at.Format(time.RFC3339Nano), "_msg": m, "service": "payments"})
		if err != nil {
			t.Fatal(err)
		}
		body.Write(append(line, '\n'))
	}
	send(t, d, "/insert/jsonline?_stream_fields=service", "", strings.NewReader(body.String())).Status(http.StatusOK)
}

// patternsOf asks the API, as "3 Connection closed by <ip>".
func patternsOf(t *testing.T, d *apptest.Desk, token, query string) (api.LogPatterns, []string) {
	t.Helper()
	var list api.LogPatterns
	d.CallAs(token, http.MethodGet, "/api/v1/log-patterns"+query, nil).Status(http.StatusOK).Into(&list)
	var said []string
	for _, p := range list.Items {
		said = append(said, fmt.Sprintf("%d %s", p.Lines, p.Template))
	}
	return list, said
}

func stepPatterns(t *testing.T, d *apptest.Desk) {
	t.Helper()
	if _, err := d.Rooms.Patterns.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLinesGoInAndPatternsOutAndARestartChangesNoCount(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			d, wall := openPatterned(t, kind)
			stepPatterns(t, d)
			sendLines(t, d, wall.Now(), "Accepted password for ana from 10.0.0.1", "Accepted password for ben from 10.0.0.2", "queue 7 is slow")
			stepPatterns(t, d)
			d.Restart() // with lines counted and not stored
			stepPatterns(t, d)
			want := []string{"2 Accepted password for <*> from <ip>", "1 queue <num> is slow"}
			list, said := patternsOf(t, d, apptest.Token, "")
			if !slices.Equal(said, want) {
				t.Errorf("patterns %q", said)
			}
			ids := list.Items[0].ID
			wall.Advance(pattern.FlushEvery)
			d.Restart()
			sendLines(t, d, wall.Now(), "Accepted password for cleo from 10.0.0.1")
			stepPatterns(t, d)
			d.Restart()
			stepPatterns(t, d)
			list, said = patternsOf(t, d, apptest.Token, "?service=payments&against=week&sort=count")
			if want[0] = "3 Accepted password for <*> from <ip>"; !slices.Equal(said, want) {
				t.Errorf("after restarts %q", said)
			}
			if p := list.Items[0]; p.ID != ids || p.Source != "direct" || p.Service != "payments" || p.Before != nil || p.New || p.Share != 0.75 {
				t.Errorf("%+v", p)
			}
			for login, n := range map[string]int{"ana": 2, "sam": 2} {
				if _, said := patternsOf(t, d, d.TokenOf(login), ""); len(said) != n {
					t.Errorf("%s sees %q", login, said)
				}
			}
			d.Call(http.MethodGet, "/api/v1/log-patterns?start=2020-01-01T00:00:00Z", nil).Status(http.StatusUnprocessableEntity)
		})
	}
}

func TestATeamSeesThePatternsOfItsServices(t *testing.T) {
	d, wall := openPatterned(t, "sqlite")
	d.Apply("kind: Service\nname: trading\ntier: 2\nowner: payments-l3\n")
	send(t, d, "/insert/jsonline", "", strings.NewReader(fmt.Sprintf(
		"{\"_time\":%[1]q,\"_msg\":\"secret of trading\",\"service\":\"trading\"}\n{\"_time\":%[1]q,\"_msg\":\"of nobody\"}\n", wall.Now().Format(time.RFC3339Nano)))).Status(http.StatusOK)
	sendLines(t, d, wall.Now(), "of payments")
	stepPatterns(t, d)
	for login, want := range map[string]string{"ana": "1 of payments", "cleo": "1 of payments, 1 secret of trading", "sam": "1 of nobody, 1 of payments, 1 secret of trading"} {
		if _, said := patternsOf(t, d, d.TokenOf(login), ""); strings.Join(said, ", ") != want {
			t.Errorf("%s sees %q, want %q", login, said, want)
		}
	}
	if _, said := patternsOf(t, d, d.TokenOf("ana"), "?service=trading"); len(said) > 0 {
		t.Errorf("ana sees %q", said)
	}
}

// TestAPatternFindsItsLines: the query of a pattern, asked of the real engine, finds as many lines
// as were counted.
func TestAPatternFindsItsLines(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.StartLogs()
	at := clock.Wall().Now()
	sendLines(t, d, at,
		"Accepted password for ana from 10.0.0.1 port 22", "Accepted password for ben from 10.0.0.2 port 22", "Failed password for ben from 10.0.0.2 port 22",
		`10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a/7 HTTP/1.1" 503 12 "-"`, `10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET /a/8 HTTP/1.1" 200 12 "-"`,
		"[2016-12-19 16:31:46,143] INFO\tKafka  values: x_7=8 (kafka.log.Log)", "job7x of kafka0:9092 (id: 3) done", "broken pipe\njava.io.IOException: no\n\tat a.b(C.java:7)",
		"broken pipe", "übel: Größe 7")
	found(t, d)
	stepPatterns(t, d)
	list, said := patternsOf(t, d, apptest.Token, "")
	if len(said) != 9 {
		t.Errorf("%d patterns: %q", len(said), said)
	}
	for _, p := range list.Items {
		got := d.Call(http.MethodGet, "/select/logsql/query?query="+url.QueryEscape(p.Query+" | stats count() n"), nil).Status(http.StatusOK)
		if want := fmt.Sprintf(`{"n":"%d"}`, p.Lines); strings.TrimSpace(string(got.Body)) != want {
			t.Errorf("%s: %s finds %s, want %s", p.Template, p.Query, got.Body, want)
		}
	}
}
