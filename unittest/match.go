package unittest

import (
	"context"
	"maps"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules/file"
)

// matches reports whether an alert is what is meant: its name, and of labels and
// annotations those that are named, or, exactly, all of them.
func matches(m file.AlertMatch, d described) bool {
	if m.Alert != "" && d.labels[model.AlertNameLabel] != m.Alert {
		return false
	}
	if !m.Exact {
		return within(m.Labels, d.labels) && within(m.Annotations, d.annotations)
	}
	want := maps.Clone(d.labels)
	maps.DeleteFunc(want, func(name, _ string) bool {
		_, named := m.Labels[name]
		return name == model.AlertNameLabel && !named
	})
	return maps.Equal(m.Labels, want) && maps.Equal(m.Annotations, d.annotations)
}

// within reports whether all of some texts are among others.
func within(some, all map[string]string) bool {
	for name, v := range some {
		if got, ok := all[name]; !ok || got != v {
			return false
		}
	}
	return true
}

// wanted is what a match asks for, as an alert to set against others. What is there
// and not asked for is taken over, unless it must not be there.
func wanted(m file.AlertMatch, like described) described {
	d := described{labels: map[string]string{}, annotations: map[string]string{}}
	if !m.Exact {
		maps.Copy(d.labels, like.labels)
		maps.Copy(d.annotations, like.annotations)
	}
	maps.Copy(d.labels, m.Labels)
	maps.Copy(d.annotations, m.Annotations)
	if m.Alert != "" {
		d.labels[model.AlertNameLabel] = m.Alert
	}
	return d
}

// asked is a match as an alert by itself.
func asked(m file.AlertMatch) described { return wanted(m, described{}) }

// shown is an alert as people see it, annotations and all.
func (l *life) shown(a *evaluator.Alert, ls labels.Labels, at model.Time) described {
	d := described{labels: ls.Map(), annotations: map[string]string{}}
	if len(a.Annotations) == 0 {
		return d
	}
	for _, i := range l.maker.Describe(context.Background(), at, []notifier.Entry{{Alert: a, Labels: ls}}) {
		for _, p := range i.Annotations {
			d.annotations[p.Name] = p.Value
		}
	}
	return d
}
