package evaluator

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A notice is an alert about a rule as a whole: there is at most one of a kind.
// It is an instance like any other, but no series moves it.
type notice uint8

// The notices.
const (
	noNotice notice = iota
	noData
	failing
	limited
	duplicated
	noticeKinds
)

// A look is what the notices of a kind look like.
type look struct {
	key    string // of the instance; no key of a series looks like it
	alert  string // alertname; empty is the rule's own
	reason Reason
}

// looks returns how a kind of notice looks.
func (k notice) looks() look {
	switch k {
	case noData:
		return look{"!no_data", "", ReasonNoData}
	case failing:
		return look{"!failing", "TocsinRuleFailing", QueryFailing}
	case limited:
		return look{"!limit", "TocsinRuleLimit", TooMany}
	case duplicated:
		return look{"!duplicates", "TocsinRuleDuplicates", SameLabels}
	case noNotice, noticeKinds:
	}
	return look{}
}

// noticeOf returns the kind that a key belongs to.
func noticeOf(key string) notice {
	for k := noNotice + 1; k < noticeKinds; k++ {
		if k.looks().key == key {
			return k
		}
	}
	return noNotice
}

// post brings a notice to a level, OK if there is nothing to say any more.
func (m *Machine) post(k notice, to rules.Level, g sight) {
	i := m.notices[k]
	if i == nil {
		if to == rules.OK {
			return
		}
		i = m.newNotice(k)
	}
	g.present = false
	why := Recovered
	if to > i.state.level() {
		why = k.looks().reason
	}
	m.move(i, i.state.force(m.rule, to, g.now).rest(m.rule, g), why, g)
	m.settle()
	m.discard(k)
}

// newNotice makes the instance of a notice.
func (m *Machine) newNotice(k notice) *instance {
	i := &instance{key: k.looks().key, notice: k, expr: m.expr, value: noValue()}
	m.byKey[i.key] = i
	m.notices[k] = i
	return i
}

// discard forgets a notice that has nothing left to say.
func (m *Machine) discard(k notice) {
	if i := m.notices[k]; i != nil && i.state.empty() && !i.open() {
		m.notices[k] = nil
		delete(m.byKey, i.key)
		m.erase(i)
	}
}

// announce fills in what a notice says.
func (m *Machine) announce(i *instance, a *Alert) {
	k := i.notice
	if k == noData {
		a.Labels = staticLabels(m.rule, labels.Label{Name: labelAlert, Value: m.rule.Alert})
	} else {
		a.Labels = staticLabels(m.rule,
			labels.Label{Name: labelAlert, Value: k.looks().alert},
			labels.Label{Name: "rule", Value: m.rule.Alert},
			labels.Label{Name: "group", Value: m.rule.Group})
	}
	a.Annotations = append(links(m.rule), plain("summary", m.summary(k)))
}

// summary says in a sentence what a notice is about.
func (m *Machine) summary(k notice) string {
	name := quoted(m.rule.Alert)
	switch k {
	case noData:
		return "the query of rule " + name + " returns nothing: no data for " + m.whole.empty.spent().String()
	case failing:
		return "the query of rule " + name + " fails: " + m.failure
	case limited:
		return "more series of rule " + name + " breach than there is room for: the " + strconv.Itoa(m.Instances()) +
			" that are known go on, new ones are refused"
	case duplicated:
		return "rule " + name + " has several series that become one alert, " + clip(m.example) +
			": the first goes on, the others are refused"
	case noNotice, noticeKinds:
	}
	return ""
}

// links are the annotations of a rule that hold for the rule as a whole: those
// that point somewhere and need no series.
func links(r *rules.Rule) []rules.Annotation {
	as := slices.Clone(r.Annotations)
	return slices.DeleteFunc(as, func(a rules.Annotation) bool {
		return !strings.HasSuffix(a.Name, "_url") || strings.Contains(a.Text, "{{")
	})
}

// plain makes an annotation of a text that is to be shown as it is, whatever
// braces it holds: annotations are templates.
func plain(name, text string) rules.Annotation {
	return rules.Annotation{Name: name, Text: "{{ " + strconv.Quote(text) + " }}"}
}

// quoted quotes a name that somebody else chose.
func quoted(s string) string { return strconv.Quote(clip(s)) }

// clip cuts a text of unknown origin to a size that fits a message.
func clip(s string) string {
	const most = 500
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
