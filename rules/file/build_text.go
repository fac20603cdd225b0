package file

import (
	"cmp"
	"slices"

	"tocsin/rules"
)

const (
	severityLabel = "severity"
	alertLabel    = "alertname"
)

// allLabels are the labels of the rule and of its group, sorted; the rule's win.
func (r *rawRule) allLabels() []entry {
	all := slices.Clone(r.labels)
	for _, e := range r.group.labels {
		if !slices.ContainsFunc(r.labels, func(own entry) bool { return own.name == e.name }) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return all
}

// texts compiles labels and annotations.
func (b *builder) texts(raw *rawRule, r *rules.Rule) {
	for _, e := range raw.allLabels() {
		if raw.dropped(e) {
			continue
		}
		if t, ok := b.labelTemplate(e, r.Alert); ok {
			r.Labels = append(r.Labels, t)
		}
	}
	for _, e := range raw.annotations {
		if checkTemplate(e.value, r.Alert) {
			r.Annotations = append(r.Annotations, rules.Annotation{Name: e.name, Text: e.value.s})
		}
	}
	slices.SortFunc(r.Annotations, func(a, b rules.Annotation) int { return cmp.Compare(a.Name, b.Name) })
}

// dropped reports whether a label is replaced by what tocsin sets itself.
func (r *rawRule) dropped(e entry) bool {
	switch {
	case e.name == alertLabel:
		e.value.warn(CodeNoEffect, "alertname is the name of the alert, whatever a label says")
		return true
	case e.name == severityLabel && r.threshold():
		e.value.warn(CodeSeverity, "severity follows the level of the alert, whatever this label says").
			Hint = "severity_labels in the config sets its values"
		return true
	}
	return false
}
