package message

import (
	"math"
	"strconv"
	"strings"
	"time"

	"tocsin/rules"
)

// shortest is how many significant digits a value has unless more are needed to
// tell it from its threshold.
const shortest = 3

// A Quantity is a value of a series with its unit. It prints as people read it;
// Float is the number as it came.
type Quantity struct {
	Float float64
	Unit  rules.Unit
}

// String writes 412 ms, 78.3 %, 1.2 GiB, 12/s, NaN or +Inf.
func (q Quantity) String() string { return q.text(shortest) }

// MarshalJSON writes the number as Prometheus does, for templates that write
// alerts as JSON: there is no NaN in JSON.
func (q Quantity) MarshalJSON() ([]byte, error) { return rules.Number(q.Float).MarshalJSON() }

// Format is String with at least so many significant digits: for what must be
// told apart.
func (q Quantity) Format(digits int) string { return q.text(max(digits, shortest)) }

func (q Quantity) text(digits int) string {
	v := q.Float
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	}
	switch q.Unit {
	case rules.Seconds:
		return seconds(v, digits)
	case rules.Bytes:
		return bytes(v, digits)
	case rules.Ratio:
		return number(v*100, digits) + " %"
	case rules.Percent:
		return number(v, digits) + " %"
	case rules.PerSecond:
		return perSecond(v, digits)
	case rules.NoUnit:
		return number(v, digits)
	}
	return number(v, digits) + " " + Clean(string(q.Unit))
}

// number writes v with so many significant digits, but never fewer than its
// integer part has, and without an exponent where that is readable.
func number(v float64, digits int) string {
	abs := math.Abs(v)
	if abs != 0 && (abs < 1e-6 || abs >= 1e15) {
		return strconv.FormatFloat(v, 'g', digits, 64)
	}
	if abs >= 1 {
		digits = max(digits, int(math.Log10(abs))+1)
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', digits, 64), 64)
	if err != nil {
		rounded = v
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

func seconds(v float64, digits int) string {
	abs := math.Abs(v)
	switch {
	case abs == 0:
		return "0 s"
	case abs < 1e-6:
		return number(v*1e9, digits) + " ns"
	case abs < 1e-3:
		return number(v*1e6, digits) + " µs"
	case abs < 1:
		return number(v*1e3, digits) + " ms"
	case abs < 120 || digits > shortest || abs > math.MaxInt64/1e9:
		return number(v, digits) + " s"
	case v < 0:
		return "-" + Duration(time.Duration(-v*1e9))
	}
	return Duration(time.Duration(v * 1e9))
}

func bytes(v float64, digits int) string {
	unit := "B"
	for _, next := range []string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"} {
		if math.Abs(v) < 1024 {
			break
		}
		v /= 1024
		unit = next
	}
	return number(v, digits) + " " + unit
}

func perSecond(v float64, digits int) string {
	prefix := ""
	for _, next := range []string{"k", "M", "G"} {
		if math.Abs(v) < 1000 {
			break
		}
		v /= 1000
		prefix = next
	}
	return number(v, digits) + prefix + "/s"
}

// Duration writes the two largest parts of a duration: 42s, 5m, 1h 5m, 2d 3h.
func Duration(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	var parts []string
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		n := d / u.size
		d -= n * u.size
		if n > 0 {
			parts = append(parts, strconv.FormatInt(int64(n), 10)+u.name)
		}
		if len(parts) > 0 && (len(parts) == 2 || n == 0) {
			break
		}
	}
	return strings.Join(parts, " ")
}
