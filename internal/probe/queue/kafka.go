package queue

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
)

// kafka looks at the lag of a group, at the messages of a topic, or whether the brokers answer.
func (b broker) kafka(ctx context.Context) probe.Result {
	options := []kgo.Opt{kgo.SeedBrokers(b.Address), kgo.ClientID("mainstay-check"), kgo.Dialer(b.dial), kgo.RequestRetries(1)}
	if b.User != "" {
		options = append(options, kgo.SASL(plain.Auth{User: b.User, Pass: string(b.Password)}.AsMechanism()))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return probe.Unsure("the brokers cannot be asked: %v", err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if b.Group != "" {
		return b.lag(ctx, admin)
	}
	if b.Queue.Queue == "" {
		brokers, err := admin.ListBrokers(ctx)
		if err != nil {
			return certificate.Broken(err)
		}
		return probe.Fine("%d brokers", len(brokers))
	}
	return b.held(ctx, admin)
}

// held counts the messages that a topic holds.
func (b broker) held(ctx context.Context, admin *kadm.Client) probe.Result {
	starts, err := admin.ListStartOffsets(ctx, b.Queue.Queue)
	if err != nil {
		return certificate.Broken(err)
	}
	ends, err := admin.ListEndOffsets(ctx, b.Queue.Queue)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return certificate.Broken(err)
	}
	n, partitions := int64(0), 0
	ends.Each(func(end kadm.ListedOffset) {
		start, _ := starts.Lookup(end.Topic, end.Partition)
		n += end.Offset - start.Offset
		partitions++
	})
	if partitions == 0 {
		return probe.Fail("there is no topic %s", b.Queue.Queue)
	}
	r := probe.Fine("%d messages in %d partitions", n, partitions)
	b.depth(&r, "number of messages in the topic", float64(n))
	return r
}

func (b broker) lag(ctx context.Context, admin *kadm.Client) probe.Result {
	lags, err := admin.Lag(ctx, b.Group)
	if err == nil {
		err = lags.Error()
	}
	if err != nil {
		return certificate.Broken(err)
	}
	group, there := lags[b.Group]
	if !there {
		return probe.Fail("there is no group %s", b.Group)
	}
	topic, there := group.Lag.TotalByTopic()[b.Queue.Queue]
	if !there {
		return probe.Fail("group %s reads nothing of %s", b.Group, b.Queue.Queue)
	}
	r := probe.Fine("%s is %d messages behind, %s", b.Group, topic.Lag, group.State)
	b.depth(&r, "lag", float64(topic.Lag))
	r.Add("members", float64(len(group.Members)), "")
	return r
}
