package file

import (
	"errors"
	"strings"
	"testing"

	"tocsin/rules"
)

const rewritable = `groups:
  - name: g
    rules:
      # First.
      - alert: One
        expr: a > 5
        labels: {severity: warning}   # mail
      - alert: Two
        expr: b
        warn: {above: 1}
`

func writtenOf(t *testing.T, text string) *Sheet {
	t.Helper()
	w, problems := ReadSheet("r.yaml", []byte(text), Defaults{})
	if w == nil {
		t.Fatal(problems)
	}
	return w
}

func toFive(r *SheetRule) Rewrite {
	return Rewrite{Rule: r, Cut: [2]int{1, 5}, Alert: r.Alert, Levels: []NewLevel{{Level: rules.Warn, Side: rules.Above, Bound: 5}}}
}

func TestRewrite(t *testing.T) {
	w := writtenOf(t, rewritable)
	text, err := w.Rewrite([]Rewrite{toFive(w.Rules[0])}, []Remark{{w.Rules[1], "done already"}})
	want := `groups:
  - name: g
    rules:
      # First.
      - alert: One
        expr: a
        warn: {above: 5}
        absent: clear
        no_data: clear
        # mail
      # tocsin convert: done already
      - alert: Two
        expr: b
        warn: {above: 1}
`
	if err != nil || string(text) != want {
		t.Errorf("%v\n%s", err, text)
	}
}

// What would be read as something else is refused, and says of which rule.
func TestRewriteIsReadBack(t *testing.T) {
	for _, c := range []struct {
		why  string
		edit func(*Rewrite)
		text string
	}{
		{"an expression that is none", func(r *Rewrite) { r.Cut = [2]int{0, 5} }, "would be wrong"},
		{"a place that is not there", func(r *Rewrite) { r.Cut = [2]int{1, 50} }, "not clear"},
		{"a name that is no beginning", func(r *Rewrite) { r.Alert = "Other" }, "no beginning"},
		{"no name at all", func(r *Rewrite) { r.Alert = "" }, "would be wrong"},
		{"levels that contradict each other", func(r *Rewrite) {
			r.Levels = append(r.Levels, NewLevel{Level: rules.Error, Side: rules.Below, Bound: 1})
		}, "would be wrong"},
		{"a delay that is none", func(r *Rewrite) { r.Levels[0].For = "soon" }, "would be wrong"},
	} {
		w := writtenOf(t, rewritable)
		r := toFive(w.Rules[0])
		c.edit(&r)
		text, err := w.Rewrite([]Rewrite{r}, nil)
		if err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v\n%s", c.why, err, text)
		}
		if of := (*RewriteError)(nil); errors.As(err, &of) && of.Rule != w.Rules[0] {
			t.Errorf("%s: it is said of %s", c.why, of.Rule.Alert)
		}
	}
}

// A bound stays as it was written where the rule reads it so, and is exact.
func TestBoundText(t *testing.T) {
	for _, c := range []struct {
		why, written string
		value        float64
		unit         rules.Unit
		want         string
	}{
		{"as it was written", "1e3", 1000, "", "1e3"},
		{"a sign and no digit before the point", "-.5", -0.5, "", "-.5"},
		{"what only PromQL reads", "0x10", 16, "", "16"},
		{"a duration, without a unit", "5m", 300, "", "300"},
		{"a duration, of seconds", "5m", 300, rules.Seconds, "5m"},
		{"the same text and another value", "5m", 5, rules.Seconds, "5"},
		{"computed", "", 1 << 40, "", "1099511627776"},
		{"large", "", 1e300, "", "1e+300"},
		{"small", "", 5e-324, "", "5e-324"},
		{"all digits", "", 0.30000000000000004, "", "0.30000000000000004"},
	} {
		text := boundText(c.written, c.value, c.unit)
		q, err := parseQuantity(text, c.unit)
		if text != c.want || err != nil || q.value != c.value {
			t.Errorf("%s: %q is read as %v, %v", c.why, text, q.value, err)
		}
	}
}
