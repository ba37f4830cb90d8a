// Package queue asks message brokers how many messages wait, and how far their consumers are behind.
package queue

import (
	"context"
	"crypto/tls"
	"net"

	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
)

// Make asks once.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	q := s.Queue
	b := broker{q, e, nil}
	if q.TLS {
		host, _, _ := net.SplitHostPort(q.Address) // checked when it was written
		b.secured = certificate.Config(host, q.Insecure, e.Clock)
	}
	switch q.System {
	case "amqp":
		return b.amqp(ctx)
	case "nats":
		return b.nats(ctx)
	case "kafka":
		return b.kafka(ctx)
	case "mqtt":
		return b.mqtt(ctx)
	}
	return probe.Unsure("brokers of the kind %q are not known", q.System)
}

// broker is whom to ask.
type broker struct {
	*probe.Queue
	env     probe.Env
	secured *tls.Config // nil without TLS
}

// depth judges how many messages wait.
func (b broker) depth(r *probe.Result, what string, n float64) {
	r.Add("depth", n, "")
	b.Depth.Judge(r, what, n)
}

// dial connects, and speaks TLS where that is asked for.
func (b broker) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := b.env.Dial(ctx, network, address)
	if err != nil || b.secured == nil {
		return conn, err
	}
	client := tls.Client(conn, b.secured)
	if err := client.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return client, nil
}
