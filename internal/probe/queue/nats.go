package queue

import (
	"context"
	"net"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
)

// natsDialer connects where we may.
type natsDialer struct {
	ctx context.Context //nolint:containedctx // the library's interface has none
	b   broker
}

// Dial connects.
func (d natsDialer) Dial(network, address string) (net.Conn, error) {
	return d.b.env.Dial(d.ctx, network, address)
}

// nats looks at a stream of JetStream, or at a consumer of it.
func (b broker) nats(ctx context.Context) probe.Result {
	options := []nats.Option{nats.SetCustomDialer(natsDialer{ctx, b}), nats.Name("mainstay-check"), nats.NoReconnect()}
	if b.secured != nil {
		options = append(options, nats.Secure(b.secured))
	}
	if b.User != "" {
		options = append(options, nats.UserInfo(b.User, string(b.Password)))
	}
	if deadline, ok := ctx.Deadline(); ok {
		options = append(options, nats.Timeout(deadline.Sub(b.env.Clock.Now())))
	}
	conn, err := nats.Connect("nats://"+b.Address, options...)
	if err != nil {
		return certificate.Broken(err)
	}
	defer conn.Close()
	if b.Queue.Queue == "" {
		return probe.Fine("connected to %s", conn.ConnectedServerName())
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return probe.Broken(err)
	}
	stream, err := js.Stream(ctx, b.Queue.Queue)
	if err != nil {
		return probe.Fail("stream %s: %s", b.Queue.Queue, probe.Words(err))
	}
	if b.Group == "" {
		n := stream.CachedInfo().State.Msgs
		r := probe.Fine("%d messages in the stream", n)
		b.depth(&r, "number of messages in the stream", float64(n))
		return r
	}
	consumer, err := stream.Consumer(ctx, b.Group)
	if err != nil {
		return probe.Fail("consumer %s: %s", b.Group, probe.Words(err))
	}
	info := consumer.CachedInfo()
	r := probe.Fine("%d messages wait, %d are not acknowledged", info.NumPending, info.NumAckPending)
	b.depth(&r, "number of messages that wait", float64(info.NumPending))
	r.Add("unacknowledged", float64(info.NumAckPending), "")
	return r
}
