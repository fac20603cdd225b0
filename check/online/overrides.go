package online

import (
	"fmt"
	"slices"
	"strconv"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"

	"tocsin/rules"
	"tocsin/rules/file"
)

// overrides finds those that no series has its levels of.
func (in *inspection) overrides(h *record) {
	matched, first := make([]int, len(in.Rule.Overrides)), make([]int, len(in.Rule.Overrides))
	for _, s := range h.series {
		taken := false
		for i, o := range in.Rule.Overrides {
			if o.Matches(s.Labels) {
				matched[i]++
				if !taken {
					first[i]++
				}
				taken = true
			}
		}
	}
	for i, o := range in.Rule.Overrides {
		switch at := in.override(i); {
		case first[i] > 0, in.lost(o): // what the expression cannot yield is known without a source
		case matched[i] > 0:
			in.say(at.Warn(file.CodeIdleOverride, "an earlier override takes all series that this one matches"),
				"the first one that matches counts: put this one before it")
		default:
			in.say(at.Warn(file.CodeIdleOverride, "no series matches this override: there were %d, at %s", len(h.series), h.when()), h.values(o.Match))
		}
	}
}

// lost reports whether an override asks for a label that the expression cannot yield.
func (in *inspection) lost(o rules.Override) bool {
	return slices.ContainsFunc(o.Match, func(m *amlabels.Matcher) bool { return !in.Expr.MayHave(m.Name) })
}

// override returns where the matchers of an override stand.
func (in *inspection) override(i int) file.Place {
	at, ok := in.At("overrides", strconv.Itoa(i), "match")
	if !ok {
		at, _ = in.At("overrides", strconv.Itoa(i))
	}
	return at
}

// values says what the label of a matcher is that no series satisfies.
func (h *record) values(all amlabels.Matchers) string {
	for _, m := range all {
		var found []string
		satisfied := false
		for _, s := range h.series {
			value := s.Labels.Get(m.Name)
			satisfied = satisfied || m.Matches(value)
			if value != "" {
				found = append(found, value)
			}
		}
		if satisfied {
			continue
		}
		slices.Sort(found)
		found = slices.Compact(found)
		near := nearest(m.Value, found)
		switch {
		case len(found) == 0:
			return fmt.Sprintf("none of them has a label %s", named(m.Name))
		case m.Type == amlabels.MatchEqual && near != "":
			return fmt.Sprintf("did you mean %s=%s?", named(m.Name), quoted(near))
		}
		return fmt.Sprintf("%s is %s", named(m.Name), few(found, quoted))
	}
	return "each matcher alone is satisfied, and no series satisfies all of them"
}
