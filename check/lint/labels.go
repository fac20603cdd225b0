package lint

import (
	"fmt"
	"strings"

	"tocsin/rules/file"
)

// labels finds what asks for a label that the expression cannot yield: templates, and
// overrides, which then never apply.
func (l *linter) labels(w file.Written) {
	for _, a := range w.Rule.Annotations {
		l.uses(w, a.Text, "annotations", a.Name)
	}
	for _, t := range w.Rule.Labels {
		if t.Expand != nil {
			l.uses(w, t.Text, "labels", t.Name)
		}
	}
	for i, o := range w.Rule.Overrides {
		for _, m := range o.Match {
			if !w.Expr.MayHave(m.Name) && !m.Matches("") {
				at, _ := w.At("overrides", itoa(i), "match")
				l.say(at.Warn(file.CodeLostLabel, "this override never applies: the expression returns no label %q", m.Name), l.lost(w, m.Name))
			}
		}
	}
}

func (l *linter) uses(w file.Written, text, kind, name string) {
	told := map[string]bool{}
	for _, u := range file.LabelUses(text) {
		if told[u.Name] || w.Expr.MayHave(u.Name) {
			continue
		}
		told[u.Name] = true
		at, ok := w.At(kind, name)
		if !ok {
			at = w.Name()
		}
		l.say(at.WarnIn(u.From, u.To, file.CodeLostLabel, "the expression returns no label %q: nothing is shown in its place", u.Name), l.lost(w, u.Name))
	}
}

// lost says where a label goes.
func (l *linter) lost(w file.Written, label string) string {
	at, ok := w.Expr.Loses(label)
	if !ok {
		return ""
	}
	part := strings.Join(strings.Fields(w.Rule.Expr[at.Start:at.End]), " ") // on one line
	if r := []rune(part); len(r) > 40 {
		part = string(r[:40]) + "…"
	}
	return fmt.Sprintf("it is lost in %s", part)
}
