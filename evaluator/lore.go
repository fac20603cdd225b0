package evaluator

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// lore is what is known of series by the text in which the source writes them:
// a cache, needed where labels matter for series without state. That is so for
// a rule with overrides, and while some instance is missing from the answers,
// since it might be there in another spelling. It keeps the texts of two
// generations, so that it is never much larger than two answers.
type lore struct {
	young, old map[string]saying
}

// A saying is what the text of a series means.
type saying struct {
	key    string
	levels rules.Levels
}

// smallestLore is the size below which a generation isn't closed.
const smallestLore = 1024

// of returns what a text means, if that is known.
func (l *lore) of(raw string) (saying, bool) {
	if s, ok := l.young[raw]; ok {
		return s, true
	}
	s, ok := l.old[raw]
	if ok {
		l.keep(strings.Clone(raw), s)
	}
	return s, ok
}

func (l *lore) keep(raw string, s saying) {
	if l.young == nil {
		l.young = map[string]saying{}
	}
	l.young[raw] = s
}

// age closes a generation when it holds twice what an answer does.
func (l *lore) age(samples int) {
	if len(l.young) > max(2*samples, smallestLore) {
		l.old, l.young = l.young, nil
	}
}

// meaning returns what the text of a sample means; it is false for a text that
// isn't a series.
func (m *Machine) meaning(a Answer, raw string) (saying, bool) {
	if s, ok := m.lore.of(raw); ok {
		return s, true
	}
	ls, err := m.parse(a, raw)
	if err != nil {
		return saying{}, false
	}
	s := saying{key: keyOf(ls), levels: m.rule.For(ls)}
	m.lore.keep(strings.Clone(raw), s)
	return s, true
}

// parse reads the labels of a sample and notes a failure. The labels own their
// memory.
func (m *Machine) parse(a Answer, raw string) (labels.Labels, error) {
	if a.Parse == nil {
		return labels.EmptyLabels(), nil
	}
	ls, err := a.Parse(raw)
	if err != nil {
		m.failure = "series " + quoted(raw) + ": " + err.Error()
	}
	return ls, err
}
