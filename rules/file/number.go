package file

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"tocsin/rules"
)

// A quantity is a number as people write it: digits and perhaps a unit.
type quantity struct {
	value float64 // in the unit of the rule
	bare  bool    // no unit was written
}

// numberError says why a text is no number of a unit.
type numberError struct {
	code       Code
	text, hint string
}

// splitQuantity parts the digits of a quantity from its unit; digits is empty
// if it does not begin with a number.
func splitQuantity(s string) (digits, unit string) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	whole := countDigits(s[i:])
	i += whole
	if i < len(s) && s[i] == '.' {
		fraction := countDigits(s[i+1:])
		if whole+fraction == 0 {
			return "", ""
		}
		i += 1 + fraction
	} else if whole == 0 {
		return "", ""
	}
	i += exponent(s[i:])
	return s[:i], strings.TrimSpace(s[i:])
}

// exponent returns how long the exponent is that a text begins with.
func exponent(s string) int {
	if s == "" || s[0] != 'e' && s[0] != 'E' {
		return 0
	}
	i := 1
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	if n := countDigits(s[i:]); n > 0 {
		return i + n
	}
	return 0
}

func countDigits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}

// parseQuantity reads a threshold of a rule that is measured in unit.
func parseQuantity(s string, unit rules.Unit) (quantity, *numberError) {
	s = strings.TrimSpace(s)
	digits, suffix := splitQuantity(s)
	if digits == "" {
		return quantity{}, &numberError{CodeNumber, strconv.Quote(short(s)) + " is not a number", numberHint(unit)}
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return quantity{}, &numberError{CodeNumber, strconv.Quote(short(s)) + " is out of range", ""}
	}
	if suffix == "" {
		return quantity{v, true}, nil
	}
	if scale, ok := scaleOf(suffix, unit); ok {
		v = scale.of(v)
	} else if v, ok = seconds(s); !ok || unit != rules.Seconds {
		return quantity{}, disagreement(s, suffix, unit)
	}
	if math.IsInf(v, 0) {
		return quantity{}, &numberError{CodeNumber, strconv.Quote(short(s)) + " is out of range", ""}
	}
	return quantity{v, false}, nil
}

// A scale turns a written number into the unit of the rule. It divides where it
// can, for 300/1000 is 0.3 and 300*0.001 is not.
type scale struct{ times, by float64 }

func (s scale) of(v float64) float64 { return v * s.times / s.by }

func scaleOf(suffix string, unit rules.Unit) (scale, bool) {
	switch unit {
	case rules.Ratio:
		return scale{1, 100}, suffix == "%"
	case rules.Percent:
		return scale{1, 1}, suffix == "%"
	case rules.PerSecond:
		return scale{1, 1}, suffix == "/s"
	case rules.Bytes:
		v, ok := byteUnits(suffix)
		return scale{v, 1}, ok
	case rules.Seconds:
		return timeUnits(suffix)
	case rules.NoUnit:
		return scale{}, false
	}
	return scale{1, 1}, suffix == string(unit)
}

func timeUnits(suffix string) (scale, bool) {
	switch suffix {
	case "ns":
		return scale{1, 1e9}, true
	case "us", "µs":
		return scale{1, 1e6}, true
	case "ms":
		return scale{1, 1e3}, true
	case "s":
		return scale{1, 1}, true
	case "m":
		return scale{60, 1}, true
	case "h":
		return scale{3600, 1}, true
	case "d":
		return scale{86400, 1}, true
	}
	return scale{}, false
}

func byteUnits(suffix string) (float64, bool) {
	if suffix == "B" {
		return 1, true
	}
	letters, base := strings.TrimSuffix(suffix, "iB"), 1024.0
	if letters == suffix {
		letters, base = strings.TrimSuffix(suffix, "B"), 1000
	}
	if len(letters) != 1 || letters == suffix {
		return 0, false
	}
	power := strings.Index("KMGTPE", letters)
	if letters == "k" && base == 1000 {
		power = 0
	}
	return math.Pow(base, float64(power+1)), power >= 0
}

// seconds reads compounds such as 1m30s.
func seconds(s string) (float64, bool) {
	parts := regexp.MustCompile(`^((?:\d+(?:\.\d+)?(?:d|h|ms|m|s))+)$`)
	if !parts.MatchString(s) {
		return 0, false
	}
	sum := 0.0
	for _, m := range regexp.MustCompile(`(\d+(?:\.\d+)?)(d|h|ms|m|s)`).FindAllStringSubmatch(s, -1) {
		v, _ := strconv.ParseFloat(m[1], 64)
		scale, _ := timeUnits(m[2])
		sum += scale.of(v)
	}
	return sum, true
}

// disagreement says that a suffix is no unit, or not that of the rule.
func disagreement(s, suffix string, unit rules.Unit) *numberError {
	for _, u := range []rules.Unit{rules.Seconds, rules.Bytes, rules.Ratio, rules.PerSecond} {
		if _, ok := scaleOf(suffix, u); !ok || u == unit {
			continue
		}
		if u == rules.Ratio {
			return mismatch(s, unit, "ratio (0.7 is 70 %) or unit: percent (70 is 70 %)")
		}
		return mismatch(s, unit, string(u))
	}
	return &numberError{CodeUnit, strconv.Quote(short(s)) + " has a unit that is not known here", numberHint(unit)}
}

func mismatch(s string, unit rules.Unit, want string) *numberError {
	e := &numberError{code: CodeUnit, hint: "say unit: " + want + " in the rule, or write the bare number"}
	e.text = strconv.Quote(short(s)) + " has a unit, and the rule has none"
	if unit != rules.NoUnit {
		e.text = strconv.Quote(short(s)) + " does not agree with unit: " + short(string(unit))
		e.hint = numberHint(unit)
	}
	return e
}

func numberHint(unit rules.Unit) string {
	switch unit {
	case rules.Seconds:
		return "write 300ms, 1.5s, 2m or 1h, or a bare number of seconds"
	case rules.Bytes:
		return "write 500MB, 2GiB, or a bare number of bytes"
	case rules.Ratio:
		return "write 70% or 0.7"
	case rules.Percent:
		return "write 70% or 70"
	case rules.PerSecond:
		return "write a bare number of events per second"
	case rules.NoUnit:
	}
	return "write a bare number such as 0.5, 70 or 1e6"
}
