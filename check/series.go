package check

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
	"tocsin/rules/promql"
)

// Series returns labels as the rule's expression may return them: those by which
// it aggregates, those that it selects by value, and those that its templates ask
// for. What is not known has its own name as its value.
func Series(r *rules.Rule) labels.Labels {
	expr, _ := promql.Parse(r.Expr)
	return seriesOf(r, expr)
}

// seriesOf takes the expression of the rule, nil if it does not parse.
func seriesOf(r *rules.Rule, expr *promql.Expr) labels.Labels {
	values := map[string]string{}
	for _, name := range asked(r) {
		values[name] = name
	}
	if expr != nil {
		grouping, grouped := expr.Grouping()
		for _, name := range grouping {
			if name != model.BucketLabel { // what aggregates by it makes a quantile of it
				values[name] = name
			}
		}
		for _, s := range expr.Selectors() {
			fill(values, s.Matchers, grouped)
		}
	}
	return labels.FromMap(values)
}

// fill takes over the values that are selected: of labels that are there, and of
// all unless an aggregation drops them.
func fill(values map[string]string, matchers []*labels.Matcher, grouped bool) {
	for _, m := range matchers {
		_, wanted := values[m.Name]
		if m.Type == labels.MatchEqual && m.Value != "" && m.Name != model.MetricNameLabel && (wanted || !grouped) {
			values[m.Name] = m.Value
		}
	}
}

// asked returns the labels that the rule's templates ask for.
func asked(r *rules.Rule) (names []string) {
	of := func(text string) { names = append(names, labelsOf(text)...) }
	for _, l := range r.Labels {
		of(l.Text)
	}
	for _, a := range r.Annotations {
		of(a.Text)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

var labelUse = regexp.MustCompile(`(?:\$labels|\.Labels)(?:\.([A-Za-z_][A-Za-z0-9_]*)|\s+"([^"]+)")`)

// labelsOf finds $labels.name, .Labels.name and index $labels "name" in a template.
// One that is found too much does no harm.
func labelsOf(text string) (names []string) {
	if !strings.Contains(text, "abels") {
		return nil
	}
	for _, m := range labelUse.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1]+m[2])
	}
	return names
}
