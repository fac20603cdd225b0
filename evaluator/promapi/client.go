package promapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/common/config"
)

// newClient makes the HTTP client of prometheus/common, with the bounds that it
// leaves to its callers.
func newClient(cfg config.HTTPClientConfig, o Options, servers []*server, timeout time.Duration) (*http.Client, error) {
	d := dialer{timeout: timeout, servers: map[string]bool{}}
	// One server that swallows connections must leave time to ask the next.
	d.Timeout = min(5*time.Second, timeout/time.Duration(len(servers)+1))
	for _, s := range servers {
		d.servers[address(s.base)] = true
	}
	options := []config.HTTPClientOption{config.WithDialContextFunc(d.dial)}
	if o.UserAgent != "" {
		options = append(options, config.WithUserAgent(o.UserAgent))
	}
	client, err := config.NewClientFromConfig(cfg, "tocsin/"+o.Name, options...)
	if err == nil && cfg.FollowRedirects {
		client.CheckRedirect = checkRedirect
	}
	return client, err
}

// checkRedirect stops where following would turn a POST into a GET without its
// form: the server at the end would call the query empty, and so wrong. The
// question is then asked again as a GET, whose parameters survive.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if next.Method != via[0].Method {
		return http.ErrUseLastResponse
	}
	if len(via) >= 10 {
		return errors.New("stopped after 10 redirects")
	}
	return nil
}

// A dialer makes connections that fail after a silence. Questions have a deadline
// of their own; but OAuth2 tokens are fetched without any, and one hung token
// server would hold a question for ever. To the servers themselves connections
// may be silent for longer, since they are kept for the next question.
type dialer struct {
	net.Dialer
	timeout time.Duration
	servers map[string]bool // by address
}

func (d *dialer) dial(ctx context.Context, network, to string) (net.Conn, error) {
	c, err := d.DialContext(ctx, network, to)
	if err != nil {
		return nil, err
	}
	silence := d.timeout
	if d.servers[to] {
		silence = max(2*d.timeout, 5*time.Minute)
	}
	return &impatientConn{Conn: c, silence: silence}, nil
}

// address is what is dialled for a URL.
func address(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

type impatientConn struct {
	net.Conn
	silence time.Duration
}

// Read fails when nothing comes for too long.
func (c *impatientConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}
