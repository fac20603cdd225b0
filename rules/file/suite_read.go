package file

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"
)

// suite reads a file of unit tests.
func (l *loader) suite(d *doc) *Suite { return l.suiteOf(d, d.parse()) }

func (l *loader) suiteOf(d *doc, root *yaml.Node) *Suite {
	var interval span
	var fuzzy flag
	var order, patterns []text
	var config text
	out := &Suite{Name: d.name}
	d.object(root, "test file", fields{
		"rule_files":          d.texts("patterns", &patterns),
		"evaluation_interval": d.span(&interval),
		"fuzzy_compare":       d.flag(&fuzzy),
		"group_eval_order":    d.texts("groups", &order),
		"config_file":         d.text(&config),
		"tests":               d.each("tests", func(n *yaml.Node) { out.Tests = append(out.Tests, d.suiteTest(n)) }),
	})
	for _, g := range order {
		if slices.Contains(out.Order, g.s) {
			g.bad(CodeDuplicate, "group %q is there twice", short(g.s))
		}
		out.Order = append(out.Order, g.s)
	}
	if out.Interval = interval.d; out.Interval == 0 {
		out.Interval = time.Minute
	}
	out.Fuzzy, out.Paced = fuzzy.b, interval.d > 0
	out.ConfigFile = d.join(config.s)
	found := &Loaded{}
	out.RuleFiles, out.NoMatch = l.expand(patterns, found)
	for i := range out.Tests {
		out.Tests[i].finish(i, out.Interval)
	}
	return out
}

// finish fills in what a test leaves open, as promtool does.
func (t *SuiteTest) finish(n int, interval time.Duration) {
	if t.Interval == 0 {
		t.Interval = interval
	}
	if t.Name == "" {
		t.Name = "unnamed#" + strconv.Itoa(n)
	}
}

// placeOf is where a node is.
func (d *doc) placeOf(n *yaml.Node) Spot {
	line, col, length := d.place(resolve(n))
	return Spot{line, col, length}
}

func (d *doc) suiteTest(n *yaml.Node) SuiteTest {
	t := SuiteTest{Spot: d.placeOf(n)}
	var name, link text
	var interval, until span
	var external []entry
	var record, others flag
	d.object(n, "test", fields{
		"name":             d.text(&name),
		"interval":         d.span(&interval),
		"start_timestamp":  d.start(&t.Start),
		"external_labels":  d.entries(&external, "label"),
		"external_url":     d.text(&link),
		"input_series":     d.each("series", func(n *yaml.Node) { t.Series = append(t.Series, d.suiteSeries(n)) }),
		"alert_rule_test":  d.each("tests of alerts", func(n *yaml.Node) { t.Alerts = append(t.Alerts, d.alertCase(n)) }),
		"promql_expr_test": d.each("tests of expressions", func(n *yaml.Node) { t.Queries = append(t.Queries, d.queryCase(n)) }),

		"until":         d.span(&until),
		"silences":      d.each("silences", func(n *yaml.Node) { t.Silences = append(t.Silences, d.silenceFixture(n)) }),
		"acks":          d.each("acknowledgements", func(n *yaml.Node) { t.Acks = append(t.Acks, d.ackFixture(n)) }),
		"outages":       d.each("outages", func(n *yaml.Node) { t.Outages = append(t.Outages, d.outageFixture(n)) }),
		"failing":       d.each("times", func(n *yaml.Node) { t.Failing = append(t.Failing, d.failingFixture(n)) }),
		"expect":        d.each("expectations", func(n *yaml.Node) { t.Expect = append(t.Expect, d.expectation(n)) }),
		"notifications": d.notifications(&t),
		"nothing_sent":  d.each("times", func(n *yaml.Node) { t.Quiet = append(t.Quiet, d.quietCase(n)) }),
		"others":        d.flag(&others),
		"record":        d.flag(&record),
	})
	t.Name, t.ExternalURL = name.s, link.s
	t.Interval, t.Until = interval.d, until.d
	t.ExternalLabels = labelsOf(external)
	t.Record, t.Others = record.b, others.b
	return t
}

// start reads a time as promtool does: seconds since 1970, or RFC 3339.
func (d *doc) start(into *model.Time) setter {
	return func(n *yaml.Node) {
		s, ok := d.scalarAs(n, timeForm)
		if !ok {
			return
		}
		if v, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(v) < 1<<40 {
			*into = model.Time(math.Round(v * 1000))
			return
		}
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			d.at(n).bad(CodeType, "%q is not a time", short(s)).Hint = "write 2026-11-22T14:00:00Z, or seconds since 1970"
			return
		}
		*into = model.TimeFromUnixNano(at.UnixNano())
	}
}

func (d *doc) suiteSeries(n *yaml.Node) SuiteSeries {
	var series, values text
	d.object(n, "series", fields{"series": d.text(&series), "values": d.text(&values)})
	at := d.at(n)
	if series.set() {
		at = series.pos
	}
	if strings.TrimSpace(series.s) == "" {
		at.bad(CodeMissing, "an input series needs series: its name and labels").Hint = `series: 'up{job="api"}'`
	}
	out := SuiteSeries{Spot: d.placeOf(at.n), Series: series.s, Values: strings.Join(strings.Fields(values.s), " ")}
	if out.At = out.Spot; values.set() {
		out.At = d.placeOf(values.n)
	}
	return out
}

func (d *doc) alertCase(n *yaml.Node) AlertCase {
	c := AlertCase{Spot: d.placeOf(n)}
	var at span
	var alert text
	before := len(d.sink.all)
	d.object(n, "test of an alert", fields{
		"eval_time":  d.span(&at),
		"alertname":  d.text(&alert),
		"exp_alerts": d.each("alerts", func(n *yaml.Node) { c.Alerts = append(c.Alerts, d.expectedAlert(n)) }),
	})
	if alert.s == "" && !d.sink.failed(before) {
		d.at(n).bad(CodeMissing, "a test of an alert needs alertname")
	}
	c.At, c.Alert = at.d, alert.s
	return c
}

func (d *doc) expectedAlert(n *yaml.Node) ExpectedAlert {
	a := ExpectedAlert{Spot: d.placeOf(n)}
	d.object(n, "expected alert", fields{
		"exp_labels":      d.stringMap("labels", &a.Labels),
		"exp_annotations": d.stringMap("annotations", &a.Annotations),
	})
	return a
}

// stringMap reads names and texts.
func (d *doc) stringMap(what string, into *map[string]string) setter {
	return d.dict(what, func(key, value *yaml.Node) {
		if *into == nil {
			*into = map[string]string{}
		}
		s, ok := d.scalar(value)
		if ok || null(value) {
			(*into)[key.Value] = s
		}
	})
}

func (d *doc) queryCase(n *yaml.Node) QueryCase {
	c := QueryCase{Spot: d.placeOf(n)}
	var at span
	var expr text
	before := len(d.sink.all)
	d.object(n, "test of an expression", fields{
		"eval_time":   d.span(&at),
		"expr":        d.text(&expr),
		"exp_samples": d.each("samples", func(n *yaml.Node) { c.Samples = append(c.Samples, d.expectedSample(n)) }),
	})
	if strings.TrimSpace(expr.s) == "" && !d.sink.failed(before) {
		d.at(n).bad(CodeMissing, "a test of an expression needs expr")
	}
	c.At, c.Expr = at.d, expr.s
	return c
}

func (d *doc) expectedSample(n *yaml.Node) ExpectedSample {
	s := ExpectedSample{Spot: d.placeOf(n)}
	var ls, hist text
	d.object(n, "expected sample", fields{
		"labels":    d.text(&ls),
		"value":     d.number(&s.Value),
		"histogram": d.text(&hist),
	})
	s.Labels, s.Histogram = ls.s, hist.s
	return s
}

// number reads a number as YAML has them: .inf and .nan too.
func (d *doc) number(into *float64) setter {
	return func(n *yaml.Node) {
		if d.ask != nil {
			_, _ = d.scalarAs(n, numberForm)
			return
		}
		if n = resolve(n); null(n) {
			return
		}
		if err := n.Decode(into); err != nil {
			d.at(n).bad(CodeNumber, "expected a number, found %q", short(n.Value)).Hint = "infinities are .inf and -.inf, as YAML has them"
		}
	}
}

// pattern reads one or several regular expressions.
func (d *doc) patterns(into *[]string) setter {
	return func(n *yaml.Node) {
		var all []text
		d.oneOrMore("regular expressions", &all)(n)
		for _, t := range all {
			if _, err := regexp.Compile(t.s); err != nil {
				t.bad(CodeMatcher, "%q is not a regular expression: %v", short(t.s), err)
			}
			*into = append(*into, t.s)
		}
	}
}
