package unittest

import (
	"fmt"
	"strconv"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A watch follows the phases of a rule's series, for the trace and the coverage.
type watch struct {
	*setting
	rule   *rules.Rule
	phases map[string]map[rules.Level]evaluator.Phase
	shown  map[string]evaluator.Instance
	round  map[string]bool
}

func newWatch(r *rules.Rule, s *setting) *watch {
	return &watch{
		setting: s, rule: r, phases: map[string]map[rules.Level]evaluator.Phase{},
		shown: map[string]evaluator.Instance{}, round: map[string]bool{},
	}
}

// see takes note of an instance after an evaluation.
func (h *watch) see(i evaluator.Instance, at model.Time) {
	h.round[i.Key] = true
	was := h.phases[i.Key]
	if was == nil {
		was = map[rules.Level]evaluator.Phase{}
		h.phases[i.Key] = was
	}
	for _, l := range i.Levels {
		h.turn(i, l.Level, was[l.Level], l.Phase, at)
		was[l.Level] = l.Phase
	}
	h.shown[i.Key] = i
}

// missed ends the round: what was not seen in it has no state any more.
func (h *watch) missed(at model.Time) {
	for key, was := range h.phases {
		if h.round[key] {
			continue
		}
		for _, level := range []rules.Level{rules.Warn, rules.Error} {
			h.turn(h.shown[key], level, was[level], evaluator.Idle, at)
		}
		delete(h.phases, key)
		delete(h.shown, key)
	}
	clear(h.round)
}

func (h *watch) turn(i evaluator.Instance, level rules.Level, from, to evaluator.Phase, at model.Time) {
	if from == to {
		return
	}
	h.reach.turn(h.rule, level, from, to)
	if h.trace != nil {
		h.trace(at, fmt.Sprintf("%s %s: %s -> %s (value %s)", nameOf(h.rule.Alert, i.Labels), level, from, to, number(float64(i.Value))))
	}
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
