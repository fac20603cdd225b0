package file

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// An AlertmanagerConfig is how to forward alerts to Alertmanager.
type AlertmanagerConfig struct {
	URLs    []string // each is told; path_prefix is in them
	Resend  time.Duration
	HTTP    *config.HTTPClientConfig
	Timeout time.Duration // of one of them
}

// A rawForward is an item of alertmanager_configs, as written.
type rawForward struct {
	pos
	urls    []text
	prefix  text
	resend  span
	timeout span
	http    *config.HTTPClientConfig
}

// resendDelay is how often Prometheus repeats what fires.
const resendDelay = time.Minute

func (d *doc) forward(n *yaml.Node) *rawForward {
	f := &rawForward{pos: d.at(n)}
	var one text
	d.object(n, "Alertmanager receiver", fields{
		"url": d.expanded(&one),
		"urls": d.each("URLs", func(n *yaml.Node) {
			var t text
			d.expanded(&t)(n)
			if t.set() {
				f.urls = append(f.urls, t)
			}
		}),
		"path_prefix":  d.text(&f.prefix),
		"resend_delay": d.positive(&f.resend),
		"timeout":      d.positive(&f.timeout),
		"http_config":  d.httpConfig(&f.http),
	})
	if one.set() {
		if len(f.urls) > 0 {
			one.bad(CodeConflict, "it has url or urls, not both")
		}
		f.urls = append(f.urls, one)
	}
	return f
}

func (f *rawForward) build(g rawGlobal) (cfg AlertmanagerConfig, in rules.Integration, target string, ok bool) {
	cfg = AlertmanagerConfig{Resend: f.resend.or(resendDelay), HTTP: httpOf(f.http, g.http), Timeout: f.timeout.or(httpTimeout)}
	if ok = len(f.urls) > 0; !ok {
		f.bad(CodeMissing, "an Alertmanager receiver needs url, or urls: where Alertmanager is")
	}
	var targets []string
	for _, u := range f.urls {
		v, web := u.absoluteURL()
		ok = ok && web
		v = strings.TrimSuffix(v, "/")
		if p := strings.Trim(f.prefix.s, "/"); p != "" {
			v += "/" + p
		}
		cfg.URLs = append(cfg.URLs, v)
		targets = append(targets, withoutUser(v))
	}
	slices.Sort(targets)
	in = rules.Integration{
		Kind: "alertmanager", SendResolved: true, Resend: cfg.Resend,
		Timeout: cfg.Timeout * time.Duration(max(len(f.urls), 1)),
	}
	return cfg, in, strings.Join(targets, " "), ok
}
