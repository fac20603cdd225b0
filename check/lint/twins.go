package lint

import (
	"fmt"
	"strings"

	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/promql"
)

// twins finds rules that are there twice: with the same condition, or with alerts that
// nobody can tell apart.
func (l *linter) twins() {
	conditions, alerts := map[string]file.Written{}, map[string][]file.Written{}
	for _, w := range l.Rules {
		if w.Expr == nil {
			continue
		}
		if first, ok := conditions[condition(w)]; ok {
			l.say(w.Name().Warn(file.CodeSameCondition, "%s has the same condition as %s", w.Rule.Alert, first.Rule.Alert),
				"the other one is at "+first.Name().String())
			continue
		}
		conditions[condition(w)] = w
		name := identity(w.Rule)
		for _, first := range alerts[name] {
			if !promql.Disjoint(first.Expr, w.Expr) {
				l.say(w.Name().Warn(file.CodeSameAlert, "another rule is called %s and has the same labels: their alerts may be one and the same", w.Rule.Alert),
					"the other one is at "+first.Name().String())
				break
			}
		}
		alerts[name] = append(alerts[name], w)
	}
}

// condition is all that decides when a rule fires.
func condition(w file.Written) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\x00%s\x00%d\x00%s", w.Rule.Source, w.Expr, w.Rule.Kind, scheduleOf(w.Rule))
	add := func(ls rules.Levels) {
		for _, level := range []*rules.LevelRule{ls.Warn, ls.Error} {
			if level != nil {
				fmt.Fprintf(&b, "\x00%v", *level)
			}
			b.WriteByte(0)
		}
	}
	add(w.Rule.Levels)
	for _, o := range w.Rule.Overrides {
		b.WriteString(o.Match.String())
		add(o.Levels)
	}
	return b.String()
}

// identity is what alerts of a rule have in common that others see.
func identity(r *rules.Rule) string {
	parts := []string{r.Alert, scheduleOf(r), r.Source}
	for _, t := range r.Labels {
		parts = append(parts, t.Name, t.Text)
	}
	return strings.Join(parts, "\x00")
}

func scheduleOf(r *rules.Rule) string {
	if r.Schedule == nil {
		return ""
	}
	return r.Schedule.Text
}
