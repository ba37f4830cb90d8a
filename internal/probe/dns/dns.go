// Package dns asks name servers.
package dns

import (
	"context"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"mainstay/internal/probe"
)

// fallback is the name server where the machine says nothing of its own, as on Windows.
const fallback = "127.0.0.1:53"

const resolvConf = "/etc/resolv.conf"

// Make asks once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	d := s.DNS
	server, err := serverOf(d.Server)
	if err != nil {
		return probe.Unsure("this machine's name server is not known: %s", probe.Words(err))
	}
	question := new(dns.Msg)
	kind := d.Type
	if kind == "" {
		kind = "A"
	}
	name := d.Name
	if kind == "PTR" && net.ParseIP(name) != nil {
		if name, err = dns.ReverseAddr(name); err != nil {
			return probe.Unsure("%s has no name to ask for: %v", d.Name, err)
		}
	}
	question.SetQuestion(dns.Fqdn(name), dns.StringToType[kind])
	answer, took, err := ask(ctx, e, question, server, d.TCP)
	if err != nil {
		return probe.Fail("%s: %s", server, probe.Words(err))
	}
	return judge(d, kind, server, answer, took)
}

func ask(ctx context.Context, e probe.Env, question *dns.Msg, server string, overTCP bool) (*dns.Msg, time.Duration, error) {
	client := &dns.Client{Net: "udp", Dialer: e.Dialer()}
	if deadline, ok := ctx.Deadline(); ok {
		client.Timeout = max(time.Millisecond, deadline.Sub(e.Clock.Now()))
	}
	if overTCP {
		client.Net = "tcp"
	}
	answer, took, err := client.ExchangeContext(ctx, question, server)
	if err == nil && answer.Truncated && !overTCP { // RFC 5966: what is cut off is asked for again over TCP
		client.Net = "tcp"
		answer, took, err = client.ExchangeContext(ctx, question, server)
	}
	return answer, took, err
}

func serverOf(named string) (string, error) {
	if named == "" {
		c, err := dns.ClientConfigFromFile(resolvConf)
		switch {
		case os.IsNotExist(err):
			return fallback, nil
		case err != nil:
			return "", err
		case len(c.Servers) == 0:
			return fallback, nil
		}
		return net.JoinHostPort(c.Servers[0], c.Port), nil
	}
	if _, _, err := net.SplitHostPort(named); err == nil {
		return named, nil
	}
	return net.JoinHostPort(strings.Trim(named, "[]"), "53"), nil
}

func judge(d *probe.DNS, kind, server string, answer *dns.Msg, took time.Duration) probe.Result {
	var values []string
	least := uint32(0)
	for _, rr := range answer.Answer {
		if dns.TypeToString[rr.Header().Rrtype] != kind {
			continue // an alias on the way
		}
		values = append(values, value(rr))
		if ttl := rr.Header().Ttl; least == 0 || ttl < least {
			least = ttl
		}
	}
	slices.Sort(values)
	r := probe.Fine("%s", strings.Join(values[:min(len(values), 5)], ", "))
	r.Add("answers", float64(len(values)), "")
	r.Add("phase_lookup", took.Seconds(), "s")
	r.Add("ttl", float64(least), "s")
	want := d.Code
	if want == "" {
		want = "NOERROR"
	}
	switch code := dns.RcodeToString[answer.Rcode]; {
	case code != want:
		r.Worsen(probe.Failed, "%s answers %s", server, code)
	case want != "NOERROR":
		r.Message = "answers " + want
	case len(values) == 0:
		r.Worsen(probe.Failed, "%s has no record %s", d.Name, kind)
	}
	for _, w := range d.Expect {
		if !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(strings.TrimSuffix(v, "."), strings.TrimSuffix(w, ".")) }) {
			r.Worsen(probe.Failed, "%s is not among the answers: %s", w, strings.Join(values[:min(len(values), 5)], ", "))
		}
	}
	return r
}

// value is a record without its head.
func value(rr dns.RR) string {
	switch rr := rr.(type) {
	case *dns.TXT:
		return strings.Join(rr.Txt, "")
	default:
		return strings.TrimPrefix(rr.String(), rr.Header().String())
	}
}
