// Package receive is what the wire protocols of logs share: who sends, what a body holds when
// it is unpacked, what the parameters of the address ask for, and storing in pieces.
//
//	request ─▶ Open      source key, or a token or session with ?source=   ─▶ Delivery
//	        ─▶ Body      gzip, zstd, snappy, deflate; at most MaxBody bytes unpacked
//	        or Tree      the same for what is parsed as a whole: at most MaxTree bytes, MaxRecords and
//	                     MaxValues, and of all requests together what the Gate lets through
//	        ─▶ a parser  of the protocol's room
//	        ─▶ Delivery  Add, Add, … Flush: stored every MaxRows lines or MaxBytes bytes
//
// A key of a source (it begins with source.KeyPrefix) comes as Authorization: Bearer, Basic with
// it as the password, Splunk or ApiKey, or where the protocol has a place of its own for it.
// Anything else is a token or a session, which edge recognises; such a sender names the source with
// ?source= or the header X-Mainstay-Source.
//
// Flush returns nil when every line so far is safe; only then may a protocol answer success. When a
// later piece cannot be stored, Delivery.Stored says how many lines are safe, and each protocol
// tells its sender in its own way. A sender that repeats the whole request stores those twice.
//
// Parameters are those of VictoriaLogs, in the query or as headers (VL-Stream-Fields and so on):
// _stream_fields, _time_field, _msg_field, ignore_fields, decolorize_fields as lists with commas,
// and extra_fields as name=value. Our own are _parse_msg, with which the text of each line is looked at once for its
// time, level and fields (auto, or one of the formats of package format), and _zone for times that name none. AccountID and ProjectID are ignored: there is one tenant.
// https://docs.victoriametrics.com/victorialogs/data-ingestion/#http-parameters
//
// Values that are not UTF-8 are repaired with U+FFFD. Names are not repeated within a line: a
// second value of "a" that differs is kept as "a_2".
package receive
