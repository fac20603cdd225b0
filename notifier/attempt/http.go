package attempt

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/config"
)

// idle is how long a connection is kept for the next send: long enough for a
// burst, too short for the far end to close it under a request.
const idle = 5 * time.Second

// Transport returns the transport for a client configuration. The zero value of
// cfg means the defaults, as in Prometheus.
func Transport(cfg *config.HTTPClientConfig, name string) (http.RoundTripper, error) {
	if cfg == nil {
		c := config.DefaultHTTPClientConfig
		cfg = &c
	}
	rt, err := config.NewRoundTripperFromConfig(*cfg, name, config.WithIdleConnTimeout(idle), config.WithUserAgent("tocsin"))
	if err != nil {
		return nil, fmt.Errorf("HTTP client: %w", err)
	}
	return rt, nil
}

// A Wire watches one attempt. It is a transport for one request and its
// redirects: it notes whether the body began to leave, and keeps net/http from
// sending the body a second time by itself.
type Wire struct {
	Base http.RoundTripper

	began   atomic.Bool
	status  int
	header  http.Header
	excerpt []byte
}

// longestExcerpt bounds what is read of an answer for the sake of its error.
const longestExcerpt = 2000

// RoundTrip sends the request.
func (w *Wire) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if req.Body != nil {
		req.Body = &watched{req.Body, &w.began}
		req.GetBody = nil
	}
	resp, err := w.Base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	w.status, w.header = resp.StatusCode, resp.Header
	resp.Body = &kept{resp.Body, w}
	return resp, nil
}

// Began reports whether the first byte of the body may have left.
func (w *Wire) Began() bool { return w.began.Load() }

// Status is the status of the answer; 0 if none came.
func (w *Wire) Status() int { return w.status }

// Header is the head of the answer; nil if none came.
func (w *Wire) Header() http.Header { return w.header }

// Excerpt is what was read of the answer's body, cut short.
func (w *Wire) Excerpt() string { return string(w.excerpt) }

// watched notes the first read of a request's body.
type watched struct {
	io.ReadCloser
	began *atomic.Bool
}

func (b *watched) Read(p []byte) (int, error) {
	b.began.Store(true)
	return b.ReadCloser.Read(p)
}

// kept keeps the beginning of what is read of an answer.
type kept struct {
	io.ReadCloser
	wire *Wire
}

func (b *kept) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if room := longestExcerpt - len(b.wire.excerpt); room > 0 {
		b.wire.excerpt = append(b.wire.excerpt, p[:min(n, room)]...)
	}
	return n, err
}
