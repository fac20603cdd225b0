package file

import (
	"gopkg.in/yaml.v3"

	"tocsin/rules/promql"
)

// A rawRule is a rule as written.
type rawRule struct {
	pos
	group  *rawGroup
	broken bool // a mistake was reported while it was read
	parsed *promql.Expr

	id, alert, record text
	expr, source      text
	unit              text
	schedule          text
	timezone          text
	hold              debounce
	keep              span
	warn, error       rawLevel
	overrides         []rawOverride
	noData, absent    rawMissing
	flap              rawFlap
	limit             count
	expect            flag
	labels            []entry
	annotations       []entry
}

// A rawOverride is an override as written.
type rawOverride struct {
	pos
	match       []text
	warn, error rawLevel
}

// A rawMissing is `absent` or `no_data` as written.
type rawMissing struct {
	pos
	after span
	then  text
}

// A rawFlap is `flap` as written.
type rawFlap struct {
	pos
	off    bool
	raises count
	within span
}

// threshold reports whether the rule has levels of its own.
func (r *rawRule) threshold() bool { return r.warn.set() || r.error.set() }

func (d *doc) rule(n *yaml.Node) *rawRule {
	r := &rawRule{pos: d.at(n)}
	before := len(d.sink.all)
	d.object(n, "rule", fields{
		"id":              d.text(&r.id),
		"alert":           d.text(&r.alert),
		"record":          d.text(&r.record),
		"expr":            d.text(&r.expr),
		"source":          d.text(&r.source),
		"unit":            d.text(&r.unit),
		"schedule":        d.text(&r.schedule),
		"timezone":        d.text(&r.timezone),
		"for":             d.debounce(&r.hold),
		"keep_firing_for": d.span(&r.keep),
		"warn":            d.level(&r.warn),
		"error":           d.level(&r.error),
		"overrides":       d.each("overrides", func(n *yaml.Node) { r.overrides = append(r.overrides, d.override(n)) }),
		"no_data":         d.missing(&r.noData, "no_data", "ok"),
		"absent":          d.missing(&r.absent, "absent", "resolve"),
		"flap":            d.flap(&r.flap),
		"limit":           d.count(&r.limit),
		"expect":          d.flag(&r.expect),
		"labels":          d.entries(&r.labels, "label"),
		"annotations":     d.entries(&r.annotations, "annotation"),
	})
	r.broken = d.sink.failed(before)
	return r
}

func (d *doc) override(n *yaml.Node) rawOverride {
	o := rawOverride{pos: d.at(n)}
	d.object(n, "override", fields{
		"match": d.oneOrMore("matchers", &o.match),
		"warn":  d.level(&o.warn),
		"error": d.level(&o.error),
	})
	if len(o.match) == 0 {
		o.bad(CodeMissing, "an override needs match: the series that it is for").
			Hint = `match: '{route="/upload"}'`
	}
	return o
}

// oneOrMore reads a word or a list of words.
func (d *doc) oneOrMore(what string, into *[]text) setter {
	return func(n *yaml.Node) {
		if resolve(n).Kind == yaml.SequenceNode {
			d.texts(what, into)(n)
			return
		}
		var t text
		d.text(&t)(n)
		if t.set() {
			*into = append(*into, t)
		}
	}
}

// missing reads {after, then}, or the word of then alone. calm is the word for
// ThenResolve.
func (d *doc) missing(into *rawMissing, what, calm string) setter {
	then := d.oneOf(&into.then, calm, "keep", "clear", "warn", "error")
	return func(n *yaml.Node) {
		n = resolve(n)
		into.pos = d.at(n)
		if n.Kind != yaml.MappingNode {
			then(n)
			return
		}
		d.object(n, what+" section", fields{
			"after": d.positive(&into.after),
			"then":  then,
		})
	}
}

func (d *doc) flap(into *rawFlap) setter {
	return func(n *yaml.Node) {
		n = resolve(n)
		into.pos = d.at(n)
		if n.Kind == yaml.ScalarNode {
			s, ok := d.scalarAs(n, offForm)
			into.off = s == "off" || s == "false"
			if ok && !into.off {
				into.bad(CodeType, "expected off or {raises, within}, found %q", short(s))
			}
			return
		}
		d.object(n, "flap section", fields{
			"raises": d.count(&into.raises),
			"within": d.positive(&into.within),
		})
	}
}
