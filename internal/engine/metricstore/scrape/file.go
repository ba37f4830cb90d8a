package scrape

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/config"
	_ "github.com/prometheus/prometheus/discovery/dns"  // dns_sd_configs
	_ "github.com/prometheus/prometheus/discovery/file" // file_sd_configs
	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/errs"
)

// discoveries are the ways in which targets may be named.
var discoveries = []string{"static_configs", "file_sd_configs", "dns_sd_configs"}

// elsewhere are sections of a Prometheus file that Mainstay does in another place.
var elsewhere = map[string]string{
	"rule_files":   "rules are loaded with: mainstay apply -f FILE",
	"alerting":     "alerts are raised here and go to nobody else",
	"remote_write": "the options metrics.write_url and metrics.query_url say where samples are stored",
	"remote_read":  "the options metrics.write_url and metrics.query_url say where samples are stored",
	"storage":      "the options metrics.* say how samples are stored",
	"tracing":      "there is none",
	"otlp":         "OTLP is translated as Prometheus does it when nothing is said",
}

// Parse reads a file of jobs. Relative names in it are below dir.
func Parse(text []byte, dir string) (*config.Config, error) {
	if err := look(text); err != nil {
		return nil, err
	}
	c, err := config.Load(string(text), slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, errs.Invalidf("the scrape jobs cannot be read: %v", err)
	}
	c.SetDirectory(dir)
	jobs, err := c.GetScrapeConfigs()
	if err != nil {
		return nil, errs.Invalidf("the scrape jobs cannot be read: %v", err)
	}
	c.ScrapeConfigs, c.ScrapeConfigFiles = jobs, nil
	return c, nil
}

// look finds what Prometheus knows and this server does not, to say so in better words than the library.
func look(text []byte) error {
	var file struct {
		Sections map[string]yaml.Node   `yaml:",inline"`
		Jobs     []map[string]yaml.Node `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return errs.Invalidf("the scrape jobs cannot be read: %v", err)
	}
	var c errs.Check
	for name, node := range file.Sections {
		if why, ok := elsewhere[name]; ok {
			c.Add(fmt.Sprintf("line %d", node.Line), "has %s, which does not belong into a file of scrape jobs: %s", name, why)
		}
	}
	for i, job := range file.Jobs {
		for name, node := range job {
			if strings.HasSuffix(name, "_sd_configs") && !slices.Contains(discoveries, name) {
				c.Add(fmt.Sprintf("line %d", node.Line), "job %s finds its targets by %s, which is not supported: use one of %s", titleOf(job, i), name, strings.Join(discoveries, ", "))
			}
		}
	}
	return c.Err("the scrape jobs")
}

func titleOf(job map[string]yaml.Node, i int) string {
	if name := job["job_name"]; name.Value != "" {
		return fmt.Sprintf("%q", name.Value)
	}
	return fmt.Sprintf("%d", i+1)
}

// folder is where relative names of a file begin.
func folder(path string) string { return filepath.Dir(path) }
