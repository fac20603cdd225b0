package file

import (
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A WebhookConfig is how to reach a webhook.
type WebhookConfig struct {
	URL       Secret
	Secret    Secret // signs the body; not set: no signature
	MaxAlerts int    // 0: all
	// Payload is the body in place of tocsin's own: mappings, lists, words that are
	// templates, numbers, true, false; nil: tocsin's own.
	Payload any
	HTTP    *config.HTTPClientConfig
	Timeout time.Duration
}

// A rawWebhook is an item of webhook_configs, as written.
type rawWebhook struct {
	pos
	sendResolved flag
	url, secret  rawSecret
	maxAlerts    count
	payload      rawPayload
	timeout      span
	http         *config.HTTPClientConfig
}

func (d *doc) webhook(n *yaml.Node) *rawWebhook {
	w := &rawWebhook{pos: d.at(n)}
	d.object(n, "webhook receiver", fields{
		"send_resolved": d.flag(&w.sendResolved),
		"url":           d.expanded(&w.url.value),
		"url_file":      d.text(&w.url.file),
		"secret":        d.expanded(&w.secret.value),
		"secret_file":   d.text(&w.secret.file),
		"max_alerts":    d.count(&w.maxAlerts),
		"payload":       d.payload(&w.payload),
		"timeout":       d.span(&w.timeout),
		"http_config":   d.httpConfig(&w.http),
	})
	w.url.one("url")
	w.secret.one("secret")
	return w
}

func (w *rawWebhook) build(g rawGlobal) (cfg WebhookConfig, in rules.Integration, target string, ok bool) {
	cfg = WebhookConfig{
		URL: w.url.build(), Secret: w.secret.build(), MaxAlerts: w.maxAlerts.n, Payload: w.payload.value,
		HTTP: httpOf(w.http, g.http), Timeout: w.timeout.or(httpTimeout),
	}
	if cfg.Timeout == 0 { // Alertmanager's word for no deadline; an attempt must end
		cfg.Timeout = httpTimeout
	}
	in = rules.Integration{Kind: "webhook", SendResolved: w.sendResolved.or(true), Timeout: cfg.Timeout}
	return cfg, in, withoutUser(w.url.value.s) + " " + w.url.file.s, w.reachable()
}

func (w *rawWebhook) reachable() bool {
	switch {
	case !w.url.set():
		w.bad(CodeMissing, "a webhook needs url or url_file")
		return false
	case w.url.file.set():
		return true
	case strings.Contains(w.url.value.s, "{{"):
		w.url.value.bad(CodeURL, "a template in a URL comes with a later version of tocsin")
		return false
	}
	_, ok := w.url.value.absoluteURL()
	return ok
}
