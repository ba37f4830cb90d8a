// Package loki takes lines as Loki's push API does, for Promtail, Grafana Alloy, Fluent Bit and others.
//
//	POST /loki/api/v1/push, /insert/loki/api/v1/push    JSON, or protobuf in snappy
//	GET  /insert/loki/ready
//
// https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
// https://github.com/grafana/loki/blob/main/pkg/push/push.proto
//
// Content-Type application/json is JSON, anything else protobuf, which is in snappy unless
// Content-Encoding says otherwise. The labels of a stream become fields, and these are the stream unless
// _stream_fields says otherwise; structured metadata become fields, too.
//
// As VictoriaLogs 1.121 does, a line that is a JSON object is taken apart, and its message found by
// _msg_field, unless ?disable_message_parsing=1 (or the header VL-Loki-Disable-Message-Parsing) asks to
// keep it as text. A line that only looks like an object stays text, which is no error.
//
// The answer is 204 when every line is safe. A body that cannot be read is refused whole with 400, before
// anything is stored; an entry without a usable time or label is kept and marked with parse_error. When
// lines cannot be stored the answer is 429 with Retry-After. A body may have 16 MiB, unpacked,
// and 200,000 entries or, in JSON, objects and lists.
package loki
