package lint

import (
	"slices"
	"strings"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"

	"tocsin/rules"
	"tocsin/rules/file"
)

// route finds a rule whose alerts no route catches below the first, where the first
// tells nobody. What relabelling makes of them is not known, so that nothing is said
// then.
func (l *linter) route(w file.Written) {
	if l.Config == nil || len(l.Config.AlertRelabel) > 0 || !l.nobody(l.Config.Route.Receiver) {
		return
	}
	var lost []string
	for _, level := range []rules.Level{rules.Warn, rules.Error} {
		if w.Rule.Levels.At(level) != nil && !caught(l.Config.Route.Routes, l.seen(w, level)) {
			lost = append(lost, level.String())
		}
	}
	if len(lost) > 0 {
		l.say(w.Name().Warn(file.CodeUnrouted, "no route catches %s at %s, and the first route tells nobody", w.Rule.Alert, strings.Join(lost, " and ")),
			"give it the label that its team's route asks for")
	}
}

// nobody reports whether a receiver has no way to tell anybody.
func (l *linter) nobody(name string) bool {
	i := slices.IndexFunc(l.Config.Receivers, func(r rules.Receiver) bool { return r.Name == name })
	return i >= 0 && len(l.Config.Receivers[i].Integrations) == 0
}

// A value is what is known of a label: its text, or nothing.
type value struct {
	text  string
	known bool
}

// seen returns what is known of the labels that routes see of an alert, as the notifier
// makes them: those of the series, then of the rule, the name, the severity of the
// level, and external labels where there are gaps.
func (l *linter) seen(w file.Written, level rules.Level) func(name string) value {
	own := map[string]value{}
	for _, t := range w.Rule.Labels {
		own[t.Name] = value{t.Text, t.Expand == nil}
	}
	own["alertname"] = value{w.Rule.Alert, true}
	if v := own["severity"]; w.Rule.Kind == rules.ThresholdRule || v.known && v.text == "" {
		own["severity"] = value{l.Config.Severity.Of(level), true}
	} else if _, ok := own["severity"]; !ok && !w.Expr.MayHave("severity") {
		own["severity"] = value{l.Config.Severity.Of(level), true}
	}
	return func(name string) value {
		v, ok := own[name]
		outside := l.Config.ExternalLabels.Get(name)
		switch {
		case ok && v.known && v.text == "":
			return value{outside, true} // an empty label is none
		case ok:
			return v
		case w.Expr.MayHave(name):
			return value{}
		}
		return value{outside, true}
	}
}

// caught reports whether one of the routes may catch the alert: all but those that
// surely do not.
func caught(routes []*rules.Route, seen func(string) value) bool {
	return slices.ContainsFunc(routes, func(r *rules.Route) bool { return mayMatch(r.Matchers, seen) })
}

func mayMatch(ms amlabels.Matchers, seen func(string) value) bool {
	for _, m := range ms {
		if v := seen(m.Name); v.known && !m.Matches(v.text) {
			return false
		}
	}
	return true
}
