package file

import (
	"time"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A rawConfig is tocsin.yaml, or an alertmanager.yml, as written.
type rawConfig struct {
	pos

	global    rawGlobal
	route     *rawRoute
	receivers []*rawReceiver
	templates []text
	inhibits  []*rawInhibit
	times     []*rawTimes

	selfReceiver  text
	budget        rawBudget
	fallbackAfter span
	heartbeat     *rawHeartbeat
	retention     span

	prometheus  text
	sources     []*rawSource
	ruleFiles   []text
	interval    span
	offset      span
	externals   []entry
	relabel     []*relabel.Config
	store       text
	externalURL text
	severity    rawSeverity
	limits      rawLimits
	thresholds  text
}

type rawSeverity struct {
	warn, error text
	errors      []text // further values that mean error on presence rules
	errorsSet   bool
}

type rawLimits struct{ series, active count }

// config reads the config.
func (d *doc) config(root *yaml.Node) *rawConfig {
	c := &rawConfig{pos: pos{d, root}}
	d.object(root, "config", fields{
		"global":                d.global(&c.global),
		"route":                 func(n *yaml.Node) { c.route = d.route(n) },
		"receivers":             d.each("receivers", func(n *yaml.Node) { c.receivers = append(c.receivers, d.receiver(n)) }),
		"templates":             d.texts("templates", &c.templates),
		"inhibit_rules":         d.each("inhibition rules", func(n *yaml.Node) { c.inhibits = append(c.inhibits, d.inhibit(n)) }),
		"time_intervals":        d.each("time intervals", func(n *yaml.Node) { c.times = append(c.times, d.namedTimes(n)) }),
		"mute_time_intervals":   d.each("time intervals", func(n *yaml.Node) { c.times = append(c.times, d.namedTimes(n)) }),
		"self_receiver":         d.text(&c.selfReceiver),
		"rate_limit":            d.budget(&c.budget),
		"fallback_after":        d.positive(&c.fallbackAfter),
		"heartbeat":             func(n *yaml.Node) { c.heartbeat = d.heartbeat(n) },
		"retention":             d.retention(&c.retention),
		"prometheus":            d.expanded(&c.prometheus),
		"sources":               d.dict("sources", func(k, v *yaml.Node) { c.sources = append(c.sources, d.source(k, v)) }),
		"rule_files":            d.texts("patterns", &c.ruleFiles),
		"evaluation_interval":   d.positive(&c.interval),
		"query_offset":          d.span(&c.offset),
		"external_labels":       d.entries(&c.externals, "label"),
		"alert_relabel_configs": d.each("relabel steps", func(n *yaml.Node) { c.relabel = d.relabelStep(n, c.relabel) }),
		"store":                 d.expanded(&c.store),
		"external_url":          d.expanded(&c.externalURL),
		"tracing":               d.idle("traces are of Alertmanager's own work, and tocsin writes none"),
		"event_recorder":        d.idle("events are not written elsewhere: tocsin keeps its history itself, see retention"),
		"severity_labels":       d.severity(&c.severity),
		"limits":                d.limits(&c.limits),
		"thresholds":            d.text(&c.thresholds),
	})
	return c
}

// idle accepts a key of Alertmanager's that tells nobody anything, and says that it
// has no effect.
func (d *doc) idle(why string) setter {
	return func(n *yaml.Node) {
		if !d.hearAny() && !null(n) {
			d.at(resolve(n)).warn(CodeNoEffect, "%s", why)
		}
	}
}

// Retention of the history.
const (
	defaultRetention = 30 * 24 * time.Hour
	leastRetention   = 24 * time.Hour
)

func (d *doc) retention(into *span) setter {
	return func(n *yaml.Node) {
		d.span(into)(n)
		if into.set() && into.d < leastRetention {
			into.bad(CodeDuration, "history is kept for a day at least").Hint = "write 1d or more; 30d is the default"
		}
	}
}

func (d *doc) severity(into *rawSeverity) setter {
	return func(n *yaml.Node) {
		d.object(n, "severity_labels section", fields{
			"warn":  d.text(&into.warn),
			"error": d.text(&into.error),
			"errors": func(n *yaml.Node) {
				into.errorsSet = true
				d.texts("values of severity", &into.errors)(n)
			},
		})
		if into.warn.set() && into.error.set() && into.warn.s == into.error.s {
			into.error.bad(CodeConflict, "warn and error have one value: no route could tell them apart")
		}
	}
}

func (d *doc) limits(into *rawLimits) setter {
	return func(n *yaml.Node) {
		d.object(n, "limits", fields{
			"series_per_rule": d.count(&into.series),
			"active_alerts":   d.count(&into.active),
		})
		for _, c := range []count{into.series, into.active} {
			if c.set() && c.n == 0 {
				c.bad(CodeNumber, "a limit of 0 would hold nothing")
			}
		}
	}
}

// DefaultLimits are those of a config that names none.
func DefaultLimits() rules.Limits {
	return rules.Limits{SeriesPerRule: 100_000, ActiveAlerts: 1_000_000}
}

func (l rawLimits) build() rules.Limits {
	out := DefaultLimits()
	if l.series.n > 0 {
		out.SeriesPerRule = l.series.n
	}
	if l.active.n > 0 {
		out.ActiveAlerts = l.active.n
	}
	return out
}

func (d *doc) relabelStep(n *yaml.Node, all []*relabel.Config) []*relabel.Config {
	step := relabel.DefaultRelabelConfig
	if !d.strict(n, "relabel step", CodeRelabel, &step) {
		return all
	}
	if err := step.Validate(model.UTF8Validation); err != nil {
		d.at(n).bad(CodeRelabel, "%v", err)
		return all
	}
	return append(all, &step)
}

// httpConfig reads how to connect, from prometheus/common's defaults on.
func (d *doc) httpConfig(into **config.HTTPClientConfig) setter {
	return func(n *yaml.Node) {
		c := config.DefaultHTTPClientConfig
		if !null(n) && d.strict(n, "http_config section", CodeHTTP, &c) {
			c.SetDirectory(d.dir())
			*into = &c
		}
	}
}

func (d *doc) tlsConfig(into **config.TLSConfig) setter {
	return func(n *yaml.Node) {
		c := config.TLSConfig{}
		if null(n) || !d.strict(n, "tls_config section", CodeHTTP, &c) {
			return
		}
		if err := c.Validate(); err != nil {
			d.at(n).bad(CodeHTTP, "%s", maskError(err))
			return
		}
		c.SetDirectory(d.dir())
		*into = &c
	}
}

func labelsOf(all []entry) labels.Labels {
	m := map[string]string{}
	for _, e := range all {
		m[e.name] = e.value.s
	}
	return labels.FromMap(m)
}
