package evaluator_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"

	"tocsin/rules"
)

// patchRule applies lines such as
//
//	warn above 70 clear 60 for 2m keep 3m     | off
//	error outside 10 90 clear 20 80 votes 3 of 5
//	kind presence
//	absent 5m resolve
//	no_data 10m warn
//	flap 4 1h | off
//	label team=web        (a value of "$host" or "$value" is a template)
//	override host=b warn above 90     | override host=b off
//	limit 3
//	expr up == 0
//	expect                | expect no
//
// to a rule, and returns a new one.
func patchRule(t *testing.T, old rules.Rule, text string) *rules.Rule {
	t.Helper()
	r := &old
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
			patchLine(t, r, f)
		}
	}
	return r
}

func patchLine(t *testing.T, r *rules.Rule, f []string) {
	t.Helper()
	switch f[0] {
	case "warn", "error":
		patchLevel(t, &r.Levels, f)
	case "kind":
		r.Kind = map[string]rules.Kind{"threshold": rules.ThresholdRule, "presence": rules.PresenceRule}[f[1]]
	case "interval":
		r.Interval = duration(t, f[1])
	case "absent":
		r.Absent = rules.Absent{After: duration(t, f[1]), Then: then(t, f[2])}
	case "no_data":
		r.NoData = rules.NoData{After: duration(t, f[1]), Then: then(t, f[2])}
	case "flap":
		r.Flap = rules.Flap{}
		if f[1] != "off" {
			r.Flap = rules.Flap{Raises: int(number(t, f[1])), Within: duration(t, f[2])}
		}
	case "label":
		r.Labels = append(r.Labels, labelTemplate(f[1]))
	case "override":
		r.Overrides = append(r.Overrides, overrideOf(t, r.Levels, f[1:]))
	case "limit":
		r.Limit = int(number(t, f[1]))
	case "expr":
		r.Expr = strings.Join(f[1:], " ")
	case "expect":
		r.Expect = len(f) == 1
	case "annotation":
		r.Annotations = append(r.Annotations, rules.Annotation{Name: f[1], Text: strings.Join(f[2:], " ")})
	default:
		t.Fatalf("unknown line of a rule: %q", f)
	}
}

func patchLevel(t *testing.T, ls *rules.Levels, f []string) {
	t.Helper()
	l := level(t, f[1:])
	if f[0] == "warn" {
		ls.Warn = l
	} else {
		ls.Error = l
	}
}

// level reads what follows the name of a level; nil is off.
func level(t *testing.T, f []string) *rules.LevelRule {
	t.Helper()
	l := &rules.LevelRule{}
	th := &l.Threshold
	for len(f) > 0 {
		word := f[0]
		f = f[1:]
		next := func() string { s := f[0]; f = f[1:]; return s }
		switch word {
		case "off":
			return nil
		case "present":
			th.Side = rules.Present
		case "above":
			th.Side, th.High = rules.Above, number(t, next())
			th.ClearHigh = th.High
		case "below":
			th.Side, th.Low = rules.Below, number(t, next())
			th.ClearLow = th.Low
		case "outside":
			th.Side, th.Low, th.High = rules.Outside, number(t, next()), number(t, next())
			th.ClearLow, th.ClearHigh = th.Low, th.High
		case "clear":
			if th.Side == rules.Below || th.Side == rules.Outside {
				th.ClearLow = number(t, next())
			}
			if th.Side == rules.Above || th.Side == rules.Outside {
				th.ClearHigh = number(t, next())
			}
		case "for":
			l.For = duration(t, next())
		case "keep":
			l.KeepFiringFor = duration(t, next())
		case "votes":
			l.Votes.Need = int(number(t, next()))
			next()
			l.Votes.Of = int(number(t, next()))
		default:
			t.Fatalf("unknown word of a level: %q", word)
		}
	}
	return l
}

func overrideOf(t *testing.T, base rules.Levels, f []string) rules.Override {
	t.Helper()
	name, value, _ := strings.Cut(f[0], "=")
	if f[1] == "off" {
		base = rules.Levels{}
	} else {
		patchLevel(t, &base, f[1:])
	}
	m, err := amlabels.NewMatcher(amlabels.MatchEqual, name, value)
	if err != nil {
		t.Fatal(err)
	}
	return rules.Override{Match: amlabels.Matchers{m}, Levels: base}
}

func labelTemplate(s string) rules.LabelTemplate {
	name, value, _ := strings.Cut(s, "=")
	l := rules.LabelTemplate{Name: name, Text: value}
	if label, ok := strings.CutPrefix(value, "$"); ok {
		l.Expand = func(d rules.LabelData) (string, error) {
			switch label {
			case "value":
				return strconv.FormatFloat(d.Value, 'g', -1, 64), nil
			case "fail":
				return "", fmt.Errorf("no such function")
			}
			return d.Series.Get(label), nil
		}
	}
	return l
}

func then(t *testing.T, s string) rules.Then {
	t.Helper()
	v, ok := map[string]rules.Then{
		"resolve": rules.ThenResolve, "ok": rules.ThenResolve, "keep": rules.ThenKeep,
		"warn": rules.ThenWarn, "error": rules.ThenError, "clear": rules.ThenClear,
	}[s]
	if !ok {
		t.Fatalf("unknown consequence %q", s)
	}
	return v
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
