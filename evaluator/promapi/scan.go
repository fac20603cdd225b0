package promapi

import (
	"strconv"
	"strings"
)

// A scanner walks over text that is expected to look exactly as Prometheus
// writes it. Each method reports whether it did; after a false the scanner is
// of no more use and the text goes the slow way.
type scanner struct {
	text string
	at   int
}

// literal steps over s.
func (c *scanner) literal(s string) bool {
	if !strings.HasPrefix(c.text[c.at:], s) {
		return false
	}
	c.at += len(s)
	return true
}

// metric steps over a flat JSON object of strings that is followed by a comma
// and another key, and returns its text. A quote inside of a JSON string is
// always escaped, so `},"` can't be part of one: the first is the end.
func (c *scanner) metric() (string, bool) {
	start := c.at
	if !c.literal("{") {
		return "", false
	}
	for {
		i := strings.IndexByte(c.text[c.at:], '}')
		if i < 0 {
			return "", false
		}
		c.at += i + 1
		if strings.HasPrefix(c.text[c.at:], `,"`) {
			return c.text[start:c.at], true
		}
	}
}

// timestamp steps over digits with an optional fraction, which is seconds, and
// returns milliseconds; what is finer is cut off.
func (c *scanner) timestamp() (int64, bool) {
	seconds, n := c.digits(11)
	if n == 0 || (n > 1 && c.text[c.at-n] == '0') {
		return 0, false
	}
	if !c.literal(".") {
		return seconds * 1000, true
	}
	millis, n := c.digits(3)
	if n == 0 || c.digit() {
		return 0, false // finer than a millisecond, or none: let the slow path judge
	}
	for ; n < 3; n++ {
		millis *= 10
	}
	return seconds*1000 + millis, true
}

// digits steps over at most limit digits and returns their value and number.
func (c *scanner) digits(limit int) (v int64, n int) {
	for n < limit && c.digit() {
		v = v*10 + int64(c.text[c.at]-'0')
		c.at++
		n++
	}
	return v, n
}

func (c *scanner) digit() bool {
	return c.at < len(c.text) && c.text[c.at]-'0' <= 9
}

// point steps over `timestamp,"value"]`.
func (c *scanner) point() (ms int64, v float64, ok bool) {
	if ms, ok = c.timestamp(); !ok || !c.literal(`,"`) {
		return 0, 0, false
	}
	n := strings.IndexByte(c.text[c.at:], '"')
	if n < 0 {
		return 0, 0, false
	}
	v, err := parseValue(c.text[c.at : c.at+n])
	if err != nil {
		return 0, 0, false
	}
	c.at += n
	return ms, v, c.literal(`"]`)
}

// parseValue reads a value as Prometheus writes it: a decimal number, NaN,
// +Inf or -Inf. Short decimals, which are most, are read without strconv: an
// integer below 2^53 divided by a power of ten up to 10^22 is rounded once, so
// the result is the nearest float, the same as strconv's.
func parseValue(s string) (float64, error) {
	if v, ok := shortDecimal(s); ok {
		return v, nil
	}
	return strconv.ParseFloat(s, 64)
}

func shortDecimal(s string) (float64, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false
	}
	var whole uint64
	scale, point := 1.0, false
	for i := range len(digits) {
		d := digits[i] - '0'
		switch {
		case d <= 9:
			whole = whole*10 + uint64(d)
			if point {
				scale *= 10
			}
		case digits[i] == '.' && !point && i > 0 && i < len(digits)-1:
			point = true
		default:
			return 0, false
		}
	}
	if whole > 1<<53 || (negative && whole == 0) {
		return 0, false
	}
	v := float64(whole) / scale
	if negative {
		v = -v
	}
	return v, true
}
