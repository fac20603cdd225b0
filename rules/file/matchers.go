package file

import (
	"slices"

	amparse "github.com/prometheus/alertmanager/matcher/parse"
	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"
)

// A matcherList are the matchers of a route or of one side of an inhibition rule:
// what matchers, match and match_re say together.
type matcherList struct {
	all amlabels.Matchers
	at  pos // of the last key that has some
}

// sorted returns the matchers in Alertmanager's order.
func (l *matcherList) sorted() amlabels.Matchers {
	out := slices.Clone(l.all)
	slices.SortStableFunc(out, compareMatchers)
	return out
}

func compareMatchers(a, b *amlabels.Matcher) int {
	if (amlabels.Matchers{a, b}).Less(0, 1) {
		return -1
	}
	if (amlabels.Matchers{b, a}).Less(0, 1) {
		return 1
	}
	return 0
}

func (d *doc) matchers(into *matcherList) setter {
	return func(n *yaml.Node) {
		var list []text
		d.texts("matchers", &list)(n)
		if len(list) > 0 {
			into.at = d.at(n)
		}
		into.all = append(into.all, parseMatchers(list)...)
	}
}

// oldMatchers reads match and match_re, which Alertmanager deprecated.
func (d *doc) oldMatchers(into *matcherList, kind amlabels.MatchType) setter {
	return d.dict("labels", func(key, value *yaml.Node) {
		into.at = d.at(key)
		s, ok := d.scalar(value)
		switch {
		case !ok && !null(value):
			return // reported
		case !ok && kind == amlabels.MatchRegexp:
			d.at(key).bad(CodeMatcher, "label %q has no expression to match", short(key.Value))
			return
		case !model.UTF8Validation.IsValidLabelName(key.Value):
			d.at(key).bad(CodeName, "%q is not a name of a label", short(key.Value))
			return
		}
		m, err := amlabels.NewMatcher(kind, key.Value, s)
		if err != nil {
			d.at(value).bad(CodeMatcher, "%v", err)
			return
		}
		into.all = append(into.all, m)
	})
}

// matchers reads matchers as Alertmanager does by default: by the new syntax,
// and where the old one reads a text differently or alone, by the old one.
func matchers(t text) amlabels.Matchers {
	now, err := amparse.Matchers(t.s)
	then, classicErr := classic(t.s)
	switch {
	case err != nil && classicErr != nil:
		t.bad(CodeMatcher, "%q: %v", short(t.s), classicErr).Hint = `write {name="value", other=~"one|two"}`
		return nil
	case err != nil:
		t.warn(CodeMatcherSyntax, "%q is read by the old syntax only", short(t.s)).Hint = "write " + then.String()
		return then
	case classicErr == nil && now.String() != then.String():
		t.warn(CodeMatcherSyntax, "%q means %s, as Alertmanager reads it, and %s in the new syntax", short(t.s), then, now).
			Hint = "quote the value"
		return then
	}
	return now
}

func classic(s string) (amlabels.Matchers, error) {
	ms, err := amlabels.ParseMatchers(s)
	return ms, err
}
