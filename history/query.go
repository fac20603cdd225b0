package history

import (
	"fmt"
	"strings"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier"
	"tocsin/rules"
)

// A Query says which alerts are meant: by a word (the name, the rule's key, the
// episode, the instance or the fingerprint) or by matchers, as in
// {team="web"} or ApiLatency{route="/pay"}.
type Query struct {
	word     string
	matchers amlabels.Matchers
	known    map[notifier.AlertID]bool
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

// About adds alerts that are meant whatever the query says: those that were found
// by labels which the history does not hold.
func (q Query) About(l Live) Query {
	q.known = map[notifier.AlertID]bool{}
	for _, s := range l.Subjects {
		if s.Instance.Alert != nil {
			q.known[notifier.AlertID{Rule: s.Instance.Alert.Rule, Instance: s.Instance.Key}] = true
		}
	}
	return q
}

// A candidate is an alert, or a series that may become one.
type candidate struct {
	id            notifier.AlertID
	episode, name string
	labels        labels.Labels
	fingerprint   string // empty: that of the labels
}

func (q Query) matches(c candidate) bool {
	switch {
	case q.known[c.id]:
		return true
	case q.word == "":
		return rules.Matches(q.matchers, c.labels)
	case q.word == c.name, q.word == c.id.Rule, q.word == c.id.Instance, q.word == c.episode:
		return true
	case strings.HasPrefix(c.id.Instance, "!") && c.labels.Get("rule") == q.word: // an alert about the rule itself
		return true
	case !q.id():
		return false
	case c.fingerprint == "":
		return q.word == notifier.Fingerprint(c.labels)
	}
	return q.word == c.fingerprint
}

// id reports whether the word may be an episode or a fingerprint.
func (q Query) id() bool { return len(q.word) == 16 }

// named reports whether a rule as such is meant, whatever its series.
func (q Query) named(name, key string) bool {
	if q.word != "" {
		return q.word == name || q.word == key
	}
	return rules.Matches(q.matchers, labels.FromStrings(model.AlertNameLabel, name))
}
