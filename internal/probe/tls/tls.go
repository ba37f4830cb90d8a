// Package tls looks at certificates.
package tls

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/textproto"
	"strings"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
	"mainstay/internal/probe/tcp"
)

// Make shakes hands once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	t := s.TLS
	conn, err := e.Dial(ctx, "tcp", t.Address)
	if err != nil {
		return probe.Broken(err)
	}
	defer conn.Close()
	if err := tcp.Limit(ctx, conn); err != nil {
		return probe.Broken(err)
	}
	if err := ask(conn, t.StartTLS); err != nil {
		return probe.Broken(err)
	}
	name := t.Name
	if name == "" {
		name, _, _ = net.SplitHostPort(t.Address) // checked when it was written
	}
	took := clock.Stopwatch()
	client := tls.Client(conn, certificate.Config(name, t.Insecure, e.Clock))
	if err := client.HandshakeContext(ctx); err != nil {
		return certificate.Broken(err)
	}
	state := client.ConnectionState()
	leaf := state.PeerCertificates[0]
	r := probe.Fine("certificate of %s until %s, %s", named(leaf.Subject.CommonName, leaf.DNSNames), leaf.NotAfter.UTC().Format("2 January 2006"), tls.VersionName(state.Version))
	r.Add("phase_tls", took().Seconds(), "s")
	certificate.Judge(&r, &state, t.Expires, e.Clock)
	return r
}

func named(common string, names []string) string {
	if len(names) > 0 {
		return names[0]
	}
	if common != "" {
		return common
	}
	return "no name"
}

// ask asks for encryption where a protocol begins without.
func ask(conn net.Conn, protocol string) error {
	in := textproto.NewReader(bufio.NewReaderSize(conn, 4096))
	switch protocol {
	case "smtp":
		if _, _, err := in.ReadResponse(220); err != nil {
			return err
		}
		for _, step := range []struct {
			say  string
			code int
		}{{"EHLO mainstay\r\n", 250}, {"STARTTLS\r\n", 220}} {
			if _, err := conn.Write([]byte(step.say)); err != nil {
				return err
			}
			if _, _, err := in.ReadResponse(step.code); err != nil {
				return err
			}
		}
	case "imap":
		if _, err := in.ReadLine(); err != nil {
			return err
		}
		if _, err := conn.Write([]byte("a1 STARTTLS\r\n")); err != nil {
			return err
		}
		line, err := in.ReadLine()
		if err != nil {
			return err
		}
		if !strings.HasPrefix(strings.ToUpper(line), "A1 OK") {
			return fmt.Errorf("the server says %.100q to STARTTLS", line)
		}
	}
	return nil
}
