// Package otlp takes log records of OpenTelemetry.
//
//	POST /v1/logs, /insert/opentelemetry/v1/logs    protobuf, or JSON with Content-Type: application/json
//
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
// https://opentelemetry.io/docs/specs/otel/logs/data-model/
//
// The attributes of the resource become fields, and these are the stream unless _stream_fields says
// otherwise. A body that is a text is the line itself; one that is a map becomes fields, in which the line
// is found by _msg_field or in message; other values become JSON text. Attributes become fields of their
// names; maps in them a.b.c, lists JSON text. Further fields are severity (the text, or the name of the
// number), severity_number, level, trace_id, span_id, scope.name, scope.version, scope attributes as
// scope.attributes.name, and event_name.
//
// The instant is the record's, or when it was observed. The answer is ExportLogsServiceResponse in the
// encoding of the request: 200 when every record is safe, 429 with Retry-After and a google.rpc.Status
// when they cannot be stored, 400 when the body cannot be read; then nothing was stored. A body may have
// 16 MiB, unpacked, and 200,000 records or, in JSON, objects and lists.
package otlp
