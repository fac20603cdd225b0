package evaluator_test

import (
	"fmt"
	"slices"
	"strings"

	"tocsin/evaluator"
	"tocsin/rules"
)

func (p *player) line(format string, args ...any) { fmt.Fprintf(&p.out, "  "+format+"\n", args...) }

// tell writes changes.
func (p *player) tell(changes []evaluator.Change) {
	for _, c := range changes {
		a := *c.Alert
		s := fmt.Sprintf("+%s %s %s %s->%s %s, value %v", p.at.Sub(0), c.Kind, name(a), c.From, c.To, a.Reason, float64(a.Value))
		if a.Side != rules.Present {
			s += fmt.Sprintf(" %s %v", a.Side, float64(a.Bound))
		}
		if a.Notify != a.Level || a.Flapping {
			s += fmt.Sprintf(", notify %s", a.Notify)
		}
		if a.EndsAt > 0 {
			s += fmt.Sprintf(", over after %s", a.EndsAt.Sub(a.StartsAt))
		}
		p.line("%s", s)
	}
}

func name(a evaluator.Alert) string {
	if strings.HasPrefix(a.Instance, "!") {
		return a.Instance
	}
	if h := a.Series.Get("host"); h != "" {
		return h
	}
	if a.Series.IsEmpty() {
		return "scalar"
	}
	return a.Series.String()
}

func host(i evaluator.Instance) string {
	return name(evaluator.Alert{Instance: i.Key, Series: i.Series})
}

// show writes the instances whose timers differ from what was shown last.
func (p *player) show() {
	now := map[string]string{}
	p.m.List(func(i evaluator.Instance) {
		s := instanceLine(i)
		now[host(i)] = s
		if p.shown[host(i)] != s {
			p.line("%s: %s", host(i), s)
		}
	})
	gone := make([]string, 0, len(p.shown))
	for h := range p.shown {
		if _, ok := now[h]; !ok {
			gone = append(gone, h)
		}
	}
	slices.Sort(gone)
	for _, h := range gone {
		p.line("%s: forgotten", h)
	}
	p.shown = now
}

// instanceLine is what is remembered of an instance.
func instanceLine(i evaluator.Instance) string {
	var parts []string
	for _, l := range i.Levels {
		s := fmt.Sprintf("%s %s", l.Level, l.Phase)
		switch {
		case l.Phase == evaluator.Pending && l.Rule.Votes.Of > 0:
			s += fmt.Sprintf(" %d/%d", l.Breached, l.Rule.Votes.Need)
		case l.Phase == evaluator.Pending || l.Phase == evaluator.Recovering:
			s += fmt.Sprintf(" %s/%s", l.Credit, l.Needed)
		}
		parts = append(parts, s)
	}
	if i.Absent > 0 {
		parts = append(parts, "absent "+i.Absent.String())
	}
	if i.Alert != nil && i.Alert.Flapping {
		parts = append(parts, fmt.Sprintf("flapping at %s, calm %s", i.Alert.Notify, i.Calm))
	} else if i.Raises > 0 {
		parts = append(parts, fmt.Sprintf("raises %d", i.Raises))
	}
	if len(i.Levels) == 0 && i.Alert != nil {
		parts = append(parts, i.Alert.Level.String())
	}
	return strings.Join(parts, ", ")
}
