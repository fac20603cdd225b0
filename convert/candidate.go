package convert

import (
	"fmt"
	"math"
	"strconv"

	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/promql"
)

// A candidate is a rule, and what becomes of it.
type candidate struct {
	rule    *file.SheetRule
	outcome Outcome
	reason  Reason // of Kept
	notes   []string

	against promql.Against
	level   rules.Level
	bound   float64
	alert   string     // its name from now on
	other   *candidate // Merged: the one in it; Absorbed: the one that it is in
}

// candidate judges a rule by itself.
func (c *conversion) candidate(r *file.SheetRule) *candidate {
	k := &candidate{rule: r, alert: r.Alert}
	switch {
	case r.Rule == nil:
		k.outcome = Recording
	case r.Rule.Kind == rules.ThresholdRule:
		k.outcome = Threshold
	default:
		k.outcome = Converted
		c.look(k)
	}
	return k
}

// keep leaves the rule as it is.
func (k *candidate) keep(code, text, hint string) {
	k.outcome, k.reason, k.other = Kept, Reason{code, text, hint}, nil
	k.alert = k.rule.Alert
}

// look finds out whether the rule can be converted by itself.
func (c *conversion) look(k *candidate) {
	expr, errs := promql.Parse(k.rule.Rule.Expr)
	if len(errs) > 0 {
		return // was reported when the file was read
	}
	against, shape := expr.Against()
	k.against, k.bound = against, against.Bound
	k.level = rules.Warn
	if k.rule.Rule.Levels.Error != nil {
		k.level = rules.Error
	}
	switch {
	case shape != promql.Constant:
		k.keep(shape.String(), shapeText(shape), shapeHint(shape))
	case against.Inclusive && !k.exclusive():
		k.keepInclusive()
	case expr.Remarks(against.Cut):
		k.keep("comment", "a comment stands inside the comparison", "move it out of the way")
	case k.rule.Shared:
		k.keep("anchor", "parts of its text count in other places too, by YAML anchors, aliases or merges", "write them out")
	case c.unwritable[k.rule] != "":
		k.keep("text", "its text can't be changed safely: "+c.unwritable[k.rule], "write it in the usual form: a key a line")
	default:
		c.severity(k)
	}
}

// exclusive turns an inclusive bound into one that isn't, where only whole
// numbers come. It reports whether it could.
func (k *candidate) exclusive() bool {
	const exact = 1 << 52 // beyond it a neighbour of a whole number may be none
	if !k.against.Whole || math.Abs(k.bound) > exact {
		return false
	}
	if k.against.Side == rules.Above {
		k.bound = math.Ceil(k.bound) - 1
	} else {
		k.bound = math.Floor(k.bound) + 1
	}
	k.against.Written = ""
	return true
}

// keepInclusive says which bound would do, for who wants it.
func (k *candidate) keepInclusive() {
	sign, next := ">", math.Nextafter(k.bound, math.Inf(-1))
	if k.against.Side == rules.Below {
		sign, next = "<", math.Nextafter(k.bound, math.Inf(1))
	}
	k.keep("inclusive",
		fmt.Sprintf("%s= breaches at %s itself, and a threshold beyond it", sign, number(k.bound)),
		fmt.Sprintf("write %s %s if %[2]s may be well; %s %s is exactly the same", sign, number(k.bound), k.against.Side, number(next)))
}

// severity finds out whether the level says what the label says.
func (c *conversion) severity(k *candidate) {
	label, want := k.rule.Severity, c.o.Severity.Of(k.level)
	switch {
	case k.rule.GroupSeverity:
		k.keep("group-severity", "its group has a label severity, which has no effect on thresholds", "move it into the rules")
	case label == nil:
		k.notes = append(k.notes, fmt.Sprintf("it has no severity: its alerts bear %q, as they do in tocsin without being converted", want))
	case *label != want:
		k.keep("severity", fmt.Sprintf("severity %q would become %q", *label, want),
			"severity_labels in the config sets the words; name it with --config.file")
	}
}

func shapeText(s promql.Shape) string {
	switch s {
	case promql.Uncompared:
		return "the expression as a whole compares nothing with a number"
	case promql.Logical:
		return "several conditions (and, or, unless) are no single threshold"
	case promql.Equality:
		return "== and != have no side beyond which it gets worse"
	case promql.Bool:
		return "a comparison with bool returns 0 or 1 for every series, and each of them fires"
	case promql.TwoBounds:
		return "it compares twice, and a threshold would see only what the first comparison leaves"
	case promql.TwoVectors:
		return "it compares series with series"
	case promql.Computed:
		return "the bound is computed from time or series"
	case promql.Unreachable:
		return "the bound is no finite number"
	case promql.Unplaced, promql.Constant:
	}
	return "the place of the comparison in the text is not clear"
}

func shapeHint(s promql.Shape) string {
	switch s {
	case promql.TwoVectors:
		return "a quotient or a difference of both has a threshold"
	case promql.Bool:
		return "leave bool out"
	case promql.Computed:
		return "subtract it: a - time() > 0"
	case promql.Constant, promql.Uncompared, promql.Logical, promql.Equality, promql.TwoBounds, promql.Unreachable, promql.Unplaced:
	}
	return ""
}

// levels are those that the rule gets, warn first.
func (k *candidate) levels() []file.NewLevel {
	if k.outcome != Merged {
		return []file.NewLevel{k.newLevel()}
	}
	warn, err := k, k.other
	if k.level == rules.Error {
		warn, err = err, warn
	}
	all := []file.NewLevel{warn.newLevel(), err.newLevel()}
	if !sameDelay(k.rule.For, k.other.rule.For) {
		all[0].For, all[1].For = warn.rule.For, err.rule.For
	}
	if !sameDelay(k.rule.KeepFiringFor, k.other.rule.KeepFiringFor) {
		all[0].KeepFiringFor, all[1].KeepFiringFor = warn.rule.KeepFiringFor, err.rule.KeepFiringFor
	}
	return all
}

func (k *candidate) newLevel() file.NewLevel {
	return file.NewLevel{Level: k.level, Side: k.against.Side, Bound: k.bound, Written: k.against.Written}
}

func (k *candidate) rewrite() file.Rewrite {
	r := file.Rewrite{Rule: k.rule, Cut: [2]int{k.against.Cut.Start, k.against.Cut.End}, Alert: k.alert, Levels: k.levels()}
	if k.outcome == Merged {
		r.Absorb = k.other.rule
	}
	return r
}

func number(v float64) string {
	if text := strconv.FormatFloat(v, 'f', -1, 64); len(text) <= 20 {
		return text
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
