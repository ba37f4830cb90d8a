package metricstore

import (
	"fmt"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/scrape"
)

// noTargets is what a server without scrape jobs shows.
type noTargets struct{}

// ScrapePools are none.
func (noTargets) ScrapePools() []string { return []string{} }

// TargetsActive are none.
func (noTargets) TargetsActive() map[string][]*scrape.Target { return nil }

// TargetsDropped are none.
func (noTargets) TargetsDropped() map[string][]*scrape.Target { return nil }

// TargetsDroppedCounts are none.
func (noTargets) TargetsDroppedCounts() map[string]int { return map[string]int{} }

// ScrapePoolConfig is none.
func (noTargets) ScrapePoolConfig(name string) (*config.ScrapeConfig, error) {
	return nil, fmt.Errorf("there is no scrape job %q", name)
}
