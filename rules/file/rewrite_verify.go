package file

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"tocsin/rules"
)

// verify reads a changed text and compares it with what was asked for, rule by
// rule.
func (w *Sheet) verify(text []byte, all []Rewrite) error {
	now, problems := ReadSheet(w.d.name, text, w.def)
	of, gone := map[*SheetRule]Rewrite{}, map[*SheetRule]bool{}
	for _, r := range all {
		of[r.Rule] = r
		gone[r.Absorb] = true
	}
	if now == nil {
		return fmt.Errorf("the changed text would be wrong: %w", problems[0])
	}
	left := slices.DeleteFunc(slices.Clone(w.Rules), func(r *SheetRule) bool { return gone[r] })
	if len(left) != len(now.Rules) {
		return fmt.Errorf("the changed text would have %s", plural(len(now.Rules), "rule"))
	}
	for i, r := range left {
		rewrite, changed := of[r]
		want := contents(r)
		if changed {
			want = rewrite.contents()
		}
		if got := contents(now.Rules[i]); !reflect.DeepEqual(got, want) {
			return &RewriteError{r, "what would be written reads as something else"}
		}
	}
	return nil
}

// said is what a rule says, as written or as it is asked to be.
type said struct {
	group, alert, expr  string
	kind                rules.Kind
	levels              rules.Levels
	labels, annotations []rules.Annotation
	absent, noData      rules.Then
}

func contents(r *SheetRule) said {
	c := said{group: r.Group, alert: r.Alert, expr: trimmed(r.raw.expr.s)}
	if r.Rule == nil {
		return c
	}
	c.kind, c.levels = r.Rule.Kind, r.Rule.Levels
	c.absent, c.noData = r.Rule.Absent.Then, r.Rule.NoData.Then
	c.annotations = r.Rule.Annotations
	for _, l := range r.Rule.Labels {
		c.labels = append(c.labels, rules.Annotation{Name: l.Name, Text: l.Text})
	}
	return c
}

// contents is what the rule is asked to say.
func (r Rewrite) contents() said {
	c := contents(r.Rule)
	c.alert, c.kind = r.Alert, rules.ThresholdRule
	c.expr = trimmed(r.Rule.raw.expr.s[:r.Cut[0]] + r.Rule.raw.expr.s[r.Cut[1]:])
	c.absent, c.noData = rules.ThenClear, rules.ThenClear
	c.labels = slices.DeleteFunc(c.labels, func(a rules.Annotation) bool { return a.Name == severityLabel })
	if len(c.labels) == 0 {
		c.labels = nil
	}
	c.levels = rules.Levels{}
	for _, l := range r.Levels {
		if l.Level == rules.Error {
			c.levels.Error = l.rule(r)
		} else {
			c.levels.Warn = l.rule(r)
		}
	}
	return c
}

// rule is the level that is asked for.
func (l NewLevel) rule(r Rewrite) *rules.LevelRule {
	out := &rules.LevelRule{Threshold: rules.Threshold{Side: l.Side, High: l.Bound, ClearHigh: l.Bound}}
	if l.Side == rules.Below {
		out.Threshold = rules.Threshold{Side: l.Side, Low: l.Bound, ClearLow: l.Bound}
	}
	hold, keep := r.Rule.For, r.Rule.KeepFiringFor
	for _, other := range r.Levels {
		if other.For != "" {
			hold = l.For
		}
		if other.KeepFiringFor != "" {
			keep = l.KeepFiringFor
		}
	}
	if votes, ok := parseVotes(hold); ok {
		out.Votes = votes
	} else {
		out.For, _ = parseDuration(cmp.Or(hold, "0s"))
	}
	out.KeepFiringFor, _ = parseDuration(cmp.Or(keep, "0s"))
	return out
}

// trimmed is an expression without the white space that a block may leave.
func trimmed(s string) string { return strings.TrimSpace(s) }
