// Package wire decodes what senders of samples write: remote write 1.0 and 2.0, OTLP, and the text that targets expose.
//
// A body is decoded as a whole or not at all: what is no such body is an Invalid error, and nothing of it is
// stored. A sample that cannot be stored is refused by itself, and the others go on; see Into.
//
// A Stamp is what the server says of every series of a sender. As with the labels of a scrape target in Prometheus
// (honor_labels: false), the server's value counts, and a sender's own is kept as exported_NAME.
//
// https://prometheus.io/docs/specs/prw/remote_write_spec/
// https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
// https://prometheus.io/docs/instrumenting/exposition_formats/
// https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
package wire
