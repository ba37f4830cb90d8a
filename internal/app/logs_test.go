package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/clock"
)

func TestMain(m *testing.M) { apptest.Main(m) }

// send posts a body with the admin's token and the given Content-Type, "" for none at all.
func send(t *testing.T, d *apptest.Desk, path, contentType string, body io.Reader) apptest.Response {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+d.Addr()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apptest.Token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return d.Do(req)
}

// found waits until lines can be found.
func found(t *testing.T, d *apptest.Desk) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := d.Logs.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// question asks /select/logsql/query and returns the lines.
func question(t *testing.T, d *apptest.Desk, query string) []string {
	t.Helper()
	answer := send(t, d, "/select/logsql/query", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"query": {query}}.Encode()))
	answer.Status(http.StatusOK)
	return strings.Split(strings.TrimSuffix(string(answer.Body), "\n"), "\n")
}

// TestLinesGoInAndQuestionsOutWithEveryContentType: curl sends a form's type by itself, and some
// clients send none.
func TestLinesGoInAndQuestionsOutWithEveryContentType(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.StartLogs()
		const in = "/insert/jsonline?_stream_fields=service,host&_time_field=time&_msg_field=message"
		line := func(n int) string {
			return fmt.Sprintf(`{"time":%q,"service":"payments","host":"pay1","message":"line %d & more=things","amount":12.50}`+"\n", clock.Wall().Now().Format(time.RFC3339Nano), n)
		}
		for n, kind := range []string{"", "application/x-www-form-urlencoded", "application/json", "application/x-ndjson", "text/plain; charset=utf-8"} {
			send(t, d, in, kind, strings.NewReader(line(n))).Status(http.StatusOK)
		}
		var form bytes.Buffer
		parts := multipart.NewWriter(&form)
		part, err := parts.CreateFormFile("file", "f.ndjson")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, line(5)); err != nil {
			t.Fatal(err)
		}
		if err := parts.Close(); err != nil {
			t.Fatal(err)
		}
		send(t, d, in, parts.FormDataContentType(), &form).Status(http.StatusOK)
		found(t, d)
		for _, kind := range []string{"", "application/x-www-form-urlencoded", "text/plain"} {
			answer := send(t, d, "/select/logsql/query", kind, strings.NewReader("query=service:payments"))
			if n := strings.Count(string(answer.Status(http.StatusOK).Body), `"amount":"12.50"`); n != 6 {
				t.Errorf("asked as %q: %d lines: %s", kind, n, answer.Body)
			}
		}
		if got := string(d.Call(http.MethodGet, "/select/logsql/query?query=more%3Dthings+%7C+stats+count()+n", nil).Status(http.StatusOK).Body); !strings.Contains(got, `"6"`) {
			t.Errorf("asked by GET: %s", got)
		}
	})
}

func TestNoLineIsLostThatCannotBeTakenApart(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.StartLogs()
	send(t, d, "/insert/jsonline?_msg_field=message", "", strings.NewReader("not json\n{\"message\":\"old\",\"_time\":\"2006-01-02T15:04:05Z\"}\n{\"broken\":\n")).Status(http.StatusOK)
	found(t, d)
	if got := question(t, d, `parse_error:* | fields _msg | sort by (_msg)`); len(got) != 2 || !strings.Contains(got[0], "not json") || !strings.Contains(got[1], `{\"broken\":`) {
		t.Errorf("unparsed: %q", got)
	}
	if got := question(t, d, `time_error:*`); len(got) != 1 || !strings.Contains(got[0], `"original_time":"2006-01-02T15:04:05Z"`) || !strings.Contains(got[0], "too old") {
		t.Errorf("time_error: %q", got)
	}
}

// TestATeamReadsTheLinesOfItsServices and of no other, and who belongs to none reads nothing.
func TestATeamReadsTheLinesOfItsServices(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank + "---\nkind: Service\nname: trading\ntier: 2\nowner: payments-l3\n")
	d.StartLogs()
	send(t, d, "/insert/jsonline?_stream_fields=service", "", strings.NewReader(
		"{\"_msg\":\"of payments\",\"service\":\"payments\"}\n{\"_msg\":\"of trading\",\"service\":\"trading\"}\n{\"_msg\":\"of nobody\"}\n")).Status(http.StatusOK)
	found(t, d)
	for login, want := range map[string]string{"ana": "of payments", "cleo": "of payments of trading", "sam": "of nobody of payments of trading"} {
		got := d.CallAs(d.TokenOf(login), http.MethodGet, "/select/logsql/query?query="+url.QueryEscape("* | fields _msg | sort by (_msg)"), nil).Status(http.StatusOK)
		var said []string
		for line := range strings.Lines(string(got.Body)) {
			_, text, _ := strings.Cut(line, `"_msg":"`)
			said = append(said, strings.TrimSuffix(strings.TrimSpace(text), `"}`))
		}
		if strings.Join(said, " ") != want {
			t.Errorf("%s reads %q, want %q", login, said, want)
		}
	}
	d.CallAs("", http.MethodGet, "/select/logsql/query?query=*", nil).Status(http.StatusUnauthorized)
	d.Call(http.MethodGet, "/select/logsql/delete?query=*", nil).Status(http.StatusNotFound)
	wrong := d.Call(http.MethodGet, "/select/logsql/query?query="+url.QueryEscape("a:(b"), nil).Status(http.StatusUnprocessableEntity)
	if text := string(wrong.Body); !strings.Contains(text, "cannot parse query [a:(b]") || strings.Contains(text, "remoteAddr") {
		t.Errorf("a wrong question is answered %s", text)
	}
}
