package queue

import (
	"context"
	"errors"
	"net"

	amqp "github.com/rabbitmq/amqp091-go"

	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
	"mainstay/internal/probe/tcp"
)

// amqp looks at a queue of RabbitMQ without changing it: a queue that is not there is not made.
func (b broker) amqp(ctx context.Context) probe.Result {
	c := amqp.Config{Vhost: b.VHost, Properties: amqp.Table{"connection_name": "mainstay-check"}, Locale: "en_US",
		Dial: func(network, address string) (net.Conn, error) {
			conn, err := b.dial(ctx, network, address)
			if err == nil {
				err = tcp.Limit(ctx, conn)
			}
			return conn, err
		}}
	if c.Vhost == "" {
		c.Vhost = "/"
	}
	if b.User != "" {
		c.SASL = []amqp.Authentication{&amqp.PlainAuth{Username: b.User, Password: string(b.Password)}}
	}
	conn, err := amqp.DialConfig("amqp://"+b.Address, c)
	if err != nil {
		return refused(err)
	}
	defer conn.Close()
	if b.Queue.Queue == "" {
		return probe.Fine("connected")
	}
	channel, err := conn.Channel()
	if err != nil {
		return refused(err)
	}
	queue, err := channel.QueueDeclarePassive(b.Queue.Queue, false, false, false, false, nil)
	if err != nil {
		return refused(err)
	}
	r := probe.Fine("%d messages wait, %d consumers", queue.Messages, queue.Consumers)
	b.depth(&r, "number of messages that wait", float64(queue.Messages))
	r.Add("consumers", float64(queue.Consumers), "")
	b.Readers.Judge(&r, "number of consumers", float64(queue.Consumers))
	return r
}

func refused(err error) probe.Result {
	var said *amqp.Error
	if errors.As(err, &said) && said.Reason != "" {
		return probe.Fail("the broker says: %d %s", said.Code, said.Reason)
	}
	return certificate.Broken(err)
}
