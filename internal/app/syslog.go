package app

import (
	"context"
	"fmt"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/syslog"
)

// SyslogOptions are where syslog is listened to; an empty address is not.
type SyslogOptions struct {
	UDP, TCP, TLS     string
	CertFile, KeyFile string
	// ClientCAFile, when given, holds the authorities whose certificates senders must have.
	ClientCAFile string
}

func (o SyslogOptions) wanted() bool { return o.UDP != "" || o.TCP != "" || o.TLS != "" }

func (o SyslogOptions) check(c *errs.Check) {
	c.Require(o.TLS == "" || (o.CertFile != "" && o.KeyFile != ""), "syslog.tls", "needs syslog.cert and syslog.key")
}

// startSyslog listens to syslog where that is wanted.
func (a *App) startSyslog(ctx context.Context) error {
	if !a.Syslog.wanted() {
		return nil
	}
	o := a.Syslog
	s := syslog.New(syslog.Config{
		UDP: o.UDP, TCP: o.TCP, TLS: o.TLS, CertFile: o.CertFile, KeyFile: o.KeyFile, ClientCAFile: o.ClientCAFile,
		Sources: a.Rooms.Sources, Clock: clock.Wall(), Log: a.Log,
	})
	if err := s.Start(ctx); err != nil {
		return fmt.Errorf("syslog: %w", err)
	}
	a.syslog = s
	return nil
}

// SyslogAddresses are those that are listened to, for tests that let the system choose.
func (a *App) SyslogAddresses() []string {
	if a.syslog == nil {
		return nil
	}
	var out []string
	for _, address := range a.syslog.Addresses() {
		out = append(out, address.Network()+" "+address.String())
	}
	return out
}
