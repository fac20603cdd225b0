package promql

import (
	"math"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// A Measure is what a value is measured in, by the names of the metrics that it is made
// of: seconds and bytes to some power, and how many of them one is.
type Measure struct {
	Seconds, Bytes int
	// Scale is 1, 100 for percent, 1000 for thousandths; 0 where it is not known.
	Scale float64
}

// Measure returns what the value is measured in, if the names of the metrics say so.
func (e *Expr) Measure() (Measure, bool) { return measureOf(e.tree) }

func measureOf(e parser.Expr) (m Measure, ok bool) {
	switch e := unwrap(e).(type) {
	case *parser.VectorSelector:
		return named(name(e))
	case *parser.MatrixSelector:
		return named(selectorName(e))
	case *parser.SubqueryExpr:
		return measureOf(e.Expr)
	case *parser.UnaryExpr:
		return measureOf(e.Expr)
	case *parser.AggregateExpr:
		switch e.Op {
		case parser.SUM, parser.AVG, parser.MIN, parser.MAX, parser.TOPK, parser.BOTTOMK, parser.QUANTILE, parser.STDDEV:
			return measureOf(e.Expr)
		}
	case *parser.Call:
		return measureOfCall(e)
	case *parser.BinaryExpr:
		return measureOfBinary(e)
	}
	return Measure{}, false
}

// named reads what a metric measures from the end of its name.
func named(metric string) (Measure, bool) {
	if i := strings.LastIndexByte(metric, ':'); i >= 0 {
		return Measure{}, false // recorded: what it is made of is not in its name
	}
	base := strings.TrimSuffix(strings.TrimSuffix(metric, "_total"), "_sum")
	switch {
	case strings.HasSuffix(metric, "_count"), strings.HasSuffix(metric, "_bucket"):
		return Measure{Scale: 1}, true
	case strings.HasSuffix(base, "_seconds"):
		return Measure{Seconds: 1, Scale: 1}, true
	case strings.HasSuffix(base, "_bytes"):
		return Measure{Bytes: 1, Scale: 1}, true
	case strings.HasSuffix(base, "_ratio"):
		return Measure{Scale: 1}, true
	case strings.HasSuffix(base, "_percent"), strings.HasSuffix(base, "_percentage"):
		return Measure{Scale: 100}, true
	case strings.HasSuffix(metric, "_total") && things(base):
		return Measure{Scale: 1}, true
	}
	return Measure{}, false
}

// things reports whether a name ends in what is counted by the piece, so that a rate of
// it is per second.
func things(base string) bool {
	switch base[strings.LastIndexByte(base, '_')+1:] {
	case "requests", "responses", "errors", "failures", "calls", "queries", "messages", "operations", "events", "restarts",
		"connections", "packets", "hits", "misses", "retries", "timeouts", "handled", "started", "rejected", "dropped",
		"notifications", "evaluations", "jobs", "tasks", "records", "commits", "lookups":
		return true
	}
	return false
}

func measureOfCall(c *parser.Call) (Measure, bool) {
	switch c.Func.Name {
	case "time", "timestamp":
		return Measure{Seconds: 1, Scale: 1}, true
	case "rate", "irate", "deriv":
		m, ok := measureOf(c.Args[0])
		m.Seconds--
		return m, ok
	case "histogram_quantile":
		return observed(c.Args[1])
	case "increase", "delta", "idelta", "predict_linear", "avg_over_time", "min_over_time", "max_over_time", "sum_over_time",
		"last_over_time", "first_over_time", "abs", "ceil", "floor", "round", "clamp_min", "clamp_max", "clamp",
		"sort", "sort_desc", "label_replace", "label_join":
		return measureOf(c.Args[0])
	case "quantile_over_time":
		return measureOf(c.Args[1])
	case "vector", "scalar":
		return measureOf(c.Args[0])
	}
	return Measure{}, false
}

// observed is what a histogram holds: the values, not how many of them.
func observed(e parser.Expr) (m Measure, ok bool) {
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if v, isSelector := n.(*parser.VectorSelector); isSelector && !ok {
			metric := strings.TrimSuffix(name(v), "_bucket")
			if !IsCounter(metric) {
				m, ok = named(metric)
			}
		}
		return nil
	})
	return m, ok
}

func measureOfBinary(b *parser.BinaryExpr) (Measure, bool) {
	if b.Op.IsComparisonOperator() && !b.ReturnBool || b.Op == parser.LAND || b.Op == parser.LUNLESS {
		if !vector(b.LHS) {
			return measureOf(b.RHS)
		}
		return measureOf(b.LHS)
	}
	x, left := number(b.LHS)
	y, right := number(b.RHS)
	l, lok := measureOf(b.LHS)
	r, rok := measureOf(b.RHS)
	switch b.Op {
	case parser.MUL:
		switch {
		case left:
			return r.times(x), rok
		case right:
			return l.times(y), lok
		}
		return Measure{l.Seconds + r.Seconds, l.Bytes + r.Bytes, l.Scale * r.Scale}, lok && rok
	case parser.DIV:
		switch {
		case right:
			return l.times(1 / y), lok
		case left:
			return Measure{-r.Seconds, -r.Bytes, x / r.Scale}.sound(), rok
		}
		return Measure{l.Seconds - r.Seconds, l.Bytes - r.Bytes, l.Scale / r.Scale}.sound(), lok && rok
	case parser.ADD, parser.SUB, parser.LOR:
		switch {
		case left && b.Op != parser.LOR:
			return r, rok
		case right && b.Op != parser.LOR:
			return l, lok
		}
		return l, lok && rok && l == r
	}
	return Measure{}, false
}

// times multiplies with a number. Zero is what people put where nothing is.
func (m Measure) times(x float64) Measure {
	if x != 0 {
		m.Scale *= math.Abs(x)
	}
	return m.sound()
}

func (m Measure) sound() Measure {
	if math.IsNaN(m.Scale) || math.IsInf(m.Scale, 0) {
		m.Scale = 0
	}
	return m
}

func number(e parser.Expr) (float64, bool) {
	n, ok := unwrap(e).(*parser.NumberLiteral)
	if !ok {
		return 0, false
	}
	return n.Val, true
}
