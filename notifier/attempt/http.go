package attempt

import (
	"fmt"
	"io"
	"net/http"
	"strings"
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
	if resp.StatusCode >= http.StatusMultipleChoices {
		w.excerpt, _ = io.ReadAll(io.LimitReader(resp.Body, longestExcerpt))
	}
	return resp, nil
}

// Began reports whether the first byte of the body may have left.
func (w *Wire) Began() bool { return w.began.Load() }

// Status is the status of the answer; 0 if none came.
func (w *Wire) Status() int { return w.status }

// Header is the head of the answer; nil if none came.
func (w *Wire) Header() http.Header { return w.header }

// Excerpt is the beginning of an answer that is a refusal, for the sake of its
// error; a page of HTML says nothing. It is read here because slack-go does not
// read it, and nobody else needs it.
func (w *Wire) Excerpt() string {
	text := strings.TrimSpace(string(w.excerpt))
	if strings.HasPrefix(text, "<") {
		return ""
	}
	return text
}

// watched notes the first read of a request's body.
type watched struct {
	io.ReadCloser
	began *atomic.Bool
}

func (b *watched) Read(p []byte) (int, error) {
	b.began.Store(true)
	return b.ReadCloser.Read(p)
}
