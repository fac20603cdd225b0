package history

import (
	"fmt"
	"strings"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A Query says which alerts are meant: by a word (the name, the rule's key, the
// episode, the instance or the fingerprint) or by matchers, as in
// {team="web"} or ApiLatency{route="/pay"}.
type Query struct {
	word     string
	matchers amlabels.Matchers
}

// ParseQuery reads a query.
func ParseQuery(text string) (Query, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Query{}, fmt.Errorf("say which alert: a name, matchers such as {team=\"web\"}, or an episode")
	}
	if !strings.ContainsAny(text, `{=~"`) {
		return Query{word: text}, nil
	}
	name, list, braced := strings.Cut(text, "{")
	if !braced {
		name, list = "", text
	} else {
		list = "{" + list
	}
	var q Query
	all, err := amlabels.ParseMatchers(list)
	if err != nil {
		return Query{}, fmt.Errorf("matchers %q: %w", list, err)
	}
	if q.matchers = all; len(all) == 0 {
		return Query{}, fmt.Errorf("matchers %q: there are none", list)
	}
	if name = strings.TrimSpace(name); name != "" {
		m, err := amlabels.NewMatcher(amlabels.MatchEqual, model.AlertNameLabel, name)
		if err != nil {
			return Query{}, fmt.Errorf("name %q: %w", name, err)
		}
		q.matchers = append(q.matchers, m)
	}
	return q, nil
}

// A candidate is an alert, or a series that may become one.
type candidate struct {
	rule, instance, episode, name string
	labels                        labels.Labels
}

func (q Query) matches(c candidate) bool {
	if q.word == "" {
		return rules.Matches(q.matchers, c.labels)
	}
	switch q.word {
	case c.name, c.rule, c.instance, c.episode:
		return true
	}
	if strings.HasPrefix(c.instance, "!") && c.labels.Get("rule") == q.word { // an alert about the rule itself
		return true
	}
	return len(q.word) == 16 && q.word == fingerprint(c.labels)
}

// named reports whether a rule as such is meant, whatever its series.
func (q Query) named(name, key string) bool {
	if q.word != "" {
		return q.word == name || q.word == key
	}
	return rules.Matches(q.matchers, labels.FromStrings(model.AlertNameLabel, name))
}

func fingerprint(ls labels.Labels) string {
	set := make(model.LabelSet, ls.Len())
	ls.Range(func(l labels.Label) { set[model.LabelName(l.Name)] = model.LabelValue(l.Value) })
	return set.Fingerprint().String()
}
