// Package jsonline takes lines of JSON, one object in each, as VictoriaLogs does.
//
//	POST /insert/jsonline    (PUT is the same)
//
// https://docs.victoriametrics.com/victorialogs/data-ingestion/#json-stream-api
//
// The body is taken whatever its Content-Type says: curl --data-binary calls everything a form. Only
// of multipart/form-data the parts with a file are taken, because that is what browsers and curl -F send.
//
// The instant is in _time or @timestamp, the line itself in _msg or message, unless _time_field and
// _msg_field say otherwise. Nested objects become a.b.c. A line that is no JSON object is kept whole
// and marked with parse_error.
//
// The answer is 200 when every line is safe, with {"taken":2,"unparsed":[{"line":3,"error":"…"}]} where
// unparsed names the first 50 that were kept whole. When lines cannot be stored the answer is 429 with
// Retry-After or another error with the same document: its "taken" lines from the beginning are safe. A body
// may have 64 MiB, unpacked.
package jsonline
