package lint

import (
	"time"

	"tocsin/rules/file"
)

// times finds timers that the grid of evaluations makes longer than they say.
func (l *linter) times(w file.Written) {
	step := w.Rule.Pace()
	for _, p := range parts(w) {
		l.timer(w, p, "for", p.rule.For, step)
		l.timer(w, p, "keep_firing_for", p.rule.KeepFiringFor, step)
	}
}

func (l *linter) timer(w file.Written, p part, key string, d, step time.Duration) {
	acts := (d + step - 1) / max(step, 1) * step
	switch {
	case d <= 0 || step <= 0:
	case d < step:
		l.say(p.at(w, key).Warn(file.CodeShortFor, "%s is shorter than the interval: %s acts as %s", key, duration(d), duration(step)),
			"write "+duration(step)+" or more, or give the group a shorter interval")
	case w.Rule.Schedule == nil && acts-d >= d/4:
		l.say(p.at(w, key).Warn(file.CodeUnevenFor, "%s is no multiple of the interval %s: %s acts as %s", key, duration(step), duration(d), duration(acts)),
			"write "+duration(acts-step)+" or "+duration(acts))
	}
}
