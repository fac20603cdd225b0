package convert_test

import (
	"math"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tocsin/convert"
	"tocsin/evaluator"
)

// TestDelaysThatKeepApart shows of each pair of delays that is not made one rule
// that it could not be: there is a history in which one rule would be at another
// level than the two.
func TestDelaysThatKeepApart(t *testing.T) {
	for _, c := range []struct {
		why         string
		warn, error string // delays; the bounds are 1 and 2
		history     []float64
		fails       [2]int // minutes from, to
		reason      string
	}{
		{
			why:  "an error that is over before its warning fires would leave one",
			warn: "for: 5m", error: "for: 1m",
			history: []float64{3, 3, 3, 1.5, 1.5, 0}, reason: "warn waits longer",
		},
		{
			why:  "after a gap the warning begins anew and the error goes on",
			warn: "for: 6m", error: "for: 8m",
			history: []float64{3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 1.5, 1.5, 0}, fails: [2]int{5, 12}, reason: "after a gap",
		},
		{
			why:  "while the error recovers its warning would not end, and then need not wait again",
			warn: "for: 2m", error: "{for: 2m, keep_firing_for: 5m}",
			history: []float64{3, 3, 3, 0, 0, 0, 0, 1.5, 1.5, 0}, reason: "keeps firing",
		},
		{
			why:  "votes need not be there when the error fires",
			warn: "for: 3 of 3", error: "for: 0s",
			history: []float64{3, 1.5, 0}, reason: "votes",
		},
	} {
		two, one := pairText(c.warn, c.error)
		result, problems := convert.Convert("r.yaml", []byte(two), options())
		if result == nil {
			t.Fatal(problems)
		}
		if f := result.Findings[0]; f.Outcome != convert.Converted || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], c.reason) {
			t.Errorf("%s: %s, %q", c.why, f.Outcome, f.Notes)
		}
		w := &world{values: map[string][]float64{`m{i="a"}`: c.history}, fails: map[int]evaluator.Outcome{}}
		for i := c.fails[0]; i < c.fails[1]; i++ {
			w.fails[i] = evaluator.Unavailable
		}
		was := levels(w.live(t, []byte(two)), "g/AWarning", "g/ACritical")
		if is := levels(w.live(t, []byte(one)), "g/A"); gocmp.Equal(was, is) {
			t.Errorf("%s: but it did not: %v", c.why, is)
		}
		if is := levels(w.live(t, result.After), "g/AWarning", "g/ACritical"); !gocmp.Equal(was, is) {
			t.Errorf("%s: converted one by one: %s", c.why, gocmp.Diff(was, is))
		}
	}
}

// pairText returns a pair, and the one rule that it would be.
func pairText(warn, err string) (two, one string) {
	head := "groups:\n  - name: g\n    interval: 1m\n    rules:\n"
	inner := func(s string) string { return strings.Trim(s, "{}") }
	two = head +
		"      - {alert: AWarning, expr: m > 1, " + inner(warn) + ", labels: {severity: warning}}\n" +
		"      - {alert: ACritical, expr: m > 2, " + inner(err) + ", labels: {severity: critical}}\n"
	one = head + "      - {alert: A, expr: m, warn: {above: 1, " + inner(warn) + "}, error: {above: 2, " + inner(err) + "}, absent: clear, no_data: clear}\n"
	return two, one
}

// TestMissingIsClear shows that what converted rules say of missing data is needed:
// without it they would hold where the original is over.
func TestMissingIsClear(t *testing.T) {
	const before = "groups:\n  - name: g\n    interval: 1m\n    rules:\n      - {alert: A, expr: m > 1, labels: {severity: warning}}\n"
	result, _ := convert.Convert("r.yaml", []byte(before), options())
	for _, c := range []struct {
		why, key string
		b        []float64 // another series
		end      float64
	}{
		{"a series that is gone while others are there", "absent: clear", []float64{0, 0, 0, 0}, gone()},
		{"a value that is none", "absent: clear", []float64{0, 0, 0, 0}, math.NaN()},
		{"an answer that is empty", "no_data: clear", []float64{gone(), gone(), gone(), gone()}, gone()},
	} {
		w := &world{values: map[string][]float64{`m{i="a"}`: {3, 3, c.end, c.end}, `m{i="b"}`: c.b}}
		was, is := told(w.live(t, []byte(before)), "g/A"), told(w.live(t, result.After), "g/A")
		if diff := gocmp.Diff(was, is); diff != "" || len(was) != 2 {
			t.Errorf("%s: %s", c.why, diff)
		}
		without := strings.Replace(string(result.After), c.key, "", 1)
		without = strings.NewReplacer(", ,", ",", ", }", "}").Replace(without)
		if is := told(w.live(t, []byte(without)), "g/A"); gocmp.Equal(was, is) {
			t.Errorf("%s: %s is not needed", c.why, c.key)
		}
	}
}
