package file

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
	"tocsin/rules/promql"
)

// Defaults are what rules take from the config where they say nothing.
type Defaults struct {
	Interval    time.Duration // 0: one minute
	QueryOffset time.Duration
	// Sources are the names that rules may use. None: any, as when rule files are
	// checked without their config.
	Sources        []string
	ErrorSeverity  []string // values of severity that mean error; nil: critical, error, page
	ExternalLabels labels.Labels
	ExternalURL    string
}

func (d Defaults) filled() Defaults {
	if d.Interval == 0 {
		d.Interval = time.Minute
	}
	if d.ErrorSeverity == nil {
		d.ErrorSeverity = []string{"critical", "error", "page"}
	}
	return d
}

// A builder makes rules of what was written.
type builder struct {
	def Defaults
	// layers are thresholds from elsewhere, the later ones over the earlier.
	layers []thresholds
}

// build makes a rule; nil for a recording rule, and for one that is wrong.
func (b *builder) build(raw *rawRule) *rules.Rule {
	if raw.record.set() && !raw.alert.set() {
		raw.recording()
		return nil
	}
	sink := raw.d.sink
	n := len(sink.all)
	raw.names()
	r := &rules.Rule{
		Alert: raw.alert.s, Group: raw.group.name.s, File: raw.d.name, Line: raw.n.Line,
		Expr: raw.expr.s, Source: b.source(raw), Unit: unitOf(raw.unit),
		QueryOffset: raw.group.offset.or(b.def.QueryOffset),
		Expect:      raw.expect.b,
	}
	b.timing(raw, r)
	raw.expression()
	b.texts(raw, r)
	if raw.threshold() {
		r.Kind = rules.ThresholdRule
		b.levels(raw, r)
	} else {
		r.Kind = rules.PresenceRule
		b.presence(raw, r)
	}
	b.lack(raw, r)
	if raw.broken || sink.failed(n) {
		return nil
	}
	return r
}

// names checks that the rule has what every rule needs.
func (r *rawRule) names() {
	switch {
	case r.alert.set() && r.record.set():
		r.record.bad(CodeConflict, "a rule is an alert or a recording rule, not both")
	case r.alert.s == "" && !r.broken:
		r.bad(CodeMissing, "a rule needs alert: its name")
	}
	if r.id.set() && !validID(r.id.s) {
		r.id.bad(CodeName, "id %q: letters, digits and . _ : - only", short(r.id.s))
	}
}

func validID(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-"
	return s != "" && len(s) <= 200 && strings.Trim(s, letters) == ""
}

// source returns the source that the rule asks.
func (b *builder) source(raw *rawRule) string {
	name := raw.source
	if !name.set() {
		name = raw.group.source
	}
	known := b.def.Sources
	switch {
	case name.set() && len(known) > 0 && !slices.Contains(known, name.s):
		p := name.bad(CodeSource, "source %q is not configured", short(name.s))
		p.Hint = "there is " + strings.Join(known, ", ")
	case name.set():
		return name.s
	case len(known) == 1:
		return known[0]
	case len(known) > 1 && !slices.Contains(known, defaultSource):
		raw.bad(CodeSource, "there are several sources and none is called %s", defaultSource).
			Hint = "say source: in the rule or its group: " + strings.Join(known, ", ")
	}
	return defaultSource
}

const defaultSource = "default"

func unitOf(t text) rules.Unit {
	known := []string{
		string(rules.Seconds), string(rules.Bytes), string(rules.Ratio),
		string(rules.Percent), string(rules.PerSecond),
	}
	if t.set() && !slices.Contains(known, t.s) {
		if near := nearest(t.s, known); near != "" {
			t.warn(CodeUnitWord, "unit %q is shown as it is", short(t.s)).Hint = "did you mean " + near + "?"
		}
	}
	return rules.Unit(t.s)
}

func (b *builder) timing(raw *rawRule, r *rules.Rule) {
	r.Schedule = raw.plan()
	if r.Schedule == nil {
		r.Interval = raw.group.interval.or(b.def.Interval)
		if r.Interval == 0 { // as in Prometheus
			r.Interval = b.def.Interval
		}
	}
}

// expression checks the PromQL.
func (r *rawRule) expression() {
	if strings.TrimSpace(r.expr.s) == "" {
		if r.broken {
			return // it may be what is broken
		}
		r.bad(CodeMissing, "a rule needs expr: its expression")
		return
	}
	expr, errs := promql.Parse(r.expr.s)
	if expr != nil {
		if err := expr.Check(); err != nil {
			errs = append(errs, *err)
		}
	}
	for _, e := range errs {
		r.expr.within(r.expr.bad(CodePromQL, "%s", e.Text), e.Start, e.End)
	}
	if len(errs) == 0 {
		r.parsed = expr
		r.lint(expr)
	}
}

// lint warns of expressions that are likely not meant.
func (r *rawRule) lint(expr *promql.Expr) {
	for _, s := range expr.Selectors() {
		if s.Name == "ALERTS" || s.Name == "ALERTS_FOR_STATE" {
			p := r.expr.warn(CodeAlerts, "nobody writes %s: Prometheus does not evaluate these rules, and tocsin writes no series", s.Name)
			r.expr.within(p, s.Start, s.End)
		}
	}
	if r.record.set() {
		return
	}
	if at, ok := expr.Comparison(); ok && r.threshold() {
		p := r.expr.warn(CodeComparison, "the expression compares, so that values on the other side look as if they were gone")
		p.Hint = "return the raw value, and leave the comparison to warn and error"
		r.expr.within(p, at.Start, at.End)
	}
	if !r.threshold() && !expr.Filters() {
		r.expr.warn(CodeAlways, "the expression compares nothing: it fires for every series that there is").
			Hint = "compare in the expression, or give thresholds with warn and error"
	}
}

// recording checks a recording rule, which Prometheus evaluates.
func (r *rawRule) recording() {
	r.expression()
	for _, e := range []struct {
		key string
		pos pos
	}{
		{"for", r.hold.pos},
		{"keep_firing_for", r.keep.pos},
		{"warn", r.warn.pos},
		{"error", r.error.pos},
	} {
		if e.pos.set() {
			e.pos.bad(CodeConflict, "a recording rule has no %s", e.key)
		}
	}
	for _, a := range r.annotations {
		a.value.bad(CodeConflict, "a recording rule has no annotations")
	}
	if !model.UTF8Validation.IsValidMetricName(r.record.s) || strings.ContainsAny(r.record.s, "{}") {
		r.record.bad(CodeName, "%q is not a name of a metric", short(r.record.s))
	}
}
