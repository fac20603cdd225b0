package unittest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
	"tocsin/rules/file"
)

// A standing is how one alert stands.
type standing struct {
	described
	is     string // pending, warn, error, resolved
	value  float64
	reason evaluator.Reason
	at     model.Time // of the end
}

func (s standing) String() string {
	text := s.short() + " is " + s.is
	if s.reason != "" {
		text += " (" + string(s.reason) + ")"
	}
	return text + ", value " + number(s.value)
}

// is reports whether a standing is what a word says.
func (s standing) fits(word string) bool {
	return s.is == word || word == "firing" && (s.is == "warn" || s.is == "error")
}

// expect checks how an alert stands.
func (l *life) expect(at model.Time, e file.Expectation) {
	l.out.Checks++
	all := l.standings(at, e.Alert)
	var hits []standing
	for _, s := range all {
		if matches(e.AlertMatch, s.described) && agrees(e, s) {
			hits = append(hits, s)
		}
	}
	if e.Is == "ok" {
		l.expectNothing(at, e, all)
		return
	}
	if len(hits) == e.Count || e.Count < 0 && len(hits) > 0 {
		return
	}
	l.fail(Failure{
		Place: e.Spot, At: span(e.At),
		What:  fmt.Sprintf("%s at %s: expected %s, got %s", e.Alert, span(e.At), expectedText(e), gotCount(e, all, hits)),
		Diff:  expectDiff(e, all, hits),
		Facts: l.facts(e.Alert, at),
	})
}

// agrees reports whether all but the labels is as expected.
func agrees(e file.Expectation, s standing) bool {
	return s.fits(e.Is) && (e.Reason == "" || e.Reason == string(s.reason)) && (e.Value == nil || same(*e.Value, s.value))
}

// same compares values as people write them: equal, or both not a number.
func same(a, b float64) bool {
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		return true
	}
	return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b))
}

// expectNothing checks that no matching alert is pending or fires.
func (l *life) expectNothing(at model.Time, e file.Expectation, all []standing) {
	var diff []Line
	for _, s := range all {
		if s.is != "resolved" && matches(e.AlertMatch, s.described) {
			diff = append(diff, Line{Got, s.String()})
		}
	}
	if len(diff) > 0 {
		l.fail(Failure{
			Place: e.Spot, At: span(e.At), What: fmt.Sprintf("%s at %s: expected ok, got %s", e.Alert, span(e.At), gotText(all)),
			Diff: diff, Facts: l.facts(e.Alert, at),
		})
	}
}

func expectedText(e file.Expectation) string {
	text := e.Is
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	if e.Count >= 0 {
		text = count(e.Count, "alert") + " " + text
	}
	return text
}

func gotCount(e file.Expectation, all, hits []standing) string {
	if e.Count >= 0 && len(hits) > 0 {
		return strconv.Itoa(len(hits))
	}
	return gotText(all)
}

func gotText(all []standing) string {
	var words []string
	for _, s := range all {
		words = append(words, s.is)
	}
	if len(words) == 0 {
		return "ok"
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), ", ")
}

// expectDiff sets what was expected against the alert that is most like it, or, where
// a number of them was expected, shows them all.
func expectDiff(e file.Expectation, all, hits []standing) (diff []Line) {
	if e.Count >= 0 && len(hits) > 0 {
		for _, s := range hits {
			diff = append(diff, Line{Both, s.String()})
		}
		return diff
	}
	best := closest(e, all)
	if best == nil {
		return []Line{{Want, asked(e.AlertMatch).String() + " is " + expectedText(e)}, {Got, "no such alert is pending or fires"}}
	}
	diff = between(wanted(e.AlertMatch, best.described), best.described)
	if !best.fits(e.Is) {
		diff = append(diff, Line{Want, "  is " + e.Is}, Line{Got, "  is " + best.is})
	}
	if e.Reason != "" && e.Reason != string(best.reason) {
		diff = append(diff, Line{Want, "  reason " + e.Reason}, Line{Got, "  reason " + cmp.Or(string(best.reason), "none")})
	}
	if e.Value != nil && !same(*e.Value, best.value) {
		diff = append(diff, Line{Want, "  value " + number(*e.Value)}, Line{Got, "  value " + number(best.value)})
	}
	return diff
}

// closest is the alert that is most like what was expected.
func closest(e file.Expectation, all []standing) (best *standing) {
	most := -1
	for i := range all {
		s := &all[i]
		score := 4*shared(e.Labels, s.labels) + shared(e.Annotations, s.annotations)
		if s.fits(e.Is) {
			score += 2
		}
		if score > most {
			best, most = s, score
		}
	}
	return best
}

// standings are the alerts of a name: those that people know of, those that wait, and
// those that have ended. Of one series only the newest counts.
func (l *life) standings(at model.Time, name string) (all []standing) {
	open := map[string]bool{}
	l.core.AlertViews(func(v notifier.AlertView) {
		open[v.Alert.Rule+"\x00"+v.Alert.Instance] = true
		if v.Alert.Name == name && v.Alert.Level > rules.OK {
			all = append(all, standing{
				described: l.shown(&v.Alert, v.Labels, at), is: v.Alert.Level.String(),
				value: l.current(&v.Alert), reason: v.Alert.Reason,
			})
		}
	})
	l.core.Rules(func(s engine.RuleStatus) {
		if s.Rule.Alert != name {
			return
		}
		s.Instances(func(i evaluator.Instance) {
			if state, level := stateOf(i); state == "pending" {
				open[s.Rule.Key+"\x00"+i.Key] = true
				a := &evaluator.Alert{Name: name, Labels: i.Labels, Series: i.Series, Value: i.Value, Current: i.Value, Level: level, Notify: level, Annotations: s.Rule.Annotations, Source: s.Rule.Source, Rule: s.Rule.Key}
				all = append(all, standing{described: l.shown(a, l.seen(a, level), at), is: state, value: float64(i.Value)})
			}
		})
	})
	return append(all, l.over(at, name, open)...)
}

// over are the alerts of a name that have ended and not begun again.
func (l *life) over(at model.Time, name string, open map[string]bool) (all []standing) {
	for n := len(l.ended) - 1; n >= 0; n-- {
		a, from := l.ended[n].alert, l.ended[n].from
		key := a.Rule + "\x00" + a.Instance
		if a.Name != name || open[key] {
			continue
		}
		open[key] = true
		all = append(all, standing{
			described: l.shown(a, l.seen(a, from), at), is: "resolved",
			value: float64(a.Value), reason: a.Reason, at: l.ended[n].at,
		})
	}
	return all
}

// current is what an alert was last observed at.
func (l *life) current(a *evaluator.Alert) float64 {
	v := float64(a.Value)
	l.core.Rules(func(s engine.RuleStatus) {
		if s.Rule.Key != a.Rule {
			return
		}
		s.Instances(func(i evaluator.Instance) {
			if i.Key == a.Instance && i.SeenAt != 0 {
				v = float64(i.Value)
			}
		})
	})
	return v
}

// facts say where the alerts of a name stand.
func (l *life) facts(name string, at model.Time) (all []string) {
	known := false
	l.core.Rules(func(s engine.RuleStatus) {
		if s.Rule.Alert != name {
			return
		}
		known = true
		n := len(all)
		s.Instances(func(i evaluator.Instance) {
			if len(i.Levels) > 0 {
				all = append(all, factsOf(s.Rule, i)...)
			}
		})
		if len(all) == n {
			all = append(all, fmt.Sprintf("%s: no series is pending or firing (%s); evaluated every %s, last at %s",
				name, strings.TrimSpace(fmt.Sprint(s.Status.Health, " ", s.Status.Error)), span(s.Rule.Interval), l.feed.since(s.Status.LastGood)))
		}
	})
	for _, s := range l.over(at, name, map[string]bool{}) {
		all = append(all, fmt.Sprintf("%s, at %s", s, l.feed.since(s.at)))
	}
	if !known && name != "" && len(all) == 0 {
		all = append(all, strangerText(name, l.ruleNames()))
	}
	return all
}

func (l *life) ruleNames() (all []string) {
	for _, r := range l.config.Rules {
		all = append(all, r.Alert)
	}
	return all
}
