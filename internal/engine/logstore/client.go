package logstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/app/vlstorage/netinsert"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// client speaks to the engine: the child through its socket, a cluster through its addresses.
type client struct {
	http           *http.Client
	insert, choose string // addresses; select is a word of the language
	user, password string
}

// newClient speaks to the child that listens on a socket.
func newClient(socket string) *client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
		MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second, DisableCompression: true,
	}
	return &client{http: &http.Client{Transport: transport}, insert: "http://engine", choose: "http://engine"}
}

// newRemote speaks to a cluster.
func newRemote(c Cluster) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	return &client{
		http: &http.Client{Transport: transport}, user: c.User, password: c.Password,
		insert: strings.TrimRight(c.InsertURL, "/"), choose: strings.TrimRight(c.SelectURL, "/"),
	}
}

func (c *client) close() { c.http.CloseIdleConnections() }

func (c *client) do(ctx context.Context, method, address string, body io.Reader, contentType string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return c.perform(req)
}

func (c *client) perform(req *http.Request) (*http.Response, error) {
	if c.user != "" || c.password != "" {
		req.SetBasicAuth(c.user, c.password)
	}
	res, err := c.http.Do(req)
	if err != nil {
		if err := req.Context().Err(); err != nil {
			return nil, err
		}
		return nil, &errs.E{Kind: errs.Unavailable, Message: "the log engine cannot be reached: it is starting again, or its address is wrong", Err: err}
	}
	return res, nil
}

func (c *client) health(ctx context.Context) error { return c.healthAt(ctx, c.choose) }

func (c *client) healthAt(ctx context.Context, address string) error {
	res, err := c.do(ctx, http.MethodGet, address+"/health", http.NoBody, "")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	if res.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("health answered %s", res.Status))
	}
	return err
}

// send stores encoded rows. An Unavailable error says that they should be sent again, another one that the engine
// will never take them.
func (c *client) send(ctx context.Context, rows payloads) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.insert+"/internal/insert?version="+netinsert.ProtocolVersion, rows.reader())
	if err != nil {
		return err
	}
	req.ContentLength = rows.size()
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(rows.reader()), nil } // for a connection that was closed meanwhile
	req.Header.Set("Content-Type", "application/octet-stream")
	res, err := c.perform(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 == 2 {
		_, _ = io.Copy(io.Discard, res.Body)
		return nil
	}
	said := excerpt(res.Body)
	if res.StatusCode == http.StatusBadRequest && strings.Contains(said, "cannot parse") {
		return errs.Invalidf("the log engine refuses rows: %s", said)
	}
	return errs.Unavailablef("the log engine answers %s: %s", res.Status, said)
}

// query asks one of the endpoints below /select/logsql/.
func (c *client) query(ctx context.Context, endpoint string, form url.Values) (signal.Answer, error) {
	res, err := c.do(ctx, http.MethodPost, c.choose+"/select/logsql/"+endpoint, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
	if err != nil {
		return signal.Answer{}, err
	}
	if res.StatusCode/100 == 2 {
		return signal.Answer{ContentType: res.Header.Get("Content-Type"), Body: res.Body}, nil
	}
	defer res.Body.Close()
	said := excerpt(res.Body)
	if away, is := nodeAway(said); is {
		return signal.Answer{}, errs.Unavailablef("the log engine cannot answer now: %s", away)
	}
	switch res.StatusCode {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		return signal.Answer{}, errs.Invalidf("%s", said)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusGatewayTimeout:
		return signal.Answer{}, errs.Unavailablef("%s", said)
	default:
		return signal.Answer{}, fmt.Errorf("the log engine answers %s: %s", res.Status, said)
	}
}

// ofNode finds which of its nodes an engine that asks several could not ask.
var ofNode = regexp.MustCompile(`"https?://([^/"]+)/internal/select/[^"]*"(.*)`)

// nodeAway reports whether an answer is about a node that could not be asked, and what it says of it. The
// engine gives it the status of a wrong question.
func nodeAway(said string) (why string, is bool) {
	m := ofNode.FindStringSubmatch(said)
	if m == nil || strings.HasPrefix(said, "cannot parse") {
		return "", false
	}
	return "its node " + m[1] + " does not answer" + m[2], true
}

// excerpt is what the engine says of an error: one line, without the place in its code.
func excerpt(r io.Reader) string {
	text, _ := io.ReadAll(io.LimitReader(r, 64<<10))
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	if _, rest, found := strings.Cut(line, "; cannot "); found && strings.HasPrefix(line, "remoteAddr: ") {
		line = "cannot " + rest
	}
	return line
}
