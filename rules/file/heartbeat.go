package file

import (
	"time"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"
)

// A HeartbeatConfig is the switch outside that is told at short intervals that all
// is well, and that speaks up when it no longer is.
type HeartbeatConfig struct {
	URL     Secret
	Every   time.Duration
	Timeout time.Duration // of one attempt
	HTTP    *config.HTTPClientConfig
}

// A rawHeartbeat is the heartbeat as written.
type rawHeartbeat struct {
	pos
	url     rawSecret
	every   span
	timeout span
	http    *config.HTTPClientConfig
}

func (d *doc) heartbeat(n *yaml.Node) *rawHeartbeat {
	h := &rawHeartbeat{pos: d.at(n)}
	d.object(n, "heartbeat", fields{
		"url":         d.expanded(&h.url.value),
		"url_file":    d.text(&h.url.file),
		"every":       d.positive(&h.every),
		"timeout":     d.positive(&h.timeout),
		"http_config": d.httpConfig(&h.http),
	})
	h.url.one("url")
	return h
}

const defaultEvery = time.Minute

// heartbeatOf makes the heartbeat; nil if there is none.
func (c *rawConfig) heartbeatOf() *HeartbeatConfig {
	h := c.heartbeat
	if h == nil {
		return nil
	}
	switch {
	case !h.url.set():
		h.bad(CodeMissing, "a heartbeat needs url or url_file")
	case h.url.value.set():
		h.url.value.absoluteURL()
	}
	out := &HeartbeatConfig{URL: h.url.build(), Every: h.every.or(defaultEvery), HTTP: httpOf(h.http, c.global.http)}
	out.Timeout = h.timeout.or(min(httpTimeout, out.Every))
	if out.Timeout > out.Every {
		h.timeout.bad(CodeDuration, "is longer than the %v from one heartbeat to the next", out.Every)
	}
	return out
}
