// Package format takes plain lines apart: it recognises the format of a text from its first lines,
// joins what belongs to one record, and finds the instant, the level and the fields.
//
//	access       Common and Combined Log Format of Apache, nginx and others
//	rfc3164      "Mar 27 13:06:56 host sshd[1291]: …", with or without <PRI>
//	rfc5424      "<34>1 2003-10-11T22:14:15.003Z host app 1 ID47 - …"
//	json         one object in each line
//	logfmt       time=… level=info msg="…"
//	timestamped  lines that begin with a date and time: Java, Python, Go, Tomcat, Apache errors …
//	plain        anything else
//
// Records of rfc3164, rfc5424 and timestamped begin at a line that begins as the format says; what
// follows up to the next such line belongs to them, such as a stack trace. In the other formats only
// what looks like the rest of a stack trace does. A record has at most MaxLines lines and MaxRecord
// bytes; what is longer goes on as a new one.
//
// Times without a zone are taken in Options.Zone; those without a year (RFC 3164) are the last that are
// not more than two days ahead of Options.Now. Levels are normalised to fatal, error, warn, info, debug and trace.
package format
