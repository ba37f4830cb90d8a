// Package promtext takes samples as targets expose them: in Prometheus' text format, or in OpenMetrics when the
// Content-Type says so.
//
//	POST /api/v1/import/prometheus, /prometheus/api/v1/import/prometheus    as VictoriaMetrics takes it
//	PUT, POST, DELETE /metrics/job/NAME{/LABEL/VALUE}                       as the Pushgateway takes it
//
// https://prometheus.io/docs/instrumenting/exposition_formats/
// https://docs.victoriametrics.com/#how-to-import-data-in-prometheus-exposition-format
// https://github.com/prometheus/pushgateway#api
//
// Samples may have an instant, in milliseconds (OpenMetrics: seconds); those without get ?timestamp=, or that of their
// arrival. ?extra_label=name=value is added to every series. A body with a line that cannot be read is refused as a whole
// with 400, and the answer names the line. The answer is 204 when every sample is stored, 400 when some cannot be,
// which are then in the quarantine, and 503 when none can be stored now.
//
// Bodies may be packed with gzip, zstd, snappy or deflate, and have 16 MiB, unpacked, and a million lines.
package promtext
