package engine_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// checkChange holds a change against the world: a raise needs a value beyond the
// threshold, a recovery a good answer with one that is back.
func (s *sim) checkChange(ch evaluator.Change, good bool) error {
	a := *ch.Alert
	if strings.HasPrefix(a.Rule, "!") || strings.HasPrefix(a.Instance, "!") || a.Side == rules.Present {
		return nil
	}
	value, there := s.world.value(s.exprOf(a.Rule), a.Series, ch.At)
	switch {
	case ch.Kind == evaluator.Raise && a.Reason == evaluator.Breached && s.credit(ch) < s.needed(ch):
		return fmt.Errorf("%s raised to %s after %s, its rule asks for %s", alertKey(a), ch.To, s.credit(ch), s.needed(ch))
	case ch.Kind == evaluator.Raise && a.Reason == evaluator.Breached && (!there || !(value > 70)):
		return fmt.Errorf("%s raised to %s at %v (%v, observed at %s)", alertKey(a), ch.To, value, there, ch.At.Time().UTC().Format(time.TimeOnly))
	case a.Reason != evaluator.Recovered || (ch.Kind != evaluator.Lower && ch.Kind != evaluator.Resolve):
	case !good:
		return fmt.Errorf("%s recovered without a good answer", alertKey(a))
	case !there || !(value <= 70) || (ch.To == rules.OK && value > 60):
		return fmt.Errorf("%s recovered to %s at %v", alertKey(a), ch.To, value)
	}
	return nil
}

// isGood reports whether an input is a whole answer.
func isGood(in engine.Input) bool {
	a, ok := in.(engine.Answered)
	return ok && a.Answer.Outcome == evaluator.Good
}

// exprOf is the expression of a rule as it now is.
func (s *sim) exprOf(key string) string {
	for _, r := range s.config.Rules {
		if r.Key == key {
			return r.Expr
		}
	}
	return ""
}

// needed is the observed time that a raise takes.
func (s *sim) needed(ch evaluator.Change) time.Duration {
	for _, r := range s.config.Rules {
		if r.Key == ch.Alert.Rule {
			return r.Levels.At(ch.To).For
		}
	}
	return 0
}

// A sighting is a value that the core was told.
type sighting struct {
	at      model.Time
	value   float64
	partial bool // what is below its threshold in a partial answer counts for nothing
}

func (s *sim) remember(in engine.Input) {
	a, ok := in.(engine.Answered)
	if !ok || a.Answer.Outcome > evaluator.Partial {
		return
	}
	ask := s.asked[a.ID]
	for _, rule := range ask.Rules {
		for _, sample := range a.Answer.Samples {
			key := rule + strings.TrimSpace(sample.Raw)
			s.seen[key] = append(s.seen[key], sighting{ask.At, sample.Value, a.Answer.Outcome == evaluator.Partial})
		}
	}
}

// credit is the most that a timer can have: the time between sightings at which
// the value was beyond the threshold, gaps left out.
func (s *sim) credit(ch evaluator.Change) (sum time.Duration) {
	bound := map[rules.Level]float64{rules.Warn: 70, rules.Error: 80}[ch.To]
	last := ch.At
	seen := s.seen[ch.Alert.Rule+ch.Alert.Series.String()]
	for i := len(seen) - 1; i >= 0; i-- {
		v := seen[i]
		switch {
		case v.at >= last || math.IsNaN(v.value):
		case v.value > bound:
			if d := last.Sub(v.at); d <= 150*time.Second {
				sum += d
			}
			last = v.at
		case !v.partial:
			return sum
		}
	}
	return sum
}
