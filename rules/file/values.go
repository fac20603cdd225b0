package file

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"
)

// A text is a word with its place. It is unset if nobody wrote it.
type text struct {
	pos
	s string
}

// A span is a duration with its place.
type span struct {
	pos
	d time.Duration
}

// or returns the duration, or another one if nobody wrote it.
func (s span) or(other time.Duration) time.Duration {
	if s.set() {
		return s.d
	}
	return other
}

// A count is a whole number with its place.
type count struct {
	pos
	n int
}

// A flag is true or false with its place.
type flag struct {
	pos
	b bool
}

// or returns the flag, or another value if nobody wrote it.
func (f flag) or(other bool) bool {
	if f.set() {
		return f.b
	}
	return other
}

// scalar returns the text of a single value; false if there is none or it is
// something else, which is then reported.
func (d *doc) scalar(n *yaml.Node) (string, bool) { return d.scalarAs(n, anyText) }

// scalarAs is scalar that says to who asks what form the text has.
func (d *doc) scalarAs(n *yaml.Node, f form) (string, bool) {
	if d.hear(n, yaml.ScalarNode, func(t *takes) { t.scalar = f }) {
		return "", false
	}
	if n = resolve(n); null(n) {
		return "", false
	}
	if n.Kind != yaml.ScalarNode {
		d.at(n).bad(CodeType, "expected a single value, found %s", kindOf(n))
		return "", false
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!timestamp":
		return n.Value, true
	}
	d.at(n).bad(CodeType, "values with the tag %s are not read here", short(n.Tag))
	return "", false
}

func (d *doc) text(into *text) setter {
	return func(n *yaml.Node) {
		if s, ok := d.scalar(n); ok {
			*into = text{d.at(resolve(n)), s}
		}
	}
}

func (d *doc) flag(into *flag) setter {
	return func(n *yaml.Node) {
		s, ok := d.scalarAs(n, flagForm)
		if !ok {
			return
		}
		switch s {
		case "true", "yes", "on", "True", "TRUE":
			*into = flag{d.at(n), true}
		case "false", "no", "off", "False", "FALSE":
			*into = flag{d.at(n), false}
		default:
			d.at(n).bad(CodeType, "expected true or false, found %q", short(s))
		}
	}
}

func (d *doc) count(into *count) setter {
	return func(n *yaml.Node) {
		s, ok := d.scalarAs(n, countForm)
		if !ok {
			return
		}
		v, err := strconv.Atoi(s)
		if err != nil || v < 0 {
			d.at(n).bad(CodeNumber, "expected a whole number, found %q", short(s))
			return
		}
		*into = count{d.at(n), v}
	}
}

func (d *doc) span(into *span) setter { return d.spanAs(into, durationForm) }

func (d *doc) spanAs(into *span, f form) setter {
	return func(n *yaml.Node) {
		s, ok := d.scalarAs(n, f)
		if !ok {
			return
		}
		dur, hint := parseDuration(s)
		if hint != "" {
			d.at(n).bad(CodeDuration, "%q is not a duration", short(s)).Hint = hint
			return
		}
		*into = span{d.at(n), dur}
	}
}

// positive is span for durations that may not be 0.
func (d *doc) positive(into *span) setter {
	return func(n *yaml.Node) {
		var s span
		d.spanAs(&s, positiveForm)(n)
		if s.set() && s.d <= 0 {
			s.bad(CodeDuration, "must be more than 0")
			return
		}
		if s.set() {
			*into = s
		}
	}
}

// oneOf reads one of several words.
func (d *doc) oneOf(into *text, words ...string) setter {
	return func(n *yaml.Node) {
		s, ok := d.scalarAs(n, wordForm(words...))
		switch {
		case !ok:
		case slices.Contains(words, s):
			*into = text{d.at(resolve(n)), s}
		default:
			d.at(n).bad(CodeType, "expected %s, found %q", either(words), short(s))
		}
	}
}

// either lists words: one, two or three.
func either(words []string) string {
	last := len(words) - 1
	if words[last] == "" {
		return strings.Join(words[:last], ", ") + " or an empty text"
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// parseDuration reads a duration as Prometheus does; hint is empty if it is one.
func parseDuration(s string) (d time.Duration, hint string) {
	v, err := model.ParseDuration(s)
	if err == nil {
		return time.Duration(v), ""
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return 0, "say the unit: " + s + "s or " + s + "m"
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return 0, "write it as " + model.Duration(d.Round(time.Millisecond)).String()
	}
	return 0, "write 30s, 5m, 1h30m, 2d or 500ms"
}

// texts appends the words of a list.
func (d *doc) texts(what string, into *[]text) setter {
	return d.each(what, func(n *yaml.Node) {
		var t text
		d.text(&t)(n)
		if t.set() {
			*into = append(*into, t)
		}
	})
}
