package lint

import (
	"slices"

	"tocsin/rules"
	"tocsin/rules/file"
)

// texts finds rules that tell people too little.
func (l *linter) texts(w file.Written) {
	if !annotated(w.Rule, "summary", "description", "message", "title") {
		l.say(w.Name().Warn(file.CodeNoSummary, "%s has no summary: people read its name and labels, and have to guess", w.Rule.Alert),
			"annotations: {summary: what is wrong, where, and {{ $value }}}")
	}
	if w.Rule.Levels.Error != nil && !annotated(w.Rule, "runbook_url", "runbook", "runbook_link") {
		l.say(w.Name().Warn(file.CodeNoRunbook, "%s can reach error and has no runbook: who is woken has to know what to do", w.Rule.Alert),
			"annotations: {runbook_url: https://…}")
	}
}

// annotated reports whether the rule has a text under one of the names.
func annotated(r *rules.Rule, names ...string) bool {
	for _, a := range r.Annotations {
		if a.Text != "" && slices.Contains(names, a.Name) {
			return true
		}
	}
	return slices.ContainsFunc(r.Labels, func(t rules.LabelTemplate) bool { return slices.Contains(names, t.Name) })
}
