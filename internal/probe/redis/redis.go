// Package redis asks Redis, and servers that speak as it does.
package redis

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"github.com/redis/go-redis/v9"

	"mainstay/internal/probe"
	"mainstay/internal/probe/certificate"
)

// Make asks once, over a connection of its own.
func Make(ctx context.Context, s probe.Spec, e probe.Env) probe.Result {
	q := s.Redis
	o := &redis.Options{Addr: q.Address, Username: q.User, Password: string(q.Password), Protocol: 2, DisableIdentity: true, MaxRetries: -1, PoolSize: 1,
		ContextTimeoutEnabled: true, Dialer: e.Dialer().DialContext}
	if q.TLS {
		host, _, _ := net.SplitHostPort(q.Address) // checked when it was written
		secured := certificate.Config(host, q.Insecure, e.Clock)
		o.Dialer = func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialTLS(ctx, e, network, address, secured)
		}
	}
	c := redis.NewClient(o)
	defer c.Close()
	command := q.Command
	if len(command) == 0 {
		command = []string{"PING"}
	}
	args := make([]any, len(command))
	for i, word := range command {
		args[i] = word
	}
	answer, err := c.Do(ctx, args...).Result()
	if err != nil && err != redis.Nil { //nolint:errorlint // it is never wrapped
		return certificate.Broken(err)
	}
	return judge(q, command, answer)
}

func judge(q *probe.Redis, command []string, answer any) probe.Result {
	is := "nothing"
	if answer != nil {
		is = fmt.Sprint(answer)
	}
	r := probe.Fine("%s answers %s", command[0], is)
	if q.Equals != "" && is != q.Equals {
		r.Worsen(probe.Failed, "%s answers %q, not %q", command[0], is, q.Equals)
	}
	n, err := strconv.ParseFloat(is, 64)
	if err == nil {
		r.Add("value", n, "")
		q.Value.Judge(&r, command[0], n)
	} else if q.Value.Any() {
		r.Worsen(probe.Failed, "%s answers %q, which is no number", command[0], is)
	}
	return r
}
