// Package certificate judges certificates of TLS.
package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
)

// Judge notes how long the certificates of a connection last, and worsens a result by what is left.
// What the chain has beside the leaf counts too: one that ends sooner ends all.
func Judge(r *probe.Result, state *tls.ConnectionState, want probe.Expires, c clock.Clock) {
	if state == nil || len(state.PeerCertificates) == 0 {
		return
	}
	ends := state.PeerCertificates[0].NotAfter
	for _, cert := range state.PeerCertificates[1:] {
		if cert.NotAfter.Before(ends) {
			ends = cert.NotAfter
		}
	}
	left := ends.Sub(c.Now())
	days := left.Hours() / 24
	r.Add("certificate_days", days, "d")
	degraded, failed := want.Days()
	on := ends.UTC().Format("2 January 2006")
	switch {
	case left < 0:
		r.Worsen(probe.Failed, "the certificate ended on %s", on)
	case days < float64(failed):
		r.Worsen(probe.Failed, "the certificate ends on %s, %s", on, in(left))
	case days < float64(degraded):
		r.Worsen(probe.Degraded, "the certificate ends on %s, %s", on, in(left))
	}
}

func in(left time.Duration) string {
	if days := int(left.Hours() / 24); days > 1 {
		return fmt.Sprintf("in %d days", days)
	}
	return fmt.Sprintf("in %v", left.Round(time.Minute))
}

// Config is how to speak TLS to a host.
func Config(host string, insecure bool, c clock.Clock) *tls.Config {
	return &tls.Config{ServerName: host, InsecureSkipVerify: insecure, MinVersion: tls.VersionTLS12, Time: c.Now} //nolint:gosec // people may ask for unchecked certificates
}

// Words says in words what is wrong with a certificate, "" when an error is about something else.
func Words(err error) string {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &host):
		return "the certificate is not for " + host.Host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate is not valid now: it is for " + invalid.Cert.NotBefore.UTC().Format("2 January 2006") + " to " +
			invalid.Cert.NotAfter.UTC().Format("2 January 2006")
	case errors.As(err, &unknown):
		return "the certificate is signed by nobody whom this machine trusts"
	case errors.As(err, &invalid):
		return "the certificate is not valid: " + invalid.Error()
	}
	return ""
}

// Broken is a failed result of an error that may be about a certificate.
func Broken(err error) probe.Result {
	if words := Words(err); words != "" {
		return probe.Fail("%s", words)
	}
	return probe.Broken(err)
}
