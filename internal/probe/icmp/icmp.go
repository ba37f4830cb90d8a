// Package icmp sends echo requests.
//
// Without privileges where the system lets it: Linux has sockets for echo requests, which the setting
// net.ipv4.ping_group_range opens. Where it does not, raw sockets are tried, which need a capability.
package icmp

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"time"

	probing "github.com/prometheus-community/pro-bing"

	"mainstay/internal/probe"
)

const (
	usualCount = 3
	pause      = 200 * time.Millisecond
)

// Make sends a few requests.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	i := s.ICMP
	ip, err := e.Resolve(ctx, i.Host)
	if err != nil {
		return probe.Broken(err)
	}
	privileged := runtime.GOOS == "windows"
	stats, err := send(ctx, net.IP(ip.AsSlice()), i.Count, privileged)
	if err != nil && !privileged && denied(err) {
		stats, err = send(ctx, net.IP(ip.AsSlice()), i.Count, true)
	}
	switch {
	case err != nil && denied(err):
		return probe.Unsure("this machine lets us send no echo requests: open net.ipv4.ping_group_range, or give the program CAP_NET_RAW")
	case err != nil:
		return probe.Broken(err)
	}
	return judge(i, ip.String(), stats)
}

func denied(err error) bool { return errors.Is(err, os.ErrPermission) }

func send(ctx context.Context, ip net.IP, count int, privileged bool) (*probing.Statistics, error) {
	p := probing.New(ip.String())
	p.SetIPAddr(&net.IPAddr{IP: ip})
	p.SetPrivileged(privileged)
	p.SetLogger(nil)
	p.Count, p.Interval, p.RecordRtts = usualCount, pause, false
	if count > 0 {
		p.Count = count
	}
	err := p.RunWithContext(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // what has not come back is lost
	}
	return p.Statistics(), err
}

func judge(i *probe.ICMP, ip string, stats *probing.Statistics) probe.Result {
	loss := 100.0
	if stats.PacketsSent > 0 {
		loss = 100 * (1 - float64(min(stats.PacketsRecv, stats.PacketsSent))/float64(stats.PacketsSent))
	}
	trip := float64(stats.AvgRtt) / float64(time.Millisecond)
	r := probe.Fine("%s answers %d of %d", ip, stats.PacketsRecv, stats.PacketsSent)
	r.Add("loss", loss, "%")
	if stats.PacketsRecv > 0 {
		r.Message += ", " + probe.Brief(stats.AvgRtt).String() + " on average"
		r.Add("trip", stats.AvgRtt.Seconds(), "s")
		r.Add("jitter", stats.StdDevRtt.Seconds(), "s")
		r.Duration = stats.AvgRtt
	}
	switch {
	case stats.PacketsRecv == 0:
		r.Worsen(probe.Failed, "%s does not answer", ip)
	case i.Loss.Any():
		i.Loss.Judge(&r, "loss in percent", loss)
	case loss > 0:
		r.Worsen(probe.Degraded, "%s answers %d of %d", ip, stats.PacketsRecv, stats.PacketsSent)
	}
	if stats.PacketsRecv > 0 {
		i.Trip.Judge(&r, "round trip in ms", trip)
	}
	return r
}
