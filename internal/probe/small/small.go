// Package small is the set of probes that rest on little: those that every agent makes.
package small

import (
	"mainstay/internal/probe"
	"mainstay/internal/probe/dns"
	"mainstay/internal/probe/file"
	"mainstay/internal/probe/http"
	"mainstay/internal/probe/icmp"
	"mainstay/internal/probe/imap"
	"mainstay/internal/probe/logfile"
	"mainstay/internal/probe/login"
	"mainstay/internal/probe/process"
	"mainstay/internal/probe/script"
	"mainstay/internal/probe/smtp"
	"mainstay/internal/probe/snmp"
	"mainstay/internal/probe/ssh"
	"mainstay/internal/probe/tcp"
	"mainstay/internal/probe/tls"
)

// Set returns the probes.
func Set() probe.Set {
	return probe.Set{
		probe.HTTPKind:    http.Make,
		probe.TCPKind:     tcp.Make,
		probe.TLSKind:     tls.Make,
		probe.ICMPKind:    icmp.Make,
		probe.DNSKind:     dns.Make,
		probe.SMTPKind:    smtp.Make,
		probe.IMAPKind:    imap.Make,
		probe.SSHKind:     ssh.Make,
		probe.SNMPKind:    snmp.Make,
		probe.LoginKind:   login.Make,
		probe.ProcessKind: process.Make,
		probe.FileKind:    file.Make,
		probe.LogKind:     logfile.Make,
		probe.ScriptKind:  script.Make,
	}
}
