package syslog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
)

// DefaultConnections is how many connections are held when Config says nothing else.
const DefaultConnections = 1_000

// Config is what a Server needs. Addresses are like "0.0.0.0:514"; an empty one is not listened on.
type Config struct {
	UDP, TCP, TLS string
	// CertFile and KeyFile (PEM) are for TLS. They are read for each connection, so that new ones
	// count at once.
	CertFile, KeyFile string
	// ClientCAFile, when given, holds the authorities (PEM) whose certificates senders must have.
	ClientCAFile string
	// Connections is how many are held at most; 0 is DefaultConnections.
	Connections int
	// Queue is how many bytes of UDP messages wait at most; 0 is DefaultQueue.
	Queue int

	Sources *source.Service
	Clock   clock.Clock
	Log     *slog.Logger
}

// Stats are what a Server has seen since it started.
type Stats struct {
	Taken       int64 // messages that are safe
	Unparsed    int64 // of these, kept whole and marked
	Overflowed  int64 // UDP messages lost because the queue was full
	Refused     int64 // connections closed because there were too many
	Connections int   // open now
	// Waiting says that lines cannot be stored at the moment, and why.
	Waiting string
	// Unknown counts messages over UDP, and connections, of addresses that no source names; at most
	// maxUnknown addresses, the others are counted under "other".
	Unknown map[string]int64
	// LastUnknown is the address of the last of them, and LastUnknownAt when it came.
	LastUnknown   string
	LastUnknownAt time.Time
	// TurnedAway are the messages over UDP that were not taken because of their source, by its name.
	TurnedAway map[string]TurnedAway
}

// TurnedAway counts what was not taken of a source: it has sent what it may in a day, or more
// important ones go first.
type TurnedAway struct {
	Messages int64
	Why      string // the last time
	Last     time.Time
}

const maxUnknown = 100

// Server listens for syslog. Make it with New.
type Server struct {
	Config
	udp       *net.UDPConn
	listeners []net.Listener
	queue     *queue

	stop   context.CancelFunc
	done   sync.WaitGroup
	taken  atomic.Int64
	marked atomic.Int64
	over   atomic.Int64

	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	unknown map[string]int64
	last    string // of unknown
	lastAt  time.Time
	waiting string
	away    map[string]TurnedAway
}

// New returns a server that does not listen yet.
func New(c Config) *Server {
	if c.Connections == 0 {
		c.Connections = DefaultConnections
	}
	if c.Queue == 0 {
		c.Queue = DefaultQueue
	}
	return &Server{Config: c, queue: newQueue(c.Queue), conns: map[net.Conn]struct{}{}, unknown: map[string]int64{},
		away: map[string]TurnedAway{}}
}

// Start listens, and returns an error when an address or certificate cannot be used; then nothing
// runs.
func (s *Server) Start(ctx context.Context) error {
	if err := s.listen(ctx); err != nil {
		s.close()
		return err
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if s.udp != nil {
		s.done.Go(func() { s.readUDP(ctx, s.udp) })
		s.done.Go(func() { s.drain(ctx) })
	}
	for _, l := range s.listeners {
		s.done.Go(func() { s.accept(ctx, l) })
	}
	return nil
}

func (s *Server) listen(ctx context.Context) error {
	if s.UDP != "" {
		addr, err := net.ResolveUDPAddr("udp", s.UDP)
		if err != nil {
			return fmt.Errorf("syslog over UDP at %s: %w", s.UDP, err)
		}
		if s.udp, err = net.ListenUDP("udp", addr); err != nil {
			return fmt.Errorf("syslog over UDP at %s: %w", s.UDP, err)
		}
		_ = s.udp.SetReadBuffer(8 << 20) // the system gives what it allows
	}
	var config net.ListenConfig
	if s.TCP != "" {
		l, err := config.Listen(ctx, "tcp", s.TCP)
		if err != nil {
			return fmt.Errorf("syslog over TCP at %s: %w", s.TCP, err)
		}
		s.listeners = append(s.listeners, l)
	}
	if s.TLS != "" {
		secure, err := s.secure()
		if err != nil {
			return err
		}
		l, err := config.Listen(ctx, "tcp", s.TLS)
		if err != nil {
			return fmt.Errorf("syslog over TLS at %s: %w", s.TLS, err)
		}
		s.listeners = append(s.listeners, tls.NewListener(l, secure))
	}
	return nil
}

// secure is how TLS is spoken (RFC 5425).
func (s *Server) secure() (*tls.Config, error) {
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("the certificate of syslog over TLS (--syslog-cert, --syslog-key): %w", err)
		}
		return &pair, nil
	}
	if _, err := load(); err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return load() }}
	if s.ClientCAFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(s.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("the authorities of senders over TLS (--syslog-client-ca): %w", err)
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the authorities of senders over TLS (--syslog-client-ca): %s has no certificate", s.ClientCAFile)
	}
	return c, nil
}

// Stop closes everything, and returns when what was read has been stored or given up.
func (s *Server) Stop() {
	if s.stop == nil {
		return
	}
	s.stop()
	s.close()
	s.done.Wait()
}

func (s *Server) close() {
	if s.udp != nil {
		_ = s.udp.Close()
	}
	for _, l := range s.listeners {
		_ = l.Close()
	}
	s.queue.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}

// Addresses are where the server listens: UDP first, then TCP, then TLS, those that there are.
func (s *Server) Addresses() []net.Addr {
	var out []net.Addr
	if s.udp != nil {
		out = append(out, s.udp.LocalAddr())
	}
	for _, l := range s.listeners {
		out = append(out, l.Addr())
	}
	return out
}

// Stats returns what has been seen so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Stats{Taken: s.taken.Load(), Unparsed: s.marked.Load(), Overflowed: s.queue.lost.Load(), Refused: s.over.Load(),
		Connections: len(s.conns), Waiting: s.waiting, Unknown: make(map[string]int64, len(s.unknown)),
		LastUnknown: s.last, LastUnknownAt: s.lastAt, TurnedAway: maps.Clone(s.away)}
	for addr, n := range s.unknown {
		out.Unknown[addr] = n
	}
	return out
}

// turnAway counts messages, or a connection, of an address that no source names, and says once that
// there is such.
func (s *Server) turnAway(ctx context.Context, peer netip.Addr, n int, err error) {
	name := peer.Unmap().WithZone("").String()
	if !errs.Is(err, errs.Forbidden) {
		s.Log.ErrorContext(ctx, "syslog could not be stored before the end", "lines", n, "remote", name, "err", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.lastAt = name, s.Clock.Now()
	if _, seen := s.unknown[name]; !seen && len(s.unknown) >= maxUnknown {
		name = "other"
	}
	if s.unknown[name] == 0 {
		s.Log.WarnContext(ctx, "syslog of an address that no source names is not taken", "remote", name)
	}
	s.unknown[name] += int64(n)
}

// turnedAway counts messages over UDP that their source may not send now, and says so when that begins.
func (s *Server) turnedAway(ctx context.Context, source string, n int, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, was := s.Clock.Now(), s.away[source]
	if now.Sub(was.Last) > sayAgain {
		s.Log.WarnContext(ctx, "syslog over UDP is not taken and lost, because of its source", "source", source, "why", why)
	}
	s.away[source] = TurnedAway{was.Messages + int64(n), why.Error(), now}
}

// sayAgain is after how long without it messages that are turned away are worth another line.
const sayAgain = 10 * time.Minute

// blocked remembers why lines cannot be stored, "" when they can, and says so when that changes.
func (s *Server) blocked(ctx context.Context, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if why != "" && s.waiting == "" {
		s.Log.WarnContext(ctx, "syslog cannot be stored, its senders have to wait", "why", why)
	}
	s.waiting = why
}

func closed(err error) bool { return errors.Is(err, net.ErrClosed) }
