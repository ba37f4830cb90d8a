package app_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
)

// prometheusProgram is where a program of Prometheus' family is, "" where it is not installed: then the test is
// skipped, unless skipping is forbidden. The folder named by MAINSTAY_TEST_EXPORTERS counts first.
func prometheusProgram(t *testing.T, name string) string {
	t.Helper()
	for _, root := range []string{os.Getenv("MAINSTAY_TEST_EXPORTERS"), "/"} {
		if path := filepath.Join(root, "usr", "bin", name); root != "" && exists(path) {
			return path
		}
	}
	if os.Getenv("MAINSTAY_NO_SKIP") != "" {
		t.Fatalf("%s is not here, and no test may be skipped", name)
	}
	t.Skipf("%s is not here: scripts/need exporters says where to get it", name)
	return ""
}

// freeAddress is one on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// gives waits until an expression gives something.
func gives(t *testing.T, d *apptest.Desk, expr, want string) {
	t.Helper()
	within(t, time.Minute, expr+" gives "+want, func() bool { return strings.Contains(instant(t, d, expr), want) })
}

// keyOf makes a source and a key of it.
func keyOf(t *testing.T, d *apptest.Desk, source string) string {
	t.Helper()
	d.Apply(source)
	name := strings.Fields(strings.Split(source, "name:")[1])[0]
	var made struct{ Secret string }
	d.Call(http.MethodPost, "/api/v1/sources/"+name+"/keys", map[string]string{"label": "test"}).Status(http.StatusCreated).Into(&made)
	return made.Secret
}

func TestDebiansNodeExporterIsScraped(t *testing.T) {
	t.Parallel()
	exporter, address := prometheusProgram(t, "prometheus-node-exporter"), freeAddress(t)
	run(t, nil, exporter, "--web.listen-address="+address)
	jobs := file(t, "scrape.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: node, static_configs: [{targets: [%q], labels: {service: payments}}]}]`, address))
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.Series.ScrapeFile, o.Series.ScrapeSoon = jobs, true })
	d.StartSeries()
	gives(t, d, `up{job="node",service="payments"}`, `,"1"]`)
	gives(t, d, `count(node_cpu_seconds_total) > bool 4`, `,"1"]`)
	gives(t, d, `node_memory_MemTotal_bytes > bool 1e6`, `,"1"]`)
	gives(t, d, `rate(node_cpu_seconds_total{mode="idle"}[30s]) >= bool 0`, `,"1"]`)
	targets := string(d.Call(http.MethodGet, "/prometheus/api/v1/targets", nil).Status(http.StatusOK).Body)
	if !strings.Contains(targets, address) || !strings.Contains(targets, `"health":"up"`) {
		t.Errorf("targets: %s", targets)
	}
	meta := string(d.Call(http.MethodGet, "/prometheus/api/v1/metadata?metric=node_load1", nil).Status(http.StatusOK).Body)
	if !strings.Contains(meta, "1m load average") {
		t.Errorf("metadata: %s", meta)
	}
}

func TestDebiansBlackboxExporterIsScraped(t *testing.T) {
	t.Parallel()
	exporter, address := prometheusProgram(t, "prometheus-blackbox-exporter"), freeAddress(t)
	config := file(t, "blackbox.yml", "modules: {http_2xx: {prober: http, timeout: 2s, http: {preferred_ip_protocol: ip4}}, tcp: {prober: tcp, timeout: 2s}}")
	run(t, nil, exporter, "--web.listen-address="+address, "--config.file="+config)
	closed := freeAddress(t)
	jobs := file(t, "scrape.yml", "") // its targets are known once the desk has an address
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.Series.ScrapeFile, o.Series.ScrapeSoon = jobs, true })
	// The way in which Prometheus' documentation has the exporter used: the target becomes a parameter.
	text := fmt.Sprintf(`
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
- job_name: web
  metrics_path: /probe
  params: {module: [http_2xx]}
  static_configs: [{targets: ["http://%s/healthz", "http://%s/"]}]
  relabel_configs:
  - {source_labels: [__address__], target_label: __param_target}
  - {source_labels: [__param_target], target_label: instance}
  - {target_label: __address__, replacement: %q}
`, d.Addr(), closed, address)
	if err := os.WriteFile(jobs, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.StartSeries()
	gives(t, d, fmt.Sprintf(`probe_success{instance="http://%s/healthz"}`, d.Addr()), `,"1"]`)
	gives(t, d, fmt.Sprintf(`probe_success{instance="http://%s/"}`, closed), `,"0"]`)
	gives(t, d, `probe_http_status_code == 200`, `"200"]`)
	gives(t, d, `sum(up{job="web"})`, `,"2"]`)
}

// TestDebiansPrometheusWritesHere: a real Prometheus scrapes itself and writes everything here with a source's key.
func TestDebiansPrometheusWritesHere(t *testing.T) {
	t.Parallel()
	prometheus, address := prometheusProgram(t, "prometheus"), freeAddress(t)
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.StartSeries()
	key := keyOf(t, d, "kind: Source\nname: prom\nservice: payments\n")
	config := file(t, "prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, scrape_timeout: 1s, external_labels: {service: own, replica: a}}
scrape_configs: [{job_name: prometheus, static_configs: [{targets: [%q]}]}]
remote_write: [{url: "http://%s/prometheus/api/v1/write", authorization: {credentials: %q}, send_exemplars: true, send_native_histograms: true, queue_config: {batch_send_deadline: 200ms}}]
`, address, d.Addr(), key))
	run(t, nil, prometheus, "--config.file="+config, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+address, "--web.external-url=http://"+address)
	gives(t, d, `up{job="prometheus",service="payments",exported_service="own",replica="a"}`, `,"1"]`)
	gives(t, d, `rate(prometheus_tsdb_head_samples_appended_total[30s]) > bool 0`, `,"1"]`)
	// Nothing was refused on the way, as its own figures say.
	gives(t, d, `sum(prometheus_remote_storage_samples_total) > bool 100`, `,"1"]`)
	gives(t, d, `sum(prometheus_remote_storage_samples_failed_total) + sum(prometheus_remote_storage_samples_dropped_total)`, `,"0"]`)
	if list, total := d.Series.Refused(); total != 0 {
		t.Errorf("refused: %d %+v", total, list[0])
	}
}

// TestDebiansPrometheusIsTheCluster: samples are stored in another Prometheus, and asked for there.
func TestDebiansPrometheusIsTheCluster(t *testing.T) {
	t.Parallel()
	prometheus, address := prometheusProgram(t, "prometheus"), freeAddress(t)
	config := file(t, "prometheus.yml", "global: {scrape_interval: 1m}\n")
	run(t, nil, prometheus, "--config.file="+config, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+address, "--web.enable-remote-write-receiver")
	d := apptest.Open(t, "sqlite", func(o *app.Options) {
		o.Series.Cluster = app.SeriesCluster{WriteURL: "http://" + address + "/api/v1/write", QueryURL: "http://" + address}
	})
	d.StartSeries()
	send(t, d, "/api/v1/import/prometheus", "", strings.NewReader("queue_depth{queue=\"orders\"} 7\nqueue_depth{queue=\"mail\"} 3\n")).Status(http.StatusNoContent)
	within(t, time.Minute, "the samples have arrived", func() bool {
		answer := d.Call(http.MethodGet, "/prometheus/api/v1/query?query=sum(queue_depth)", nil)
		return answer.Code == http.StatusOK && strings.Contains(string(answer.Body), `,"10"]`)
	})
	names := string(d.Call(http.MethodGet, "/prometheus/api/v1/label/queue/values", nil).Status(http.StatusOK).Body)
	if !strings.Contains(names, `["mail","orders"]`) {
		t.Errorf("values: %s", names)
	}
}
