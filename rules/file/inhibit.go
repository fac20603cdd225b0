package file

import (
	"slices"
	"strings"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A rawInhibit is an item of inhibit_rules, as written.
type rawInhibit struct {
	pos
	name    text
	source  matcherList
	target  matcherList
	equal   []text
	illegal bool // a mistake was reported
}

func (d *doc) inhibit(n *yaml.Node) *rawInhibit {
	r := &rawInhibit{pos: d.at(n)}
	before := len(d.sink.all)
	d.object(n, "inhibition rule", fields{
		"name":            d.text(&r.name),
		"source_matchers": d.matchers(&r.source),
		"source_match":    d.oldMatchers(&r.source, amlabels.MatchEqual),
		"source_match_re": d.oldMatchers(&r.source, amlabels.MatchRegexp),
		"target_matchers": d.matchers(&r.target),
		"target_match":    d.oldMatchers(&r.target, amlabels.MatchEqual),
		"target_match_re": d.oldMatchers(&r.target, amlabels.MatchRegexp),
		"equal":           d.texts("labels", &r.equal),
	})
	for _, t := range r.equal {
		if !model.UTF8Validation.IsValidLabelName(t.s) {
			t.bad(CodeName, "%q is not a name of a label", short(t.s))
		}
	}
	r.illegal = d.sink.failed(before)
	return r
}

// sided says what a rule means that leaves out a side. Alertmanager accepts it.
func (r *rawInhibit) sided() {
	switch {
	case r.illegal:
	case !r.source.at.set() && !r.target.at.set():
		r.warn(CodeNoEffect, "without source_matchers and target_matchers both sides are alike, and nothing is held")
	case !r.source.at.set():
		r.warn(CodeInhibitsAll, "without source_matchers any alert that fires holds what target_matchers match")
	case !r.target.at.set():
		r.warn(CodeInhibitsAll, "without target_matchers all alerts are held while one fires that source_matchers match")
	}
}

func (r *rawInhibit) build() rules.InhibitRule {
	r.sided()
	out := rules.InhibitRule{Name: r.name.s, Source: r.source.sorted(), Target: r.target.sorted()}
	for _, t := range r.equal {
		out.Equal = append(out.Equal, t.s)
	}
	slices.Sort(out.Equal)
	out.Equal = slices.Compact(out.Equal)
	if out.Name == "" {
		out.Name = inhibitName(out)
	}
	return out
}

// inhibitName makes up the name of a rule that has none: what it says.
func inhibitName(r rules.InhibitRule) string {
	name := r.Source.String() + " inhibits " + r.Target.String()
	if len(r.Equal) > 0 {
		name += " with equal " + strings.Join(r.Equal, ", ")
	}
	return name
}

func (c *rawConfig) inhibitRules() (all []rules.InhibitRule) {
	for _, r := range c.inhibits {
		all = append(all, r.build())
	}
	return all
}
