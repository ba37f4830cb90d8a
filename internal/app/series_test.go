package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
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

// TestASourcesLabelsAreOnItsSeries: what the server knows counts, and the sender's own is kept beside.
func TestASourcesLabelsAreOnItsSeries(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.StartSeries()
	key := keyOf(t, d, "kind: Source\nname: shop\nservice: payments\n")
	req, err := http.NewRequest(http.MethodPost, "http://"+d.Addr()+"/api/v1/import/prometheus", strings.NewReader("m{service=\"own\"} 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	d.Do(req).Status(http.StatusNoContent)
	if got := instant(t, d, `m{service="payments",exported_service="own"}`); !strings.Contains(got, `,"1"]`) {
		t.Errorf("found %s", got)
	}
}

// TestTroubleWithTheStoreOfSeriesIsAnAlertAndPagingGoesOn: here a file of scrape jobs with a mistake, and samples that
// were refused.
func TestTroubleWithTheStoreOfSeriesIsAnAlertAndPagingGoesOn(t *testing.T) {
	jobs := file(t, "scrape.yml", "scrape_configs: [{job_name: k8s, kubernetes_sd_configs: [{role: pod}]}]")
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.Series.ScrapeFile = jobs })
	d.Apply(bank)
	d.StartSeries()
	ahead := clock.Wall().Now().Add(24 * time.Hour).UnixMilli()
	send(t, d, "/api/v1/import/prometheus", "", strings.NewReader(fmt.Sprintf("m 1 %d\n", ahead))).Status(http.StatusBadRequest)
	within(t, time.Minute, "both are alerts", func() bool {
		if err := d.WatchSeries(); err != nil {
			t.Fatal(err)
		}
		text := string(d.Call(http.MethodGet, "/api/v1/alerts", nil).Status(http.StatusOK).Body)
		return strings.Contains(text, "MetricsScrapeFile") && strings.Contains(text, "kubernetes_sd_configs") && strings.Contains(text, "MetricsRefused")
	})
	d.ExpectLog("kubernetes_sd_configs")
	var refused struct {
		Items []struct{ Via, Why, Value string }
	}
	d.Call(http.MethodGet, "/api/v1/series/refused", nil).Status(http.StatusOK).Into(&refused)
	if len(refused.Items) != 1 || refused.Items[0].Via != "text" || refused.Items[0].Value != "1" || !strings.Contains(refused.Items[0].Why, "ahead") {
		t.Errorf("refused: %+v", refused)
	}
	status := string(d.Call(http.MethodGet, "/api/v1/series/status", nil).Status(http.StatusOK).Body)
	if !strings.Contains(status, `"up":true`) || !strings.Contains(status, `"refused":1`) {
		t.Errorf("status: %s", status)
	}
	own := string(d.Call(http.MethodGet, "/metrics", nil).Status(http.StatusOK).Body)
	for _, want := range []string{"mainstay_series_up 1", "mainstay_series_samples_refused 1", "prometheus_tsdb_head_series"} {
		if !strings.Contains(own, want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
}

// TestAJobPushesAsToAPushgateway: what client libraries send before a job ends.
func TestAJobPushesAsToAPushgateway(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.StartSeries()
	push := func(method, path, body string) apptest.Response {
		req, err := http.NewRequest(method, "http://"+d.Addr()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+apptest.Token)
		return d.Do(req)
	}
	push(http.MethodPut, "/metrics/job/backup/path@base64/L3Zhci90bXA/empty@base64/", "rows 7\n").Status(http.StatusBadRequest) // no value
	push(http.MethodPut, "/metrics/job/backup/path@base64/L3Zhci90bXA", "# TYPE rows gauge\nrows 7\nseconds 2\n").Status(http.StatusOK)
	push(http.MethodPost, "/metrics/job/backup/path@base64/L3Zhci90bXA", "rows 8\n").Status(http.StatusOK)
	if got := instant(t, d, `sum({job="backup",path="/var/tmp",__name__=~"rows|seconds"})`); !strings.Contains(got, `,"10"]`) {
		t.Errorf("pushed: %s", got)
	}
	if got := instant(t, d, `time() - push_time_seconds{job="backup"} < bool 60`); !strings.Contains(got, `,"1"]`) {
		t.Errorf("when: %s", got)
	}
	push(http.MethodDelete, "/metrics/job/backup/path@base64/L3Zhci90bXA", "").Status(http.StatusAccepted)
	if got := instant(t, d, `{job="backup"}`); !strings.Contains(got, `"result":[]`) {
		t.Errorf("ended: %s", got)
	}
	push(http.MethodPost, "/metrics/job/backup/odd", "rows 7\n").Status(http.StatusBadRequest)
	d.Call(http.MethodGet, "/metrics/job/backup", nil).Status(http.StatusMethodNotAllowed)
}
