// Package text takes plain text, line by line, and finds out its format.
//
//	POST /insert/text    the body is lines, or a form with files (curl -F file=@app.log);
//	                     files may be packed with gzip or zstd
//
// The format is found from the first lines (package format says which there are), joined stack
// traces included, unless ?format= or the source's own setting names one: auto, plain, json, logfmt,
// access, rfc3164, rfc5424 or timestamped. Then a record that is written otherwise is marked with
// parse_error. Times without a zone are those of ?zone= (IANA name), else of the source's zone, else UTC.
//
// Fields: _msg, level where a record says it, and what the format has: remote_addr, method, path,
// status … of access logs, host, app_name, proc_id of syslog, logger of log4j.
//
// With ?past=true they are lines of the past: they get the field uploaded, with the instant of the
// request, and log rules and patterns leave them alone. Without it they are lines that are happening.
//
// The answer is 200 when every line is safe, with {"taken":…,"format":"timestamped",
// "first":…,"last":…,"query":…,"misdated":…,"time_error":…}: taken counts records, query finds them in LogsQL, and
// misdated ones are stored under the time of arrival, for the reason time_error. Otherwise 429 with Retry-After or another error, with the same document: so many records,
// counted from the first, are safe. A body may have 64 MiB, unpacked; a record 1 MiB and 2,000 lines,
// what is longer goes on as another.
package text
