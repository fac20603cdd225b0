package file

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A rawReceiver is a receiver as written.
type rawReceiver struct {
	pos
	name   text
	labels []entry

	budget        rawBudget
	fallback      text
	fallbackAfter span

	slacks   []*rawSlack
	emails   []*rawEmail
	webhooks []*rawWebhook
	requests []*rawRequest
	forwards []*rawForward
}

func (d *doc) receiver(n *yaml.Node) *rawReceiver {
	r := &rawReceiver{pos: d.at(n)}
	d.object(n, "receiver", fields{
		"name":            d.text(&r.name),
		"labels":          d.entries(&r.labels, "label"),
		"rate_limit":      d.budget(&r.budget),
		"fallback":        d.text(&r.fallback),
		"fallback_after":  d.positive(&r.fallbackAfter),
		"slack_configs":   d.each("Slack receivers", func(n *yaml.Node) { r.slacks = append(r.slacks, d.slack(n)) }),
		"email_configs":   d.each("email receivers", func(n *yaml.Node) { r.emails = append(r.emails, d.email(n)) }),
		"webhook_configs": d.each("webhook receivers", func(n *yaml.Node) { r.webhooks = append(r.webhooks, d.webhook(n)) }),

		"pagerduty_configs": d.requests(r, "PagerDuty receivers", d.pagerduty),
		"opsgenie_configs":  d.requests(r, "Opsgenie receivers", d.opsgenie),
		"msteams_configs":   d.requests(r, "Teams connectors", d.msteams),
		"msteamsv2_configs": d.requests(r, "Teams workflows", d.msteamsv2),
		"telegram_configs":  d.requests(r, "Telegram receivers", d.telegram),
		"discord_configs":   d.requests(r, "Discord receivers", d.discord),
		"request_configs":   d.requests(r, "request receivers", d.request),
		"alertmanager_configs": d.each("Alertmanager receivers", func(n *yaml.Node) {
			r.forwards = append(r.forwards, d.forward(n))
		}),
	})
	if r.name.s == "" {
		r.bad(CodeMissing, "a receiver needs a name")
	}
	return r
}

func (d *doc) requests(into *rawReceiver, what string, read func(*yaml.Node) *rawRequest) setter {
	return d.each(what, func(n *yaml.Node) { into.requests = append(into.requests, read(n)) })
}

// receivers are the receivers of a config with their settings, by the key of
// the integration.
type receivers struct {
	list    []rules.Receiver
	slack   map[string]SlackConfig
	email   map[string]EmailConfig
	webhook map[string]WebhookConfig
	request map[string]RequestConfig
	forward map[string]AlertmanagerConfig
	keys    map[string]bool
}

func newReceivers() *receivers {
	return &receivers{
		slack: map[string]SlackConfig{}, email: map[string]EmailConfig{}, webhook: map[string]WebhookConfig{},
		request: map[string]RequestConfig{}, forward: map[string]AlertmanagerConfig{},
		keys: map[string]bool{},
	}
}

func (all *receivers) names() []string {
	var names []string
	for _, r := range all.list {
		names = append(names, r.Name)
	}
	return names
}

// add makes a receiver. What is identical within one receiver would be told
// everything twice, and is an error.
func (all *receivers) add(raw *rawReceiver, g rawGlobal) {
	r := rules.Receiver{Name: raw.name.s}
	own := map[string]bool{}
	put := func(at pos, in rules.Integration, target string) string {
		base := in.Kind + ":" + hash(target)[:12]
		if own[base] {
			at.bad(CodeDuplicate, "the receiver has this twice: it would be told everything twice")
		}
		own[base] = true
		in.Key, in.Receiver = all.free(base), r.Name
		if in.Lane == "" && in.LaneEvery > 0 {
			in.Lane = in.Key
		}
		r.Integrations = append(r.Integrations, in)
		return in.Key
	}
	for _, s := range raw.slacks {
		if cfg, in, target, ok := s.build(g); ok {
			all.slack[put(s.pos, in, target)] = cfg
		}
	}
	for _, e := range raw.emails {
		if cfg, in, target, ok := e.build(g); ok {
			all.email[put(e.pos, in, target)] = cfg
		}
	}
	for _, w := range raw.webhooks {
		if cfg, in, target, ok := w.build(g); ok {
			all.webhook[put(w.pos, in, target)] = cfg
		}
	}
	for _, q := range raw.requests {
		if cfg, in, target, ok := q.build(g); ok {
			all.request[put(q.pos, in, target)] = cfg
		}
	}
	for _, f := range raw.forwards {
		if cfg, in, target, ok := f.build(g); ok {
			all.forward[put(f.pos, in, target)] = cfg
		}
	}
	all.list = append(all.list, r)
}

// free returns a key that no other receiver has: two receivers may reach one
// channel, with settings of their own.
func (all *receivers) free(base string) string {
	key := base
	for n := 2; all.keys[key]; n++ {
		key = base + "#" + strconv.Itoa(n)
	}
	all.keys[key] = true
	return key
}

// build makes a secret of what was written.
func (s rawSecret) build() Secret {
	return Secret{Value: config.Secret(s.value.s), File: s.file.s}
}

// http returns how to connect: as the receiver says, or all do.
func httpOf(own, global *config.HTTPClientConfig) *config.HTTPClientConfig {
	for _, c := range []*config.HTTPClientConfig{own, global} {
		if c != nil {
			return c
		}
	}
	c := config.DefaultHTTPClientConfig
	return &c
}

// withoutUser removes name and password from a URL, which may change while the
// target remains.
func withoutUser(u string) string {
	scheme, rest, ok := strings.Cut(u, "://")
	if !ok {
		return u
	}
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	return scheme + "://" + host + "/" + path
}

// Timeouts of one attempt.
const (
	httpTimeout  = 10 * time.Second
	emailTimeout = 30 * time.Second
)
