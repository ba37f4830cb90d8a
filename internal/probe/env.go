package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"syscall"
	"time"

	"mainstay/internal/base/clock"
)

// Env is where a probe is made: what it may call and use there.
type Env struct {
	// Clock is the one of signals.
	Clock clock.Clock
	// Reach refuses addresses that are not called from here; nil means that all are.
	Reach func(netip.Addr) error
	// Scripts are the commands that may run here, by name; only an agent's own configuration names any.
	Scripts map[string]Script
}

// Script is a command that may be run.
type Script struct {
	Command []string // the program and its arguments, which may hold $1 to $9
	// Arguments say what $1, $2 … may be: each must match as a whole.
	Arguments []*regexp.Regexp
}

// dialTimeout is the longest that a connection takes to come about, whatever the check's time limit.
const dialTimeout = 30 * time.Second

// Dialer connects to where one may from here.
func (e Env) Dialer() *net.Dialer {
	d := &net.Dialer{Timeout: dialTimeout}
	if e.Reach != nil {
		d.Control = e.control
	}
	return d
}

// Dial connects to an address.
func (e Env) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return e.Dialer().DialContext(ctx, network, address)
}

func (e Env) control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("%s is no address", host)
	}
	return e.Reach(ip)
}

// Resolve finds an address of a host that one may call from here; for protocols whose libraries do
// not let us connect.
func (e Env) Resolve(ctx context.Context, host string) (netip.Addr, error) {
	list, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, ip := range list {
		ip = ip.Unmap()
		if e.Reach == nil {
			return ip, nil
		}
		if err = e.Reach(ip); err == nil {
			return ip, nil
		}
	}
	return netip.Addr{}, err
}
