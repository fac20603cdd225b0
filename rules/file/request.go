package file

import (
	"time"

	"github.com/prometheus/common/config"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A RequestConfig is how to tell a service by requests that are made of
// templates.
type RequestConfig struct {
	Service string // whose definition; empty: Own is it
	Name    string // what errors call it; may be empty
	URL     Secret // not set: the service's own
	Secrets map[string]Secret
	// Values are the other keys: text, bool, int, []any and map[string]any. Texts
	// are templates.
	Values map[string]any
	Own    RequestCalls

	HTTP    *config.HTTPClientConfig
	Timeout time.Duration
}

// A rawRequest is an item of pagerduty_configs and the like, as written. All
// kinds of them are read alike; they differ in their keys.
type rawRequest struct {
	pos
	kind         string
	sendResolved flag
	url          rawSecret
	secrets      map[string]*rawSecret
	values       map[string]any
	texts        []text // all templates, for their check
	timeout      span
	http         *config.HTTPClientConfig

	reach func(*rawRequest, rawGlobal) (target string, ok bool)
	own   *rawOwn
}

func (d *doc) newRequest(n *yaml.Node, kind string) *rawRequest {
	return &rawRequest{pos: d.at(n), kind: kind, secrets: map[string]*rawSecret{}, values: map[string]any{}}
}

// secret returns the place of a secret.
func (r *rawRequest) secret(name string) *rawSecret {
	if r.secrets[name] == nil {
		r.secrets[name] = &rawSecret{}
	}
	return r.secrets[name]
}

// text reads a template.
func (r *rawRequest) text(d *doc, name string) setter {
	return func(n *yaml.Node) {
		var t text
		d.text(&t)(n)
		if t.set() {
			r.values[name] = t.s
			r.texts = append(r.texts, t)
		}
	}
}

// word reads a text that must be one of several.
func (r *rawRequest) word(d *doc, name string, of ...string) setter {
	return func(n *yaml.Node) {
		var t text
		d.oneOf(&t, of...)(n)
		if t.set() {
			r.values[name] = t.s
		}
	}
}

func (r *rawRequest) flag(d *doc, name string) setter {
	return func(n *yaml.Node) {
		var f flag
		d.flag(&f)(n)
		if f.set() {
			r.values[name] = f.b
		}
	}
}

// tree reads a mapping of texts, lists and mappings.
func (r *rawRequest) tree(d *doc, name string) setter {
	return func(n *yaml.Node) {
		inner := map[string]any{}
		d.dict(name, func(key, value *yaml.Node) { inner[key.Value] = r.node(d, value) })(n)
		r.values[name] = inner
	}
}

func (r *rawRequest) node(d *doc, n *yaml.Node) any {
	if d.hearAny() {
		return nil
	}
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		inner := map[string]any{}
		for _, p := range d.pairs(n) {
			inner[p.key.Value] = r.node(d, p.value)
		}
		return inner
	case yaml.SequenceNode:
		inner := []any{}
		for _, c := range n.Content {
			inner = append(inner, r.node(d, c))
		}
		return inner
	case yaml.ScalarNode, yaml.DocumentNode, yaml.AliasNode:
	}
	return r.leaf(d, n)
}

func (r *rawRequest) leaf(d *doc, n *yaml.Node) any {
	if n.ShortTag() == "!!bool" {
		var f flag
		d.flag(&f)(n)
		return f.b
	}
	var t text
	d.text(&t)(n)
	if t.set() {
		r.texts = append(r.texts, t)
	}
	return t.s
}

// table reads a list of mappings with these keys, each a template.
func (r *rawRequest) table(d *doc, name, what string, keys ...string) setter {
	all := []any{}
	return d.each(name, func(n *yaml.Node) {
		row, known := map[string]any{}, fields{}
		for _, key := range keys {
			known[key] = func(n *yaml.Node) { row[key] = r.leaf(d, resolve(n)) }
		}
		d.object(n, what, known)
		all = append(all, row)
		r.values[name] = all
	})
}

// build makes the config of a request and its integration.
func (r *rawRequest) build(g rawGlobal) (cfg RequestConfig, in rules.Integration, target string, ok bool) {
	target, ok = r.reach(r, g)
	cfg = RequestConfig{
		Service: r.kind, URL: r.url.build(), Secrets: map[string]Secret{}, Values: r.values,
		HTTP: httpOf(r.http, g.http), Timeout: r.timeout.or(httpTimeout),
	}
	if cfg.Timeout == 0 { // Alertmanager's word for no deadline; an attempt must end
		cfg.Timeout = httpTimeout
	}
	for name, s := range r.secrets {
		if s.set() {
			cfg.Secrets[name] = s.build()
		}
	}
	in = rules.Integration{
		Kind: r.kind, SendResolved: r.sendResolved.or(true), Timeout: cfg.Timeout,
		LaneEvery: laneEvery(r.kind), Incident: r.kind == "pagerduty" || r.kind == "opsgenie",
	}
	if cfg.Secrets["service_key"].Set() {
		cfg.Service = "pagerduty-v1"
	}
	if r.own != nil {
		r.own.build(r, &cfg, &in)
	}
	return cfg, in, target, ok
}

// laneEvery is what the services ask of those who post: one message a second and
// chat, four for Teams and two events for PagerDuty.
func laneEvery(kind string) time.Duration {
	switch kind {
	case "telegram", "discord":
		return time.Second
	case "pagerduty", "opsgenie":
		return 500 * time.Millisecond
	case "msteams", "msteamsv2":
		return 250 * time.Millisecond
	}
	return 0
}

// named is what a secret adds to the identity of an integration: the name of its
// file, or itself. The key holds a hash of it.
func (s rawSecret) named() string { return s.file.s + " " + s.value.s }

// needs reports a secret that is not there.
func (r *rawRequest) needs(s *rawSecret, what, hint string) bool {
	if s.value.s != "" || s.file.s != "" {
		return true
	}
	r.bad(CodeMissing, "%s", what).Hint = hint
	return false
}

// address reports a URL that is none, and one that is not there.
func (r *rawRequest) address(what string) bool {
	if r.url.file.set() {
		return true
	}
	if !r.url.value.set() {
		r.bad(CodeMissing, "%s", what)
		return false
	}
	_, ok := r.url.value.absoluteURL()
	return ok
}

// inherit takes the URL of a service from what is for all, if there is one.
func (r *rawRequest) inherit(all text) bool {
	r.url = r.url.or(rawSecret{value: all})
	if !r.url.set() {
		return true
	}
	_, ok := r.url.value.absoluteURL()
	return ok
}
