// Package snmp reads values of devices over SNMP 2c and 3.
package snmp

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"mainstay/internal/probe"
)

const (
	usualPort = 161
	retries   = 1
	maxWalk   = 10_000 // values below an OID
)

// Make reads all values once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	g, err := client(ctx, s.SNMP, e)
	if err != nil {
		return probe.Broken(err)
	}
	if err := g.Connect(); err != nil {
		return probe.Broken(err)
	}
	defer g.Conn.Close()
	r := probe.Fine("")
	var said []string
	for _, v := range s.SNMP.Values {
		text, err := read(&r, g, v)
		if err != nil {
			return probe.Fail("%s: %s", v.Name, words(err))
		}
		said = append(said, v.Name+" "+text)
	}
	if r.State == probe.OK {
		r.Message = strings.Join(said, ", ")
	}
	return r
}

func words(err error) string {
	if strings.Contains(err.Error(), "timeout") {
		return "no answer in time"
	}
	return probe.Words(err)
}

func client(ctx context.Context, s *probe.SNMP, e probe.Env) (*gosnmp.GoSNMP, error) {
	host, port, err := net.SplitHostPort(s.Address)
	n := uint64(usualPort)
	if err != nil {
		host = s.Address
	} else if n, err = strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("%s is no port", port)
	}
	limit := 10 * time.Second
	if deadline, ok := ctx.Deadline(); ok {
		limit = deadline.Sub(e.Clock.Now())
	}
	g := &gosnmp.GoSNMP{Target: host, Port: uint16(n), Transport: "udp", Version: gosnmp.Version2c, Community: string(s.Community), Context: ctx,
		Timeout: max(100*time.Millisecond, limit/(retries+1)), Retries: retries, MaxOids: gosnmp.MaxOids, Control: e.Dialer().Control}
	if g.Community == "" {
		g.Community = "public"
	}
	if s.Version == "3" {
		third(g, s)
	}
	return g, nil
}

// third sets up version 3 with its user (RFC 3414).
func third(g *gosnmp.GoSNMP, s *probe.SNMP) {
	auth := map[string]gosnmp.SnmpV3AuthProtocol{"": gosnmp.NoAuth, "MD5": gosnmp.MD5, "SHA": gosnmp.SHA, "SHA224": gosnmp.SHA224, "SHA256": gosnmp.SHA256, "SHA384": gosnmp.SHA384, "SHA512": gosnmp.SHA512}
	privacy := map[string]gosnmp.SnmpV3PrivProtocol{"": gosnmp.NoPriv, "DES": gosnmp.DES, "AES": gosnmp.AES, "AES192": gosnmp.AES192, "AES256": gosnmp.AES256}
	g.Version, g.SecurityModel, g.MsgFlags = gosnmp.Version3, gosnmp.UserSecurityModel, gosnmp.NoAuthNoPriv
	switch {
	case s.Privacy != "":
		g.MsgFlags = gosnmp.AuthPriv
	case s.Auth != "":
		g.MsgFlags = gosnmp.AuthNoPriv
	}
	g.SecurityParameters = &gosnmp.UsmSecurityParameters{UserName: s.User, AuthenticationProtocol: auth[s.Auth], AuthenticationPassphrase: string(s.AuthKey),
		PrivacyProtocol: privacy[s.Privacy], PrivacyPassphrase: string(s.PrivKey)}
}

var errTooMany = errors.New("has more values than are read")

// read reads one value, or all below it, and returns it as text.
func read(r *probe.Result, g *gosnmp.GoSNMP, v probe.OID) (string, error) {
	if v.Walk {
		return walk(r, g, v)
	}
	packet, err := g.Get([]string{v.OID})
	if err != nil {
		return "", err
	}
	if packet.Error != gosnmp.NoError || len(packet.Variables) == 0 {
		return "", fmt.Errorf("the device answers %v", packet.Error)
	}
	return judge(r, v, packet.Variables[0])
}

func walk(r *probe.Result, g *gosnmp.GoSNMP, v probe.OID) (string, error) {
	n, sum := 0, 0.0
	err := g.BulkWalk(v.OID, func(pdu gosnmp.SnmpPDU) error {
		if n++; n > maxWalk {
			return errTooMany
		}
		if value, ok := number(pdu); ok {
			sum += value
			v.Value.Judge(r, v.Name+" of "+strings.TrimPrefix(pdu.Name, "."+v.OID+"."), value)
		}
		if v.Equals != "" && text(pdu) != v.Equals {
			r.Worsen(probe.Failed, "%s of %s is %s, not %s", v.Name, strings.TrimPrefix(pdu.Name, "."+v.OID+"."), text(pdu), v.Equals)
		}
		return nil
	})
	r.Add(v.Name+"_count", float64(n), "")
	r.Add(v.Name+"_sum", sum, "")
	if err == nil && n == 0 {
		r.Worsen(probe.Failed, "%s: the device has nothing below %s", v.Name, v.OID)
	}
	return strconv.Itoa(n) + " values", err
}

func judge(r *probe.Result, v probe.OID, pdu gosnmp.SnmpPDU) (string, error) {
	switch pdu.Type {
	case gosnmp.NoSuchObject, gosnmp.NoSuchInstance, gosnmp.EndOfMibView:
		return "", fmt.Errorf("the device has no %s", v.OID)
	}
	is := text(pdu)
	if value, ok := number(pdu); ok {
		r.Add(v.Name, value, "")
		v.Value.Judge(r, v.Name, value)
	} else if v.Value.Any() {
		r.Worsen(probe.Failed, "%s is %q, which is no number", v.Name, is)
	}
	if v.Equals != "" && is != v.Equals {
		r.Worsen(probe.Failed, "%s is %q, not %q", v.Name, is, v.Equals)
	}
	return is, nil
}

func text(pdu gosnmp.SnmpPDU) string {
	switch value := pdu.Value.(type) {
	case []byte:
		return string(value)
	case string:
		return value
	}
	return fmt.Sprint(pdu.Value)
}

// number reads a number, also one that a device gives as text.
func number(pdu gosnmp.SnmpPDU) (float64, bool) {
	switch pdu.Type {
	case gosnmp.OctetString, gosnmp.ObjectIdentifier, gosnmp.IPAddress:
		v, err := strconv.ParseFloat(strings.TrimSpace(text(pdu)), 64)
		return v, err == nil
	case gosnmp.OpaqueFloat, gosnmp.OpaqueDouble:
		v, err := strconv.ParseFloat(fmt.Sprint(pdu.Value), 64)
		return v, err == nil
	}
	v, _ := new(big.Float).SetInt(gosnmp.ToBigInt(pdu.Value)).Float64()
	return v, true
}
