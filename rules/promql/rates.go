package promql

import (
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// A Rate is a function over a range that needs at least two samples.
type Rate struct {
	Range
	Function string
	// Window is the range; 0 where it is computed.
	Window time.Duration
	// Metric is the name of the series; empty where a subquery stands.
	Metric string
	// Summed says that it is taken of a sum, by a subquery.
	Summed bool
}

// Rates returns the functions over ranges that need two samples at least.
func (e *Expr) Rates() (all []Rate) {
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		c, ok := n.(*parser.Call)
		if !ok || !needsTwo(c.Func.Name) || len(c.Args) == 0 {
			return nil
		}
		r := Rate{Range: clip(e.text, c.PositionRange()), Function: c.Func.Name}
		switch arg := unwrap(c.Args[0]).(type) {
		case *parser.MatrixSelector:
			if arg.RangeExpr == nil {
				r.Window = arg.Range
			}
			r.Metric = selectorName(arg)
		case *parser.SubqueryExpr:
			r.Summed = ofCounters(c.Func.Name) && sums(arg.Expr)
		}
		all = append(all, r)
		return nil
	})
	return all
}

func needsTwo(function string) bool {
	switch function {
	case "rate", "increase", "irate", "delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing":
		return true
	}
	return false
}

// ofCounters reports whether a function takes each fall for a restart.
func ofCounters(function string) bool {
	return function == "rate" || function == "increase" || function == "irate"
}

// OfCounters reports whether the function takes each fall for a restart.
func (r Rate) OfCounters() bool { return ofCounters(r.Function) }

func selectorName(m *parser.MatrixSelector) string {
	v, ok := m.VectorSelector.(*parser.VectorSelector)
	if !ok {
		return ""
	}
	return name(v)
}

// sums reports whether an expression adds counters up as they are: a sum of rates or of
// comparisons is something else.
func sums(e parser.Expr) bool {
	a, ok := unwrap(e).(*parser.AggregateExpr)
	if !ok || a.Op != parser.SUM && a.Op != parser.AVG {
		return false
	}
	v, ok := unwrap(a.Expr).(*parser.VectorSelector)
	return ok && strings.HasSuffix(name(v), "_total")
}

// IsCounter reports whether a name is that of a counter by the conventions of
// Prometheus.
func IsCounter(metric string) bool {
	for _, suffix := range []string{"_total", "_count", "_sum", "_bucket"} {
		if strings.HasSuffix(metric, suffix) {
			return true
		}
	}
	return false
}

// IsGauge reports whether a name is that of a gauge for certain: by what it measures, or
// since it is that of a recorded rate.
func IsGauge(metric string) bool {
	if metric == "" || IsCounter(metric) {
		return false
	}
	if i := strings.LastIndexByte(metric, ':'); i >= 0 {
		operation := metric[i+1:]
		return strings.HasPrefix(operation, "rate") || strings.HasPrefix(operation, "irate") || strings.HasPrefix(operation, "ratio")
	}
	for _, suffix := range []string{
		"_ratio", "_percent", "_percentage", "_celsius", "_fahrenheit", "_info", "_timestamp_seconds", "_timestamp",
		"_created", "_limit_bytes", "_free_bytes", "_avail_bytes", "_available_bytes", "_used_bytes", "_size_bytes",
		"_resident_memory_bytes", "_virtual_memory_bytes", "_working_set_bytes", "_inuse_bytes", "_goroutines",
		"_open_fds", "_max_fds", "_queue_length", "_queue_depth", "_load1", "_load5", "_load15", "_connected_clients",
	} {
		if strings.HasSuffix(metric, suffix) {
			return true
		}
	}
	memory := strings.HasPrefix(metric, "node_memory_") || strings.HasPrefix(metric, "node_filesystem_") || strings.HasPrefix(metric, "container_memory_")
	return metric == "up" || memory && strings.HasSuffix(metric, "_bytes")
}

// RawCounters returns the selectors of counters whose value is compared with a number as
// it is, in the expression or, if outside says so, with a threshold.
func (e *Expr) RawCounters(outside bool) (all []Selector) {
	add := func(x parser.Expr) {
		if v := carried(x); v != nil && strings.HasSuffix(name(v), "_total") {
			all = append(all, Selector{clip(e.text, v.PositionRange()), name(v), v.LabelMatchers})
		}
	}
	if outside {
		add(e.tree)
	}
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		b, ok := n.(*parser.BinaryExpr)
		if !ok || !b.Op.IsComparisonOperator() {
			return nil
		}
		switch {
		case positive(b.RHS) && (b.Op == parser.GTR || b.Op == parser.GTE):
			add(b.LHS)
		case positive(b.LHS) && (b.Op == parser.LSS || b.Op == parser.LTE):
			add(b.RHS)
		}
		return nil
	})
	return all
}

func positive(e parser.Expr) bool {
	n, ok := unwrap(e).(*parser.NumberLiteral)
	return ok && n.Val > 0
}

// carried returns the selector whose value an expression carries through: a sum, the
// largest, the same times a number.
func carried(e parser.Expr) *parser.VectorSelector {
	switch e := unwrap(e).(type) {
	case *parser.VectorSelector:
		return e
	case *parser.AggregateExpr:
		switch e.Op {
		case parser.SUM, parser.AVG, parser.MAX, parser.MIN, parser.TOPK, parser.BOTTOMK, parser.QUANTILE:
			return carried(e.Expr)
		}
	case *parser.BinaryExpr:
		if e.Op != parser.MUL && e.Op != parser.DIV {
			return nil
		}
		if positive(e.RHS) {
			return carried(e.LHS)
		}
	}
	return nil
}
