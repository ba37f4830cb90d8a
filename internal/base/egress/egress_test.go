package egress_test

import (
	"net/netip"
	"testing"

	"mainstay/internal/base/egress"
	"mainstay/internal/base/errs"
)

func refused(r egress.Rule, address string) bool {
	var c errs.Check
	r.Check(&c, "address", address)
	return c.Err("it") != nil
}

// what is called by whom: nobody, a desk in its own house, everybody.
func TestAddressesAreCalledOnlyByWhoMay(t *testing.T) {
	for class, hosts := range map[string][]string{
		"nobody": {"169.254.169.254", "169.254.0.1", "[fe80::1]", "[fe80::1%25eth0]", "0.0.0.0", "0.1.2.3", "[::]", "224.0.0.1", "[ff02::1]", "255.255.255.255",
			"100.100.100.200", "[fd00:ec2::254]", "168.63.129.16", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[::a9fe:a9fe]",
			"169.254.169.254.", "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "169.254.43518", "0251.0376.0251.0376", "127.1", "1.2.3.4.5"},
		"house": {"127.0.0.1", "127.9.9.9", "[::1]", "10.0.0.1", "172.16.3.4", "192.168.1.1", "[fd12::1]", "100.64.0.1", "198.18.0.1", "192.0.2.1", "240.0.0.1",
			"[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "[2001:db8::1]", "localhost", "LOCALHOST.", "desk.localhost"},
		"everybody": {"8.8.8.8", "[2606:4700:4700::1111]", "hooks.bank.example", "10.bank.example", "bank.example.", "[64:ff9b::808:808]", "0xbank.example"},
	} {
		for _, host := range hosts {
			address := "https://" + host + ":8443/x"
			if got := refused(egress.Rule{}, address); got != (class == "nobody") {
				t.Errorf("%s, called by %s: refused by a desk in its house: %v", host, class, got)
			}
			if got := refused(egress.Rule{OnlyPublic: true}, address); got != (class != "everybody") {
				t.Errorf("%s, called by %s: refused by a public desk: %v", host, class, got)
			}
		}
	}
}

func TestConnectionsFollowTheSameRule(t *testing.T) {
	for ip, want := range map[string][2]bool{
		"169.254.169.254": {}, "::ffff:169.254.169.254": {}, "fe80::1%eth0": {}, "64:ff9b::a9fe:a9fe": {},
		"127.0.0.1": {true, false}, "::1": {true, false}, "10.1.2.3": {true, false}, "fd00::1": {true, false}, "8.8.8.8": {true, true}, "2606:4700::1": {true, true},
	} {
		at := netip.MustParseAddr(ip)
		if got := [2]bool{egress.Rule{}.Allows(at), egress.Rule{OnlyPublic: true}.Allows(at)}; got != want {
			t.Errorf("%s: %v, want %v", ip, got, want)
		}
	}
}
