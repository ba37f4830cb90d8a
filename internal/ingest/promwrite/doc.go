// Package promwrite takes samples over Prometheus' remote write.
//
//	POST /prometheus/api/v1/write, /api/v1/write    remote write 1.0 and 2.0, snappy or zstd
//
// https://prometheus.io/docs/specs/prw/remote_write_spec/
// https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
//
// The Content-Type says which version it is; without the parameter proto it is 1.0. The answer is 204 when every sample is
// stored; 400 when some cannot be, which are then in the quarantine, while the others are stored: repeating them would
// help nobody. It is 503 with Retry-After when samples cannot be stored now: then none was. (Senders of Prometheus give
// up on 429 unless they are told otherwise, so that it is never answered.)
//
// The headers X-Prometheus-Remote-Write-Samples-Written, -Histograms-Written and -Exemplars-Written say what was stored.
// A body may have 16 MiB, unpacked, and 200,000 series.
package promwrite
