package file

import (
	"cmp"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// Options say what to load.
type Options struct {
	Files Files // nil: those of the machine
	// ConfigFile is tocsin.yaml; empty: there is none, and the environment alone
	// must do.
	ConfigFile string
	// Rules are files or patterns that replace rule_files, from the command line.
	Rules []string
	// Lookup finds what ${NAME} stands for. Nil expands nothing: for files of
	// strangers.
	Lookup func(name string) (string, bool)
	// Getenv asks the environment; nil: it does not count.
	Getenv func(name string) (string, bool)
	// ExternalURL replaces external_url, from the command line.
	ExternalURL string
	// ExternalLabels and Interval replace external_labels and evaluation_interval,
	// from a file of tests.
	ExternalLabels labels.Labels
	Interval       time.Duration
	// Mute says that nobody need be told: a dry run, a check.
	Mute bool
}

// Loaded is all that a daemon runs on.
type Loaded struct {
	Core *rules.Config

	Sources []SourceConfig // as Core.Sources
	Slack   map[string]SlackConfig
	Email   map[string]EmailConfig
	Webhook map[string]WebhookConfig
	// Requests are receivers of PagerDuty and the like; Alertmanagers are those
	// that alerts are forwarded to.
	Requests      map[string]RequestConfig
	Alertmanagers map[string]AlertmanagerConfig

	Heartbeat *HeartbeatConfig // nil: none
	Retention time.Duration    // how long history is kept

	// Groups are the rules as Prometheus would evaluate them, with those that record.
	Groups []Group

	Templates   []Template
	Store       string // path against Dir, or a URL
	Dir         string // folder of the config
	ExternalURL string
	Metrics     bool // serve /metrics

	// Files are all that were read, for watching: the config first.
	Files []string
	// Defaults are what the config says to rules, for who reads more of them.
	Defaults Defaults
	// Texts are the templates of messages and annotations, with their places.
	Texts []Text
	// Written are the rules with their places, in the order of these.
	Written []Written
	// Sums are those of all files that were read, as they were then.
	Sums map[string]Sum
	// Patterns are those that were looked for, joined to Dir; EmptyPatterns are
	// those of rule files that match nothing. A reload is refused then, a start is not.
	Patterns      []string
	EmptyPatterns []string
}

// A Template is a file of templates for messages.
type Template struct{ Name, Text string }

// Load reads a config and its rules. Problems are sorted by place; unless all
// of them are warnings, Loaded is nil.
func Load(o Options) (out *Loaded, problems []rules.Problem) {
	s := &sink{}
	defer func() {
		if r := recover(); r != nil {
			s.crash(r)
			out, problems = nil, s.sorted()
		}
	}()
	if o.Files == nil {
		o.Files = Disk{}
	}
	seen := witness{o.Files, map[string]Sum{}}
	l := &loader{files: seen, sink: s, lookup: o.Lookup, read: map[string]bool{}}
	out = l.load(o)
	if s.failed(0) {
		out = nil
	}
	if out != nil {
		out.Sums = seen.sums
	}
	return out, s.sorted()
}

func (l *loader) load(o Options) *Loaded {
	raw, ok := l.config(o.ConfigFile)
	if !ok {
		return nil
	}
	raw.override(o)
	env := l.environment(o.Getenv)
	l.dir = filepath.Dir(o.ConfigFile)
	out := &Loaded{Dir: l.dir, Metrics: env.metrics, ExternalURL: cmp.Or(o.ExternalURL, raw.external())}
	out.Sources = l.sources(raw, env, o)
	rcv := l.receivers(raw, env, o)
	out.Slack, out.Email, out.Webhook = rcv.slack, rcv.email, rcv.webhook
	out.Heartbeat, out.Retention = raw.heartbeatOf(), raw.retention.or(defaultRetention)
	out.Requests, out.Alertmanagers = rcv.request, rcv.forward
	out.Store = cmp.Or(env.store, raw.storeOf())
	out.Templates = l.templates(raw, out)
	if m, err := l.newMessages(out.Templates); err == nil {
		m.all(raw.receivers)
		m.route(raw.route)
	}
	out.Core = l.core(raw, rcv, out)
	out.Core.Rules = l.allRules(raw, env, o, out)
	out.Groups = l.grouped
	out.Files = l.names
	out.Defaults = raw.defaults(out)
	out.Texts = append(raw.messageTexts(), l.texts...)
	out.Written = l.written
	return out
}

// override replaces what a file of tests says otherwise.
func (c *rawConfig) override(o Options) {
	if o.Interval > 0 {
		c.interval = span{pos: pos{n: scalarNode("")}, d: o.Interval}
	}
	if o.ExternalLabels.IsEmpty() {
		return
	}
	c.externals = nil
	o.ExternalLabels.Range(func(l labels.Label) {
		c.externals = append(c.externals, entry{name: l.Name, value: text{s: l.Value}})
	})
}

// config reads the config file, if there is one.
func (l *loader) config(name string) (*rawConfig, bool) {
	if name == "" {
		return &rawConfig{}, true
	}
	d := l.open(name, pos{})
	if d == nil {
		return nil, false
	}
	before := len(l.sink.all)
	root := d.parse()
	if l.sink.failed(before) {
		return nil, false
	}
	return d.config(root), true
}

func (l *loader) sources(raw *rawConfig, env environment, o Options) []SourceConfig {
	list := raw.sources
	if raw.prometheus.set() {
		for _, s := range list {
			if s.name == defaultSource {
				raw.prometheus.bad(CodeConflict, "prometheus is short for the source called default, which is there too")
			}
		}
		list = append(list, &rawSource{pos: raw.prometheus.pos, name: defaultSource, urls: []text{raw.prometheus}})
	}
	if env.prometheus.s != "" {
		list = env.overSources(list)
	}
	var all []SourceConfig
	for _, s := range list {
		all = append(all, s.build())
	}
	// Where the environment does not count, PROMETHEUS_URL may say it elsewhere.
	if len(all) == 0 && o.Getenv != nil {
		l.missing(raw, "no Prometheus: say prometheus: URL, or set PROMETHEUS_URL")
	}
	slices.SortFunc(all, func(a, b SourceConfig) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// missing reports what neither file nor environment says.
func (l *loader) missing(raw *rawConfig, what string) {
	if raw.d == nil {
		l.sink.add(problem{File: environmentName, Code: string(CodeMissing), Text: what})
		return
	}
	raw.d.whole().bad(CodeMissing, "%s", what)
}

func (l *loader) receivers(raw *rawConfig, env environment, o Options) *receivers {
	all := newReceivers()
	seen := map[string]bool{}
	for _, r := range raw.receivers {
		if seen[r.name.s] && r.name.set() {
			r.name.bad(CodeDuplicate, "receiver %q is there twice", short(r.name.s))
		}
		seen[r.name.s] = true
		all.add(r, raw.global)
	}
	raw.departures()
	if len(raw.receivers) == 0 {
		env.addReceivers(all)
	} else {
		env.spareReceivers(l.sink)
	}
	if len(all.list) == 0 {
		if !o.Mute {
			l.missing(raw, "nobody to tell: say receivers:, or set ALERT_WEBHOOK_URL, or SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO")
		}
		all.list = []rules.Receiver{{Name: "nobody"}}
	}
	raw.care(all, env)
	return all
}

// core makes what the core needs to know, but for the rules.
func (l *loader) core(raw *rawConfig, rcv *receivers, out *Loaded) *rules.Config {
	before, known := len(l.sink.all), newNames(rcv.names())
	c := &rules.Config{
		Route: raw.buildRoot(raw.tree(known)), Receivers: rcv.list,
		Inhibit: raw.inhibitRules(), SelfReceiver: raw.self(known),
		ExternalLabels: labelsOf(raw.externals), ExternalURL: out.ExternalURL, AlertRelabel: raw.relabel,
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:   raw.limits.build(),
	}
	if raw.severity.warn.set() {
		c.Severity.Warn = raw.severity.warn.s
	}
	if raw.severity.error.set() {
		c.Severity.Error = raw.severity.error.s
	}
	for _, s := range out.Sources {
		c.Sources = append(c.Sources, s.Source)
	}
	if !l.sink.failed(before) {
		unreached(raw, c)
	}
	if !l.sink.failed(0) {
		raw.speechless(c.Receivers)
	}
	return c
}

// unreached warns of receivers that nothing leads to.
func unreached(raw *rawConfig, c *rules.Config) {
	used := map[string]bool{}
	var walk func(*rules.Route)
	walk = func(r *rules.Route) {
		used[r.Receiver] = true
		for _, child := range r.Routes {
			walk(child)
		}
	}
	walk(c.Route)
	for _, t := range raw.named() {
		used[t.s] = true
	}
	for _, r := range raw.receivers {
		if r.name.set() && !used[r.name.s] {
			r.name.warn(CodeUnreached, "no route leads to %q: it is never told anything", short(r.name.s))
		}
	}
}
