package file

import (
	amparse "github.com/prometheus/alertmanager/matcher/parse"
	amlabels "github.com/prometheus/alertmanager/pkg/labels"
)

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
		t.warn(CodeMatcher, "%q is read by the old syntax only", short(t.s)).Hint = "write " + then.String()
		return then
	case classicErr == nil && now.String() != then.String():
		t.warn(CodeMatcher, "%q means %s, as Alertmanager reads it, and %s in the new syntax", short(t.s), then, now).
			Hint = "quote the value"
		return then
	}
	return now
}

func classic(s string) (amlabels.Matchers, error) {
	ms, err := amlabels.ParseMatchers(s)
	return ms, err
}
