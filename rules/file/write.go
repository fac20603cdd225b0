package file

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// WriteNumber writes a threshold of a rule that is measured in a unit, as people
// would: reading it gives the same number again.
func WriteNumber(v float64, unit rules.Unit) string {
	bare := strconv.FormatFloat(v, 'g', -1, 64)
	if v > -1e15 && v < 1e15 {
		bare = strconv.FormatFloat(v, 'f', -1, 64)
	}
	best := bare
	for _, suffix := range suffixes(unit) {
		s, _ := scaleOf(suffix, unit)
		text := strconv.FormatFloat(round(v*s.by/s.times), 'f', -1, 64) + suffix
		if q, wrong := parseQuantity(text, unit); wrong == nil && q.value == v && (best == bare || plainer(text, best)) {
			best = text
		}
	}
	return best
}

// plainer reports whether a text is easier to read than another: whole numbers are,
// then short ones.
func plainer(a, b string) bool {
	if x, y := strings.Contains(a, "."), strings.Contains(b, "."); x != y {
		return y
	}
	return len(a) < len(b)
}

// round takes off what the last bits of a product add.
func round(v float64) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	return r
}

func suffixes(unit rules.Unit) []string {
	switch unit {
	case rules.Seconds:
		return []string{"ms", "s", "m", "h"}
	case rules.Bytes:
		return []string{"B", "KB", "KiB", "MB", "MiB", "GB", "GiB", "TB", "TiB"}
	case rules.Ratio, rules.Percent:
		return []string{"%"}
	case rules.PerSecond, rules.NoUnit:
	}
	return nil
}

// WriteLevel writes a level as a rule file has it, such as
// {above: 300ms, clear: 250ms, for: 5m}.
func WriteLevel(l rules.LevelRule, unit rules.Unit) string {
	n := func(v float64) string { return WriteNumber(v, unit) }
	t := l.Threshold
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch t.Side {
	case rules.Above:
		add("above: %s", n(t.High))
		if t.ClearHigh != t.High {
			add("clear: %s", n(t.ClearHigh))
		}
	case rules.Below:
		add("below: %s", n(t.Low))
		if t.ClearLow != t.Low {
			add("clear: %s", n(t.ClearLow))
		}
	case rules.Outside:
		add("outside: [%s, %s]", n(t.Low), n(t.High))
		if t.ClearLow != t.Low || t.ClearHigh != t.High {
			add("clear: [%s, %s]", n(t.ClearLow), n(t.ClearHigh))
		}
	case rules.Present:
	}
	switch {
	case l.Votes.Of > 0:
		add("for: %d of %d", l.Votes.Need, l.Votes.Of)
	case l.For > 0:
		add("for: %s", written(l.For))
	}
	if l.KeepFiringFor > 0 {
		add("keep_firing_for: %s", written(l.KeepFiringFor))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func written(d time.Duration) string { return model.Duration(d).String() }

// ParseNumber reads a threshold of a rule that is measured in a unit.
func ParseNumber(s string, unit rules.Unit) (float64, error) {
	q, wrong := parseQuantity(s, unit)
	if wrong != nil {
		return 0, fmt.Errorf("%s: %s", wrong.text, wrong.hint)
	}
	return q.value, nil
}

// Nearest returns the name that is most like one that is not there; empty: none is.
func Nearest(name string, names []string) string { return nearest(name, names) }
