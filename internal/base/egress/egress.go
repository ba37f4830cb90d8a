// Package egress says which network addresses the server calls for the people who configure
// it. Whoever may enter an address of a webhook makes the server speak from within its house:
// to the metadata service of a cloud, which gives credentials away, or to a console that
// trusts its neighbours.
//
// The rule is asked twice: when an address is entered, as far as it is written out, so that
// the person learns it then; and right before each connection, for what a name leads to.
package egress

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"mainstay/internal/base/errs"
)

// Rule is how far the server goes. Its zero value lets it call its own house, which a desk
// that serves that house needs.
type Rule struct {
	// OnlyPublic refuses loopback, private and special-purpose addresses too.
	OnlyPublic bool
}

// never are called under no rule: "this network", and the services of clouds that tell a
// machine about itself and are not at link-local addresses.
var never = prefixes("0.0.0.0/8", "255.255.255.255/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128")

// special are the ranges of the IANA special-purpose registries (RFC 6890) that net/netip
// does not know by a name of their own.
var special = prefixes("100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"240.0.0.0/4", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "fec0::/10")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

func in(list []netip.Prefix, ip netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Allows reports whether the server may connect to ip.
func (r Rule) Allows(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if v4, ok := inside(ip); ok && !r.Allows(v4) {
		return false
	}
	switch {
	case ip.IsUnspecified(), ip.IsLinkLocalUnicast(), ip.IsMulticast(), in(never, ip):
		return false
	case r.OnlyPublic:
		return !ip.IsLoopback() && !ip.IsPrivate() && !in(special, ip)
	}
	return true
}

// inside is the IPv4 address to which a translator takes an IPv6 address: NAT64 (RFC 6052),
// 6to4 (RFC 3056), IPv4-compatible (RFC 4291 §2.5.5.1).
func inside(ip netip.Addr) (v4 netip.Addr, ok bool) {
	if !ip.Is6() {
		return v4, false
	}
	b := ip.As16()
	switch head := hex.EncodeToString(b[:12]); {
	case head == "0064ff9b0000000000000000":
		return netip.AddrFrom4([4]byte(b[12:])), true
	case strings.HasPrefix(head, "2002"):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	case head == strings.Repeat("0", 24) && !ip.IsLoopback() && !ip.IsUnspecified():
		return netip.AddrFrom4([4]byte(b[12:])), true
	}
	return v4, false
}

// Check refuses a URL whose host is written out as an address that the rule does not allow.
// Names pass: what they lead to is known only when they are called.
func (r Rule) Check(c *errs.Check, path, address string) {
	u, err := url.Parse(address)
	if err != nil {
		return // whoever checks the form of the address says so
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil && !Rule{}.Allows(ip):
		c.Add(path, "must not lead to %s: link-local addresses and those of cloud metadata services are never called", host)
	case err == nil && !r.Allows(ip), r.OnlyPublic && (host == "localhost" || strings.HasSuffix(host, ".localhost")):
		c.Add(path, "must lead to a public address: this server calls no private ones, and %s is one", host)
	case err != nil && endsInNumber(host):
		c.Add(path, "must have a host name or an IP address in its usual form, not %s", host)
	}
}

// endsInNumber tells hosts that some programs read as IPv4 addresses: 127.1, 0x7f000001,
// 2130706433 (WHATWG URL, 3.5). No host name ends in a number.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if digits, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}
