package syslog_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/receivetest"
	"mainstay/internal/ingest/syslog"
)

const (
	anywhere = "127.0.0.1:0"
	modern   = `<165>1 2026-11-02T08:00:00.003Z mymachine.example.com evntslog 7 ID47 [exampleSDID@32473 iut="3" eventSource="App\]"] An application event`
	old      = `<34>Nov  2 08:00:01 mymachine su[42]: 'su root' failed`
)

const (
	modernRow = "2026-11-02T08:00:00.003Z priority=165|facility_keyword=local4|level=info|facility=20|severity=5|format=rfc5424|host=mymachine.example.com|" +
		"app_name=evntslog|proc_id=7|msg_id=ID47|exampleSDID@32473.iut=3|exampleSDID@32473.eventSource=App]|_msg=An application event| {host,app_name,proc_id}\n"
	oldRow = "2026-11-02T08:00:01Z priority=34|facility_keyword=auth|level=fatal|facility=4|severity=2|format=rfc3164|host=mymachine|app_name=su|proc_id=42|" +
		"_msg='su root' failed| {host,app_name,proc_id}\n"
)

// start runs a server until the test ends. Sockets live on the wall's time, the store on a fake one.
func start(t *testing.T, d *receivetest.Desk, change func(*syslog.Config)) *syslog.Server {
	t.Helper()
	c := syslog.Config{Sources: d.Sources, Clock: timers{d.Clock}, Log: d.Log}
	change(&c)
	s := syslog.New(c)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// timers are a clock that shows a test's time and waits only a moment.
type timers struct{ clock.Clock }

func (timers) After(time.Duration) <-chan time.Time { return clock.Wall().After(time.Millisecond) }

func dial(t *testing.T, addr net.Addr) net.Conn {
	t.Helper()
	c, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func counted(s string) string { return fmt.Sprintf("%d %s", len(s), s) }

func TestUDP(t *testing.T) {
	d := receivetest.Open(t, nil)
	s := start(t, d, func(c *syslog.Config) { c.UDP = anywhere })
	conn := dial(t, s.Addresses()[0])
	for _, m := range []string{modern, old + "\n", "no syslog at all", "<13>text without a time"} {
		io.WriteString(conn, m)
	}
	rows := d.Store.Wait(t.Context(), 4)
	want := modernRow + oldRow + "_msg=no syslog at all|parse_error=neither RFC 5424 nor RFC 3164| {host,app_name,proc_id}\n" +
		"_msg=<13>text without a time|priority=13|facility_keyword=user|level=info|facility=1|severity=5|parse_error=neither RFC 5424 nor RFC 3164| {host,app_name,proc_id}\n"
	if got := receivetest.Texts(rows); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if rows[0].Get(signal.Source) != "app" {
		t.Error("the source is not told by the address")
	}
	s.Stop()
	if st := s.Stats(); st.Taken != 4 || st.Unparsed != 2 || st.Overflowed != 0 {
		t.Errorf("%+v", st)
	}
}

func TestTCPTakesBothFramingsMixed(t *testing.T) {
	d := receivetest.Open(t, nil)
	s := start(t, d, func(c *syslog.Config) { c.TCP = anywhere })
	conn := dial(t, s.Addresses()[0])
	parts := counted(modern) + old + "\n" + counted(old) + counted(modern) + "\n" + old + "\x00" + "12 monkeys\n" + old
	for i := 0; i < len(parts); i += 7 { // as the network likes
		io.WriteString(conn, parts[i:min(i+7, len(parts))])
	}
	conn.Close()
	want := modernRow + oldRow + oldRow + modernRow + oldRow + "_msg=12 monkeys|parse_error=neither RFC 5424 nor RFC 3164| {host,app_name,proc_id}\n" + oldRow
	if got := receivetest.Texts(d.Store.Wait(t.Context(), 7)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatHasComeIsStoredWhileTheConnectionIsIdle(t *testing.T) {
	d := receivetest.Open(t, nil)
	s := start(t, d, func(c *syslog.Config) { c.TCP = anywhere })
	conn := dial(t, s.Addresses()[0])
	io.WriteString(conn, old+"\n"+old[:10])
	if rows := d.Store.Wait(t.Context(), 1); len(rows) != 1 {
		t.Fatal("the whole message waits for the half one")
	}
}

func TestMessagesOfAMebibyteAreOneAndLongerOnesGoOn(t *testing.T) {
	d := receivetest.Open(t, nil)
	s := start(t, d, func(c *syslog.Config) { c.TCP = anywhere })
	conn := dial(t, s.Addresses()[0])
	long := modern + strings.Repeat("x", 3<<19)
	io.WriteString(conn, counted(long)+long+"\n"+old+"\n")
	conn.Close()
	text := ""
	for len(text) < 2*len(long) {
		rows := d.Store.Wait(t.Context(), 1)
		text = ""
		for _, r := range rows {
			text += r.Get(signal.Message)
		}
		if rows[len(rows)-1].Get("app_name") == "su" {
			break
		}
		if t.Context().Err() != nil {
			t.Fatal("the last message did not come")
		}
	}
	if n := strings.Count(text, "x"); n < 2*(3<<19) {
		t.Errorf("%d bytes of the long messages are there, want %d", n, 2*(3<<19))
	}
}

func TestTCPWaitsWhileNothingCanBeStoredAndLosesNothing(t *testing.T) {
	d := receivetest.Open(t, nil)
	var full atomic.Bool
	full.Store(true)
	tried := make(chan struct{}, 1)
	d.Store.Refuse = func(int) error {
		if !full.Load() {
			return nil
		}
		select {
		case tried <- struct{}{}:
		default:
		}
		return errs.Unavailablef("the spool is full")
	}
	s := start(t, d, func(c *syslog.Config) { c.TCP = anywhere })
	conn := dial(t, s.Addresses()[0])
	const n = 20_000
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range n {
			fmt.Fprintf(conn, "<13>Nov  2 08:00:00 h app[%d]: %s\n", i, strings.Repeat("x", 1000))
		}
		conn.Close()
	}()
	<-tried
	<-tried
	select {
	case <-sent:
		t.Error("20 MB were read while nothing could be stored")
	default:
	}
	if s.Stats().Waiting == "" {
		t.Error("nobody can see that syslog waits")
	}
	full.Store(false)
	rows := d.Store.Wait(t.Context(), n)
	for i, r := range rows {
		if r.Get("proc_id") != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, r.Get("proc_id"))
		}
	}
	<-sent
	s.Stop()
	if st := s.Stats(); len(rows) != n || st.Taken != n || st.Waiting != "" {
		t.Errorf("%d rows, %+v", len(rows), st)
	}
}

func TestStrangersAreCountedAndNotTaken(t *testing.T) {
	d := receivetest.Open(t, nil)
	d.Put(source.Spec{Addresses: []string{"10.0.0.0/8"}})
	s := start(t, d, func(c *syslog.Config) { c.UDP, c.TCP = anywhere, anywhere })
	conn := dial(t, s.Addresses()[1])
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection of a stranger stays open")
	}
	io.WriteString(dial(t, s.Addresses()[0]), old)
	defer func() {
		if st := s.Stats(); st.LastUnknown != "127.0.0.1" || st.LastUnknownAt.IsZero() {
			t.Errorf("%+v", st)
		}
	}()
	for s.Stats().Unknown["127.0.0.1"] < 2 && t.Context().Err() == nil {
		<-clock.Wall().After(time.Millisecond)
	}
	if len(d.Store.Rows()) != 0 {
		t.Error("a stranger's message was stored")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	d := receivetest.Open(t, nil)
	s := start(t, d, func(c *syslog.Config) { c.TCP, c.Connections = anywhere, 1 })
	first := dial(t, s.Addresses()[0])
	io.WriteString(first, old+"\n")
	d.Store.Wait(t.Context(), 1)
	if _, err := dial(t, s.Addresses()[0]).Read(make([]byte, 1)); err == nil {
		t.Error("a second connection was taken")
	}
	if st := s.Stats(); st.Connections != 1 || st.Refused != 1 {
		t.Errorf("%+v", st)
	}
}

func TestWhatTheQueueCannotHoldIsCounted(t *testing.T) {
	d := receivetest.Open(t, nil)
	hold := make(chan struct{})
	d.Store.Refuse = func(int) error { <-hold; return nil }
	s := start(t, d, func(c *syslog.Config) { c.UDP, c.Queue = anywhere, 1000 })
	conn := dial(t, s.Addresses()[0])
	sent := int64(0)
	for s.Stats().Overflowed == 0 && t.Context().Err() == nil {
		io.WriteString(conn, old)
		sent++
	}
	close(hold)
	s.Stop()
	if st := s.Stats(); st.Taken == 0 || st.Taken+st.Overflowed > sent {
		t.Errorf("%d sent, %+v", sent, st)
	}
}

// TestASourceOverItsLimitTakesNoOthersDatagrams: over UDP all share one way.
func TestASourceOverItsLimitTakesNoOthersDatagrams(t *testing.T) {
	d := receivetest.Open(t, nil)
	d.Put(source.Spec{Addresses: []string{"127.0.0.1"}, DailyLimit: "10B"})
	_, err := d.Sources.Put(t.Context(), actor.Mainstay, source.In{Name: "other", Spec: source.Spec{Addresses: []string{"127.0.0.2"}}})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, d, func(c *syslog.Config) { c.UDP = anywhere })
	over, other := dial(t, s.Addresses()[0]), dialFrom(t, "127.0.0.2", s.Addresses()[0])
	for range 3 {
		io.WriteString(over, old)
	}
	for s.Stats().TurnedAway["app"].Messages < 3 && t.Context().Err() == nil {
		<-clock.Wall().After(time.Millisecond)
	}
	io.WriteString(over, old)
	io.WriteString(other, old)
	if rows := d.Store.Wait(t.Context(), 1); rows[0].Get(signal.Source) != "other" {
		t.Errorf("stored %s", receivetest.Texts(rows))
	}
	s.Stop()
	st := s.Stats()
	if away := st.TurnedAway["app"]; away.Messages != 4 || !strings.Contains(away.Why, "daily_limit") || away.Last.IsZero() {
		t.Errorf("turned away: %+v", st.TurnedAway)
	}
	if st.Taken != 1 || st.Waiting != "" || len(st.TurnedAway) != 1 {
		t.Errorf("%+v", st)
	}
}

// TestOverUDPTheStoreIsWaitedFor, as that is nobody's own fault.
func TestOverUDPTheStoreIsWaitedFor(t *testing.T) {
	d := receivetest.Open(t, nil)
	d.Store.Refuse = func(before int) error {
		if before < 3 {
			return errs.Unavailablef("the spool is full")
		}
		return nil
	}
	s := start(t, d, func(c *syslog.Config) { c.UDP = anywhere })
	io.WriteString(dial(t, s.Addresses()[0]), old)
	d.Store.Wait(t.Context(), 1)
	s.Stop()
	if st := s.Stats(); st.Taken != 1 || len(st.TurnedAway) != 0 {
		t.Errorf("%+v", st)
	}
}

// dialFrom is dial from an address of this machine.
func dialFrom(t *testing.T, from string, to net.Addr) net.Conn {
	t.Helper()
	c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(from)}, to.(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestTLS(t *testing.T) {
	cert, key, pool := certificate(t)
	d := receivetest.Open(t, nil)
	s := start(t, d, func(c *syslog.Config) { c.TLS, c.CertFile, c.KeyFile = anywhere, cert, key })
	conn, err := tls.Dial("tcp", s.Addresses()[0].String(), &tls.Config{RootCAs: pool, ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, counted(modern))
	if got := receivetest.Texts(d.Store.Wait(t.Context(), 1)); got != modernRow {
		t.Error(got)
	}
}

func TestAServerThatCannotListenSaysSo(t *testing.T) {
	d := receivetest.Open(t, nil)
	for _, c := range []syslog.Config{{UDP: "nowhere:x"}, {TCP: "256.0.0.1:1"}, {TLS: anywhere, CertFile: "/none", KeyFile: "/none"}} {
		c.Sources, c.Clock, c.Log = d.Sources, d.Clock, d.Log
		if err := syslog.New(c).Start(context.Background()); err == nil {
			t.Errorf("%+v started", c)
		}
	}
}

// certificate makes one for localhost that signs itself.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Wall().Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	dir := t.TempDir()
	write := func(name, kind string, b []byte) string {
		path := filepath.Join(dir, name)
		text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})
		if kind == "CERTIFICATE" && !pool.AppendCertsFromPEM(text) {
			t.Fatal("no certificate")
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private), pool
}
