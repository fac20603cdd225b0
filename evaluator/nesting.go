package evaluator

import "tocsin/rules"

// A nest is the two levels of an instance. Whenever the error is active, so is
// the warning, if the rule has one: what falls back from error is a warning
// still, unless that has recovered too.
type nest struct{ warn, error track }

// step takes both levels through one observation. Their timers run side by
// side, so an escalation waits for its own `for` only.
func (s nest) step(levels rules.Levels, g sight) nest {
	was := s.error.active()
	if levels.Error != nil {
		s.error = s.error.step(levels.Error, s.error.judge(levels.Error, g), g.now, false)
	}
	switch is := s.error.active(); {
	case levels.Warn == nil:
	case is && !was:
		s.warn = track{phase: Firing}
	default:
		s.warn = s.warn.step(levels.Warn, s.warn.judge(levels.Warn, g), g.now, is)
	}
	return s
}

// level returns the highest level that is active.
func (s nest) level() rules.Level {
	switch {
	case s.error.active():
		return rules.Error
	case s.warn.active():
		return rules.Warn
	}
	return rules.OK
}

// idle reports whether neither level has anything running.
func (s nest) idle() bool { return s == nest{} }

// at returns the track of a level.
func (s nest) at(l rules.Level) track {
	switch l {
	case rules.Error:
		return s.error
	case rules.Warn:
		return s.warn
	case rules.OK:
	}
	return track{}
}

func (s nest) durable() nest { return nest{s.warn.durable(), s.error.durable()} }

// timers applies f to the timers of both levels.
func (s nest) timers(f func(timer) timer) nest {
	s.warn.timer = f(s.warn.timer)
	s.error.timer = f(s.error.timer)
	return s
}
