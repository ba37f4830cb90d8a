package redis

import (
	"context"
	"crypto/tls"
	"net"

	"mainstay/internal/probe"
)

func dialTLS(ctx context.Context, e probe.Env, network, address string, secured *tls.Config) (net.Conn, error) {
	conn, err := e.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	client := tls.Client(conn, secured)
	if err := client.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return client, nil
}
