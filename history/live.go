package history

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// Bounds of what one answer tells.
const (
	mostAlerts  = 20
	mostRules   = 10
	mostChanges = 30 // of one alert
)

// A Live is what the core knew at an instant of the alerts that a query means.
type Live struct {
	Rules    []engine.RuleStatus
	Subjects []Subject
	More     int // subjects beyond those
}

// A Subject is an instance of a rule; one about tocsin itself has no rule.
type Subject struct {
	Rule     *rules.Rule
	Instance evaluator.Instance
	// Lanes are the ways to receivers that the alert takes, Holds what keeps it from
	// being told.
	Lanes     []notifier.LaneState
	Holds     []Hold
	Receivers []string // whom the alert goes to
}

// A core is what Look reads: the engine's, between two steps.
type core interface {
	Rules(f func(engine.RuleStatus))
	AlertViews(f func(notifier.AlertView))
	Silences(f func(notifier.SilenceStatus))
	Lanes(f func(notifier.LaneState))
}

// Look gathers what a core knows. It walks over what is active, and if the query is
// the name of a rule, only over what is active of that.
func Look(c core, q Query) Live {
	var l Live
	v := viewsOf(c)
	narrow := false
	if q.word != "" {
		c.Rules(func(r engine.RuleStatus) { narrow = narrow || q.named(r.Rule.Alert, r.Rule.Key) })
	}
	c.Rules(func(r engine.RuleStatus) {
		if !narrow || q.named(r.Rule.Alert, r.Rule.Key) {
			l.rule(q, r, v)
		}
	})
	for _, id := range v.order {
		if a := v.all[id]; strings.HasPrefix(id.Rule, "!") && q.matches(shown(a)) {
			l.add(Subject{Instance: evaluator.Instance{Key: id.Instance, Labels: a.Alert.Labels, Alert: &a.Alert}})
		}
	}
	v.complete(c, l.Subjects)
	return l
}

// rule takes in a rule with those of its instances that are meant.
func (l *Live) rule(q Query, r engine.RuleStatus, v views) {
	named := q.named(r.Rule.Alert, r.Rule.Key)
	meant := named
	r.Instances(func(i evaluator.Instance) {
		if named && q.word != "" || q.matches(v.candidate(r.Rule, i)) {
			l.add(Subject{Rule: r.Rule, Instance: i})
			meant = true
		}
	})
	if r.Instances = nil; meant && len(l.Rules) < mostRules { // it reads the core
		l.Rules = append(l.Rules, r)
	}
}

func (l *Live) add(s Subject) {
	if len(l.Subjects) == mostAlerts {
		l.More++
		return
	}
	l.Subjects = append(l.Subjects, s)
}

// alert tells a subject.
func (s Subject) alert() Alert {
	i := s.Instance
	a := Alert{Labels: i.Labels.Map(), Instance: i.Key, Holds: s.Holds, GoesTo: s.Receivers, AbsentFor: model.Duration(i.Absent)}
	unit := rules.NoUnit
	if s.Rule != nil {
		a.Name, a.Rule, unit = s.Rule.Alert, s.Rule.Key, s.Rule.Unit
		a.Flap = flapOf(s.Rule, i)
	}
	if open := i.Alert; open != nil {
		a.Name, a.Rule, a.Episode = open.Name, open.Rule, open.Episode
		a.Level, a.Notify, a.Flapping = open.Level, open.Notify, open.Flapping
		a.Since, a.StartsAt, a.Reason = stamp(open.LevelSince), stamp(open.StartsAt), string(open.Reason)
	}
	if !strings.HasPrefix(i.Key, "!") && s.Rule != nil && i.SeenAt != 0 {
		a.Value = &Value{Number: i.Value, Text: quantity(i.Value, unit), SeenAt: stamp(i.SeenAt)}
	}
	for _, l := range i.Levels {
		a.Levels = append(a.Levels, levelOf(l, i, unit))
	}
	for _, l := range s.Lanes {
		a.Lanes = append(a.Lanes, laneOf(l))
	}
	return a
}

func flapOf(r *rules.Rule, i evaluator.Instance) *Flap {
	if r.Flap.Raises == 0 || i.Raises < 2 {
		return nil
	}
	return &Flap{Raises: i.Raises, Need: r.Flap.Raises, Within: model.Duration(r.Flap.Within), Calm: model.Duration(i.Calm)}
}

func levelOf(l evaluator.LevelStatus, i evaluator.Instance, unit rules.Unit) Level {
	t := l.Rule.Threshold
	out := Level{
		Level: l.Level, Phase: l.Phase.String(), Threshold: thresholdText(t, unit), Clear: clearText(t, unit),
		Verdict: verdict(t, i),
	}
	if v := l.Rule.Votes; v.Of > 0 && (l.Phase == evaluator.Idle || l.Phase == evaluator.Pending) {
		out.Votes = &Votes{Have: l.Breached, Need: v.Need, Of: v.Of}
	} else if l.Phase == evaluator.Pending || l.Phase == evaluator.Recovering || l.Phase == evaluator.Firing {
		out.Spent, out.Needed = model.Duration(l.Credit), model.Duration(l.Needed)
		out.Missing = model.Duration(max(l.Needed-l.Credit, 0))
	}
	return out
}

// verdict is what the last value says about a threshold.
func verdict(t rules.Threshold, i evaluator.Instance) string {
	v := float64(i.Value)
	switch {
	case i.SeenAt == 0 || math.IsNaN(v):
		return "unknown"
	case i.Absent > 0:
		return "missing"
	case t.Breached(v):
		return "breached"
	case t.Cleared(v):
		return "clear"
	}
	return "between"
}

func laneOf(l notifier.LaneState) Lane {
	return Lane{
		Receiver: l.Receiver, Kind: l.Kind, Integration: l.Integration, Group: l.Group.Labels.String(), Gate: l.Gate.String(),
		NextFlush: stamp(l.NextFlush), NotBefore: stamp(l.NotBefore), LastTold: stamp(l.LastTold),
		Failures: l.Failures, Owed: l.Owed, Delivery: l.Delivery, Why: l.Why,
	}
}

func ruleOf(r engine.RuleStatus) Rule {
	out := Rule{
		Key: r.Rule.Key, Alert: r.Rule.Alert, Source: r.Rule.Source, Expr: r.Rule.Expr,
		Interval: model.Duration(r.Rule.Interval), Health: r.Status.Health.String(), Error: r.Status.Error,
		LastGood: stamp(r.Status.LastGood), Next: stamp(r.Next),
		Pending: r.Status.Pending, Warn: r.Status.Warning, Erring: r.Status.Erring,
	}
	if r.Rule.File != "" {
		out.Place = fmt.Sprintf("%s:%d", r.Rule.File, r.Rule.Line)
	}
	if r.Rule.Schedule != nil {
		out.Schedule = r.Rule.Schedule.Text
	}
	return out
}

// stamp is a time for people and JSON; none is the zero time.
func stamp(t model.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.Time().UTC()
}
