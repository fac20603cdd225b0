package lint

import (
	"slices"

	"tocsin/rules"
	"tocsin/rules/file"
)

// texts finds rules that tell people too little. Where no rule of a file has what is
// missing, that is said once: it is how they are written there, and not forgotten.
func (l *linter) texts() {
	of, files := map[string][]file.Written{}, []string{}
	for _, w := range l.Rules {
		if of[w.Rule.File] == nil {
			files = append(files, w.Rule.File)
		}
		of[w.Rule.File] = append(of[w.Rule.File], w)
	}
	for _, name := range files {
		l.lacking(of[name], lack{
			file.CodeNoSummary, "summary", "people read its name and labels, and have to guess",
			[]string{"summary", "description", "message", "title"}, "annotations: {summary: what is wrong, where, and {{ $value }}}",
		})
		severe := slices.DeleteFunc(slices.Clone(of[name]), func(w file.Written) bool { return w.Rule.Levels.Error == nil })
		l.lacking(severe, lack{
			file.CodeNoRunbook, "runbook", "it can reach error, and who is woken has to know what to do",
			[]string{"runbook_url", "runbook", "runbook_link"}, "annotations: {runbook_url: https://…}",
		})
	}
}

// A lack is a text that rules should have.
type lack struct {
	code      file.Code
	what, why string
	names     []string // of annotations, or of labels
	hint      string
}

func (l *linter) lacking(all []file.Written, k lack) {
	var without []file.Written
	for _, w := range all {
		if !annotated(w.Rule, k.names...) {
			without = append(without, w)
		}
	}
	if n := len(without); n > 1 && n == len(all) {
		l.say(without[0].Name().Warn(k.code, "%s has no %s: %s; nor have the other %d rules of this file for which it is so",
			without[0].Rule.Alert, k.what, k.why, n-1), k.hint)
		return
	}
	for _, w := range without {
		l.say(w.Name().Warn(k.code, "%s has no %s: %s", w.Rule.Alert, k.what, k.why), k.hint)
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
