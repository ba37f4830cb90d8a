package probe

import "slices"

// Kind is what a probe looks at.
type Kind string

// The kinds.
const (
	HTTPKind      Kind = "http"
	TCPKind       Kind = "tcp"
	TLSKind       Kind = "tls"
	ICMPKind      Kind = "icmp"
	DNSKind       Kind = "dns"
	SMTPKind      Kind = "smtp"
	IMAPKind      Kind = "imap"
	SSHKind       Kind = "ssh"
	SQLKind       Kind = "sql"
	RedisKind     Kind = "redis"
	QueueKind     Kind = "queue"
	SNMPKind      Kind = "snmp"
	LoginKind     Kind = "login"
	ProcessKind   Kind = "process"
	FileKind      Kind = "file"
	LogKind       Kind = "log"
	ScriptKind    Kind = "script"
	HeartbeatKind Kind = "heartbeat"
)

// Kinds lists every kind.
var Kinds = []Kind{HTTPKind, TCPKind, TLSKind, ICMPKind, DNSKind, SMTPKind, IMAPKind, SSHKind, SQLKind, RedisKind, QueueKind, SNMPKind,
	LoginKind, ProcessKind, FileKind, LogKind, ScriptKind, HeartbeatKind}

// Local reports whether a kind looks at the machine on which it runs, so that agents alone make it:
// who may configure checks must not look around on the server.
func (k Kind) Local() bool {
	return slices.Contains([]Kind{ProcessKind, FileKind, LogKind, ScriptKind}, k)
}

// Made reports whether anybody makes probes of the kind: a heartbeat comes by itself.
func (k Kind) Made() bool { return k != HeartbeatKind }
