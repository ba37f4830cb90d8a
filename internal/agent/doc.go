// Package agent is mainstay-agent, the small program on other hosts: it sends what is written to
// their logs, tells when files of watched directories change, and on Windows reads the event log.
// It has no database and no engines, and builds for every system that Go has.
//
//	settings   the configuration, checked by line and field
//	tail       log files, through rotation, with checkpoints
//	watch      directories, with a baseline each
//	eventlog   channels of Windows
//	spool      the disk buffer, for what cannot be read again
//	ship       the way to the server, and what it refused
//	manifest   lists of files with hashes
//
// Everything is delivered at least once. A log file is its own buffer: its checkpoint moves when the
// server has answered 200, and until then the lines are read again. What has no file behind it, or
// no longer, lies in the disk buffer until then. A body that the server refuses for good (4xx) goes
// to the quarantine, where people see it, and the rest goes on; a server that does not know the
// agent's key (401, 403) or address (404) is one to wait for, not one that refuses the lines.
//
// The state directory:
//
//	lock              one agent per directory
//	checkpoints.json  how far each log was delivered
//	spool/            the disk buffer
//	files/            baselines of watched directories
//	eventlog/         bookmarks
//	quarantine/       what the server refused, one file per body with the reason in its first line
//
// On SIGTERM a request that is under way has 3 seconds to be answered; the agent ends within 5.
//
// Reading the event log of Windows has been compiled and vetted, and not yet run; see eventlog.
package agent
