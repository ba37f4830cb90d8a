// Package datadog takes lines as Datadog's logs API does, for its agent.
//
//	POST /insert/datadog/api/v2/logs        a list of objects, or one
//	POST /api/v2/logs                       the same, for agents that know a host and no path: before
//	                                        https://github.com/DataDog/datadog-agent/pull/38760
//	GET  /insert/datadog/api/v1/validate    what the agent asks first
//
// https://docs.datadoghq.com/api/latest/logs/#send-logs
//
// A key comes as DD-API-KEY or ?dd-api-key=. message is the line itself, timestamp its instant
// (milliseconds; or the header dd-message-timestamp), status gives level, ddtags are split at commas
// and colons into fields; a tag without a value has "no_label_value". A message that is an object, as the
// Lambda extension sends it, becomes fields. hostname becomes host. The stream is host and ddsource unless _stream_fields
// says otherwise. The agent's own service is kept as the server's rule for fields of its own has it.
//
// The answer is 202 when every line is safe; 400 when the body cannot be read, then nothing was
// stored; 403 for a wrong key; 429 with Retry-After when lines cannot be stored. What stands in the list
// and is no object is kept whole and marked. A body may have 16 MiB, unpacked,
// and 200,000 objects and lists.
package datadog
