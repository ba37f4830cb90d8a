package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/clock"
)

// instant asks the query API for an expression now and returns the answer.
func instant(t *testing.T, d *apptest.Desk, expr string) string {
	t.Helper()
	return string(d.Call(http.MethodGet, "/prometheus/api/v1/query?query="+url.QueryEscape(expr), nil).Status(http.StatusOK).Body)
}

func TestSamplesGoInAndQuestionsOut(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.StartSeries()
	ms := clock.Wall().Now().UnixMilli()
	send(t, d, "/api/v1/import/prometheus?extra_label=site=london", "", strings.NewReader(fmt.Sprintf(
		"# TYPE queue_depth gauge\nqueue_depth{queue=\"orders\"} 7\nqueue_depth{queue=\"mail\"} 3 %d\n", ms))).Status(http.StatusNoContent)
	if got := instant(t, d, `sum by (site) (queue_depth)`); !strings.Contains(got, `{"site":"london"}`) || !strings.Contains(got, `,"10"]`) {
		t.Errorf("asked by GET: %s", got)
	}
	answer := send(t, d, "/prometheus/api/v1/query", "application/x-www-form-urlencoded", strings.NewReader("query=count(queue_depth)"))
	if got := string(answer.Status(http.StatusOK).Body); !strings.Contains(got, `,"2"]`) {
		t.Errorf("asked by POST: %s", got)
	}
	d.CallAs("", http.MethodGet, "/prometheus/api/v1/query?query=1", nil).Status(http.StatusUnauthorized)
	d.CallAs(d.TokenOf("ana"), http.MethodGet, "/prometheus/api/v1/query?query=1", nil).Status(http.StatusOK)
	wrong := send(t, d, "/api/v1/import/prometheus", "", strings.NewReader("good 1\nbad{ 2\n")).Status(http.StatusBadRequest)
	if text := string(wrong.Body); !strings.Contains(text, "line 2") {
		t.Errorf("a wrong line is answered %s", text)
	}
	if got := instant(t, d, `good`); !strings.Contains(got, `"result":[]`) {
		t.Errorf("part of a refused body: %s", got)
	}
}
