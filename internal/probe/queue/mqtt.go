package queue

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"mainstay/internal/base/id"
	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
)

// leave is how long the farewell may take, in milliseconds.
const leave = 100

// mqtt connects, and waits for the message that a topic keeps. Brokers tell their figures that way:
// $SYS/broker/… of Mosquitto.
func (b broker) mqtt(ctx context.Context) probe.Result {
	o := mqtt.NewClientOptions().AddBroker("tcp://" + b.Address).SetClientID("mainstay-" + id.Secret()[:12]).SetAutoReconnect(false).
		SetConnectRetry(false).SetUsername(b.User).SetPassword(string(b.Password)).SetCleanSession(true)
	o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return b.dial(ctx, "tcp", b.Address) })
	if deadline, ok := ctx.Deadline(); ok {
		o.SetConnectTimeout(max(time.Millisecond, deadline.Sub(b.env.Clock.Now())))
	}
	c := mqtt.NewClient(o)
	if err := done(ctx, c.Connect()); err != nil {
		return certificate.Broken(err)
	}
	defer c.Disconnect(leave)
	if b.Queue.Queue == "" {
		return probe.Fine("connected")
	}
	came := make(chan string, 1)
	token := c.Subscribe(b.Queue.Queue, 0, func(_ mqtt.Client, m mqtt.Message) {
		select {
		case came <- string(m.Payload()):
		default:
		}
	})
	if err := done(ctx, token); err != nil {
		return probe.Broken(err)
	}
	select {
	case said := <-came:
		return b.told(said)
	case <-ctx.Done():
		return probe.Fail("no message of %s has come", b.Queue.Queue)
	}
}

func (b broker) told(said string) probe.Result {
	r := probe.Fine("%s says %s", b.Queue.Queue, said)
	number, _, _ := strings.Cut(strings.TrimSpace(said), " ")
	n, err := strconv.ParseFloat(number, 64)
	if err == nil {
		b.depth(&r, b.Queue.Queue, n)
	} else if b.Depth.Any() {
		r.Worsen(probe.Failed, "%s says %q, which is no number", b.Queue.Queue, said)
	}
	return r
}

func done(ctx context.Context, t mqtt.Token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return ctx.Err()
	}
}
