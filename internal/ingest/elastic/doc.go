// Package elastic takes lines as Elasticsearch's bulk API does, for Filebeat, Logstash, Fluent Bit,
// Vector and others.
//
//	POST /_bulk, /insert/elasticsearch/_bulk, /insert/elasticsearch/{index}/_bulk    (PUT is the same)
//	     /insert/elasticsearch/…    what shippers ask before they send: version, licence, templates
//
// https://www.elastic.co/guide/en/elasticsearch/reference/8.8/docs-bulk.html
//
// create and index are taken, update and delete refused with 400, because lines do not change. The
// index becomes the field index. The instant is in @timestamp or _time, the line itself in _msg,
// message or log, unless _time_field and _msg_field say otherwise.
//
// The answer has one result for each item, in the order sent. 201 means that it is safe; so has a document that
// is no JSON object, which is kept whole and marked. 400 means that nothing of the item is stored. When
// lines cannot be stored any more, what follows has 429 and is sent again; when none was stored the
// whole answer is 429 with Retry-After. A body may have 64 MiB, unpacked,
// and 100,000 items.
//
// What shippers ask first is answered as VictoriaLogs does: there is always a version, a licence and
// the template that they look for.
package elastic
