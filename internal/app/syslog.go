package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/syslog"
	websource "mainstay/internal/web/source"
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
	c.Require(o.TLS == "" || (o.CertFile != "" && o.KeyFile != ""), "syslog.tls", "needs a certificate and its key: --syslog-cert and --syslog-key")
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

// syslogStats are what has come by syslog, nothing where it is not listened to.
func (a *App) syslogStats() (st syslog.Stats) {
	if a.syslog != nil {
		st = a.syslog.Stats()
	}
	return st
}

// strangers are how many messages and connections came from addresses that no source lists.
func strangers(st syslog.Stats) (n int64) {
	for _, of := range st.Unknown {
		n += of
	}
	return n
}

// turnedAway are how many messages over UDP were lost because of their source.
func turnedAway(st syslog.Stats) (n int64) {
	for _, of := range st.TurnedAway {
		n += of.Messages
	}
	return n
}

// syslogMetrics are figures of syslog for /metrics.
func (a *App) syslogMetrics() {
	figure := func(name, help string, of func(syslog.Stats) float64) {
		a.Metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "mainstay", Subsystem: "syslog", Name: name, Help: help},
			func() float64 { return of(a.syslogStats()) }))
	}
	figure("messages_stored", "Syslog messages stored durably since the start.", func(s syslog.Stats) float64 { return float64(s.Taken) })
	figure("messages_unparsed", "Of these, kept whole because they could not be taken apart.", func(s syslog.Stats) float64 { return float64(s.Unparsed) })
	figure("messages_lost", "UDP messages lost since the start because they came faster than they could be kept.", func(s syslog.Stats) float64 { return float64(s.Overflowed) })
	figure("messages_turned_away", "UDP messages lost since the start because their source may not send now: its day is full, or more important ones go first.", func(s syslog.Stats) float64 { return float64(turnedAway(s)) })
	figure("from_unlisted", "UDP messages and connections refused since the start, because no source lists their address.", func(s syslog.Stats) float64 { return float64(strangers(s)) })
	figure("connections", "Open syslog connections.", func(s syslog.Stats) float64 { return float64(s.Connections) })
	figure("connections_refused", "Connections closed since the start because there were too many.", func(s syslog.Stats) float64 { return float64(s.Refused) })
}

// syslogWay is what the page shows of syslog.
func (a *App) syslogWay() websource.Syslog {
	st := a.syslogStats()
	out := websource.Syslog{Listens: a.SyslogAddresses(), Stored: st.Taken, Lost: st.Overflowed, Connections: st.Connections, Waiting: st.Waiting,
		Unlisted: strangers(st), Last: st.LastUnknown, LastAt: st.LastUnknownAt}
	for address := range st.Unknown {
		out.Addresses = append(out.Addresses, address)
	}
	for name, t := range st.TurnedAway {
		out.TurnedAway = append(out.TurnedAway, websource.TurnedAway{Source: name, Messages: t.Messages, Why: t.Why, LastAt: t.Last})
	}
	slices.SortFunc(out.TurnedAway, func(a, b websource.TurnedAway) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.Source, b.Source))
	})
	slices.SortFunc(out.Addresses, func(a, b string) int {
		return cmp.Or(cmp.Compare(st.Unknown[b], st.Unknown[a]), cmp.Compare(a, b))
	})
	return out
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
