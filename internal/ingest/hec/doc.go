// Package hec takes lines as Splunk's HTTP Event Collector does.
//
//	POST /services/collector, /services/collector/event[/1.0]    JSON events, one after the other
//	POST /services/collector/raw[/1.0]     lines; host, source, sourcetype, index in the query
//	POST /services/collector/ack           {"acks":[0,1]} ─▶ {"acks":{"0":true,"1":true}}
//	GET  /services/collector/health[/1.0]  no key needed
//	OPTIONS of the ways of events          no key needed; Docker's driver asks that first
//
// https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
// https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector (codes)
//
// A key comes as Authorization: Splunk K (or Basic, or Bearer), or as ?token=.
//
// event is a text, the line itself, or an object, whose members become fields; in that its line is in
// message, line or log unless _msg_field says otherwise. time is in seconds, a number or a text. HEC's source is
// kept as splunk_source, because source is the server's; host, sourcetype, index and the members of
// fields keep their names. host, splunk_source, sourcetype and index are the stream.
//
// An event that is none ends the request, as it does there: the events before it are stored, it and what
// follows are not, and the answer has its number: codes 6, 12, 13 and 15
// (https://github.com/moby/moby/issues/35862 shows it). Success (code 0) means that every event is safe, and so an acknowledgement is true as
// soon as it has a number; numbers are given to requests that name a channel. When lines cannot be
// stored the answer is 503 with code 9 and Retry-After, and the number of the first that is not when some are. A body of events may have
// 16 MiB, unpacked, and 200,000 objects and lists, a raw one 64 MiB.
package hec
