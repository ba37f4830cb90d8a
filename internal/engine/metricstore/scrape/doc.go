// Package scrape fetches samples from targets, with Prometheus' own scrape manager.
//
// Jobs are written as Prometheus writes them, under scrape_configs in a file of their own, which is read again
// when it changes. Targets are named in the file (static_configs), in further files (file_sd_configs), or in DNS
// (dns_sd_configs); every other way of discovery is refused by name, as are the sections of a Prometheus file that
// Mainstay does in another place. A file with a mistake changes nothing: the jobs that ran go on.
//
// A target that does not answer is the series up with the value 0, as in Prometheus.
//
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config
package scrape
