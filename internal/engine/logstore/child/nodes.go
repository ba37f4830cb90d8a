package child

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
)

// askNodes makes the engine one that asks other children. It reaches its nodes over TCP or TLS only,
// and theirs are unix sockets, which nobody else can enter. So it is told that they speak TLS, and
// the dialer of TLS connections, which it takes from the default transport, opens the sockets.
func (s Settings) askNodes() error {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return fmt.Errorf("the default transport is a %T", http.DefaultTransport)
	}
	sockets := map[string]string{}
	for i, node := range s.Nodes {
		name, isSocket := node, strings.ContainsRune(node, filepath.Separator)
		if isSocket {
			name = "node" + strconv.Itoa(i)
			sockets[net.JoinHostPort(name, "443")] = node
		}
		for flagName, value := range map[string]string{"storageNode": name, "storageNode.tls": strconv.FormatBool(isSocket)} {
			if err := flag.Set(flagName, value); err != nil {
				return fmt.Errorf("setting %s=%q: %w", flagName, value, err)
			}
		}
	}
	transport.Proxy = nil
	transport.DialTLSContext = func(ctx context.Context, _, address string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", sockets[address])
	}
	return flag.Set("select.disableCompression", "true") // they are on this machine
}

// withRows reports whether a request is the question of a front. Where the front needs no field, only how many lines
// there are, version 1.121 of the engine asks for none and then gets no lines either: * | limit 10 |
// count() answers 0. Such a question asks for an instant instead.
func withRows(r *http.Request) bool {
	const none = " | delete *"
	if r.URL.Path != "/internal/select/query" {
		return false
	}
	if query, found := strings.CutSuffix(r.FormValue("query"), none); found {
		r.Form.Set("query", query+" | fields _time")
	}
	return true
}
