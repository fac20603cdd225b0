package lint

import (
	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/promql"
)

// unit finds a unit that is not that of the metrics.
func (l *linter) unit(w file.Written) {
	at, ok := w.At("unit")
	m, known := w.Expr.Measure()
	if !ok || !known || w.Rule.Kind != rules.ThresholdRule {
		return
	}
	is := w.Rule.Unit
	if fits(is, m) {
		return
	}
	is, by := unitOf(m)
	if is == rules.NoUnit {
		l.say(at.Warn(file.CodeUnitMetric, "by the names of its metrics the value is not in %s", w.Rule.Unit), by)
		return
	}
	l.say(at.Warn(file.CodeUnitMetric, "by the names of its metrics the value is in %s, not in %s", is, w.Rule.Unit), by)
}

// fits reports whether a unit may be that of a measure. Of a word that is none of
// tocsin's nothing is known.
func fits(unit rules.Unit, m promql.Measure) bool {
	exact := m.Scale == 1
	switch unit {
	case rules.Seconds:
		return m.Seconds == 1 && m.Bytes == 0 && exact
	case rules.Bytes:
		return (m.Seconds == 0 || m.Seconds == -1) && m.Bytes == 1 && exact
	case rules.Ratio:
		return m.Seconds == 0 && m.Bytes == 0 && exact
	case rules.Percent:
		return m.Seconds == 0 && m.Bytes == 0 && m.Scale == 100
	case rules.PerSecond:
		return m.Seconds == -1 && exact
	case rules.NoUnit:
	}
	return true
}

// unitOf returns the unit of a measure, if there is one, and what to do.
func unitOf(m promql.Measure) (unit rules.Unit, hint string) {
	for _, u := range []rules.Unit{rules.Seconds, rules.Bytes, rules.Ratio, rules.Percent, rules.PerSecond} {
		if fits(u, m) {
			hint = "unit: " + string(u)
			if u == rules.Ratio {
				hint += ", or multiply by 100 for percent"
			}
			return u, hint
		}
	}
	return rules.NoUnit, "name what it is, or leave unit out"
}
